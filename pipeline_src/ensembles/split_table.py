"""``split.csv``: which subset and which shard a molecule belongs to, and what it costs."""

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pipeline_src.run.errors import OTHER_VERSION, InputError
from pipeline_src.run.files import write_rows

SUBSETS = ("train", "val", "test")


@dataclass(frozen=True)
class SplitRow:
    """One molecule of the split.

    Attributes:
        molecule: its id.
        subset: train, val or test.
        shard: 0-based, within the subset.
        n_references: its reference conformers.
        cost: atoms squared times references (at least one), any scale.
    """

    molecule: str
    subset: str
    shard: int
    n_references: int
    cost: int


COLUMNS = tuple(field.name for field in fields(SplitRow))


def write_split(path: Path, rows: Iterable[SplitRow]) -> int:
    """Write ``split.csv`` atomically; returns the number of molecules."""
    return write_rows(path, COLUMNS, (asdict(row) for row in rows))


def read_split(path: Path) -> list[SplitRow]:
    """The rows of a ``split.csv``, in dataset order.

    Raises:
        InputError: the file is missing or is no split table.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputError(str(path), reader.fieldnames, f"the columns {', '.join(COLUMNS)}",
                                 OTHER_VERSION)
            rows = [SplitRow(row["molecule"], row["subset"], int(row["shard"]),
                             int(row["n_references"]), int(row["cost"])) for row in reader]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a readable split table") from None
    odd = {row.subset for row in rows} - set(SUBSETS)
    if odd:
        raise InputError(f"{path}: subset", sorted(odd), f"one of {', '.join(SUBSETS)}")
    return rows


def test_rows(path: Path) -> list[SplitRow]:
    """The rows of the test molecules, in dataset order.

    Raises:
        InputError: there are none; or as ``read_split``.
    """
    rows = [row for row in read_split(path) if row.subset == "test"]
    if not rows:
        raise InputError(f"{path}: subset 'test'", "no molecule", "at least one molecule",
                         "Change the split of the dataset.")
    return rows


def test_shard(path: Path, shard: int) -> list[str]:
    """Ids of the test molecules of one shard, in dataset order; raises as ``test_rows``."""
    return [row.molecule for row in test_rows(path) if row.shard == shard]


test_rows.__test__ = test_shard.__test__ = False  # no pytest tests, whatever their names
