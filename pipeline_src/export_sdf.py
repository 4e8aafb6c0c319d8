"""Write samples as one SDF a chemist opens, and one table of all that is missing from it."""

import csv
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from pipeline_src.chem.base import REJECTED_COLUMNS
from pipeline_src.chem.write_sdf import write_sdf
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.run.errors import OTHER_VERSION, InputError
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.step import OutPath, run_step


def export_sdf(samples: list[Path], out: OutPath, rejected: OutPath,
               imported: list[Path] = ()) -> None:
    """Write the conformers of all shards to ``out`` (.sdf or .sdf.gz), and ``rejected`` (CSV).

    ``rejected`` holds the rows of the ``imported`` tables, then the conformers that failed.

    Raises:
        InputError: a sample is coarser than all atoms, or an imported table is unreadable.
    """
    before = [row for table in imported for row in _read_rejected(table)]
    ensembles = (ensemble for shard in samples for ensemble in read_ensembles(shard))
    with replacing_all(out, rejected) as (sdf, table):
        failed = write_sdf(sdf, tqdm(ensembles, desc="export", unit=" molecules", disable=None))
        write_rows(table, REJECTED_COLUMNS, [*before, *(r.row() for r in failed)])


def _read_rejected(path: Path) -> Iterator[dict]:
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != REJECTED_COLUMNS:
                raise InputError(str(path), reader.fieldnames,
                                 f"the columns {', '.join(REJECTED_COLUMNS)}", OTHER_VERSION)
            yield from reader
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a readable table of rejections") from None


if __name__ == "__main__":
    run_step(export_sdf)
