"""``split.csv``: which subset and which shard a molecule belongs to, and what it costs.

Its first line carries a hash of who is in which subset; a table that was changed by hand no longer
fits it and is refused.
"""

import csv
import hashlib
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
_HASH_LINE = "# sha256 of molecules and subsets: "


def hash_of(rows: Iterable[SplitRow]) -> str:
    """SHA-256 over molecule and subset of every row, sorted: the same for the same membership.

    Shards and the order of the dataset do not enter.
    """
    lines = sorted(f"{row.molecule}\t{row.subset}\n" for row in rows)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def write_split(path: Path, rows: Iterable[SplitRow]) -> int:
    """Write ``split.csv`` atomically, its hash on top; returns the number of molecules."""
    rows = list(rows)
    return write_rows(path, COLUMNS, map(asdict, rows), first_line=_HASH_LINE + hash_of(rows))


def split_hash(path: Path) -> str:
    """The hash a ``split.csv`` carries, which its rows fit; raises as ``read_split``."""
    return hash_of(read_split(path))


def read_split(path: Path) -> list[SplitRow]:
    """The rows of a ``split.csv``, in dataset order.

    Raises:
        InputError: the file is missing, is no split table, or was changed since it was written.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            carried = file.readline().strip().removeprefix(_HASH_LINE)
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
    if carried != hash_of(rows):
        raise InputError(f"{path}: sha256", carried, f"that of its rows, {hash_of(rows)}",
                         "It was changed: delete it and run again, or change the split's settings.")
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
