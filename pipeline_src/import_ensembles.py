"""Bring foreign conformer files into the project's own Parquet, and say what was left out."""


import numpy as np
from tqdm import tqdm

from pipeline_src.chem.base import REJECTED_COLUMNS, Rejection, select_conformers
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.selection import best_conformers
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.dataset import ImportSettings
from pipeline_src.run.step import OutPath, run_step


def import_ensembles(settings: ImportSettings, out: OutPath, rejected: OutPath) -> None:
    """Write the folder ``out`` of ``settings.parts`` Parquet parts, and ``rejected`` (CSV).

    Molecules keep the order of the input files; each part holds a contiguous run of them.
    Conformers beyond ``max_conformers`` are not rejections.

    Raises:
        InputError: no molecule could be read.
    """
    ensembles: list[Ensemble] = []
    rejections: list[Rejection] = []
    reader = load_part("reader", settings.reader.kind)
    for item in tqdm(reader(settings.reader), desc="import", unit=" molecules", disable=None):
        if isinstance(item, Rejection):
            rejections.append(item)
        else:
            ensembles.append(keep_best(item, settings.max_conformers))
    if not ensembles:
        reasons = "; ".join(f"{r.molecule}: {r.reason}" for r in rejections[:3])
        raise InputError("reader.paths", list(settings.reader.paths),
                         "at least one usable molecule",
                         f"Left out: {len(rejections)} ({reasons})." if rejections
                         else "The files hold no records.")
    with replacing_all(out, rejected) as (folder, table):
        folder.mkdir()
        runs = np.array_split(np.arange(len(ensembles)), settings.parts)
        for part, run in enumerate(runs):
            write_ensembles(folder / f"part-{part:03d}.parquet", (ensembles[k] for k in run))
        write_rows(table, REJECTED_COLUMNS, (r.row() for r in rejections))


def keep_best(ensemble: Ensemble, most: int | None) -> Ensemble:
    """At most ``most`` conformers: highest weight, else lowest energy, else first; order kept."""
    if most is None or ensemble.n_conformers <= most:
        return ensemble
    return select_conformers(ensemble, best_conformers(
        ensemble.weights, ensemble.energies_hartree, ensemble.n_conformers, most))


if __name__ == "__main__":
    run_step(import_ensembles)
