"""Bring foreign conformer files into the project's own Parquet, and say what was left out."""

import csv
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from pipeline_src.chem.base import REJECTED_COLUMNS
from pipeline_src.chem.importing import drop_known, import_share
from pipeline_src.ensembles.store import molecule_ids
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.settings.dataset import ImportSettings
from pipeline_src.run.step import OutPath, run_step


def import_ensembles(settings: ImportSettings, out: OutPath, rejected: OutPath,
                     parts: list[Path] = (), rejected_parts: list[Path] = ()) -> None:
    """Write the folder ``out`` of ``settings.parts`` Parquet parts, and ``rejected`` (CSV).

    Molecules keep the order of the source; each part holds a contiguous run of them. A molecule
    whose name came in an earlier part is left out.

    Args:
        settings: reader, number of parts, conformers kept.
        out, rejected: what is written.
        parts: the parts, if jobs of ``import_part`` have made them; else they are made here.
        rejected_parts: what these jobs left out.

    Raises:
        InputError: no molecule could be read.
    """
    with replacing_all(out, rejected) as (folder, table):
        folder.mkdir()
        rejections, known = [], set()
        for number in range(settings.parts):
            part = folder / f"part-{number:03d}.parquet"
            if parts:
                _place(parts[number], part)
                rejections += _rows(rejected_parts[number])
            else:
                rejections += [r.row() for r in import_share(settings, number, part)]
            ids = molecule_ids(part)
            if not known.isdisjoint(ids):
                rejections += [r.row() for r in drop_known(part, ids, known)]
            known.update(ids)
        if not known:
            raise _nothing(settings, rejections)
        write_rows(table, REJECTED_COLUMNS, rejections)


def _place(made: Path, part: Path) -> None:
    """The same file under a second name, where the file system has such; else a copy."""
    try:
        os.link(made.resolve(), part)
    except OSError:
        shutil.copyfile(made, part)


def _rows(path: Path) -> Iterator[dict]:
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _nothing(settings: ImportSettings, rejections: list[dict]) -> InputError:
    reasons = "; ".join(f"{row['molecule']}: {row['reason']}" for row in rejections[:3])
    return InputError("reader.paths", list(settings.reader.paths), "at least one usable molecule",
                      f"Left out: {len(rejections)} ({reasons})." if rejections
                      else "The files hold no records.")


if __name__ == "__main__":
    run_step(import_ensembles)
