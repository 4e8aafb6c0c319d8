"""The table of single points: a row per conformer."""

import csv
from collections.abc import Iterable
from pathlib import Path

from pipeline_src.quantum.conformer_jobs import ConformerJob
from pipeline_src.quantum.single_point import Result
from pipeline_src.run.errors import OTHER_VERSION, InputError

COLUMNS = ("molecule", "conformer", "energy_hartree", "homo_hartree", "lumo_hartree", "gap_ev",
           "status", "reason")


def property_row(job: ConformerJob, result: Result) -> dict:
    """One row; ``conformer`` is empty for a failure of the whole molecule."""
    return {
        "molecule": job.name, "conformer": job.conformer,
        "energy_hartree": result.energy_hartree, "homo_hartree": result.homo_hartree,
        "lumo_hartree": result.lumo_hartree, "gap_ev": result.gap_ev,
        "status": "failed" if result.reason else "ok", "reason": result.reason,
    }


def read_property_rows(paths: Iterable[Path]) -> dict[str, list[dict[str, str]]]:
    """Rows by molecule, in the order of the files, the cells as text.

    Raises:
        InputError: a file is missing, has other columns, or a conformer comes twice.
    """
    rows, seen = {}, set()
    for path in paths:
        for row in _read(Path(path)):
            key = (row["molecule"], row["conformer"])
            if key in seen:
                raise InputError(str(path), f"conformer {key} twice", "each conformer once")
            seen.add(key)
            rows.setdefault(row["molecule"], []).append(row)
    return rows


def _read(path: Path) -> list[dict[str, str]]:
    try:
        with open(path, newline="", encoding="utf-8") as opened:
            reader = csv.DictReader(opened)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputError(str(path), reader.fieldnames, f"the columns {', '.join(COLUMNS)}",
                                 OTHER_VERSION)
            return list(reader)
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a table of properties") from None
