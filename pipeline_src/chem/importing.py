"""The import of one share of a source: from its reader to a Parquet part and rejections."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from pipeline_src.chem.base import Rejection, Share, repeated, select_conformers, writable
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.selection import best_conformers
from pipeline_src.ensembles.store import read_ensembles, write_ensembles
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.dataset import ImportSettings

_LOGGED_EVERY_S = 30.0  # progress in the log of a job; on a terminal it moves


def import_share(settings: ImportSettings, number: int, part: Path) -> list[Rejection]:
    """Write the Parquet ``part`` with the molecules of one share; returns what was left out.

    Molecules keep the order of the source and never are in memory together. Conformers beyond
    ``max_conformers`` are not rejections.

    Args:
        settings: reader, number of shares, conformers kept.
        number: which share, from 0.
        part: the file to write, atomically.
    """
    rejections: list[Rejection] = []
    reader = load_part("reader", settings.reader.kind)
    items = reader(settings.reader, Share(number, settings.parts))
    label = "import" if settings.parts == 1 else f"import {number + 1} of {settings.parts}"
    progress = tqdm(items, desc=label, unit=" molecules",
                    mininterval=0.1 if sys.stderr.isatty() else _LOGGED_EVERY_S)
    write_ensembles(part, _ensembles(progress, settings.max_conformers, rejections))
    return rejections


def _ensembles(items: Iterator[Ensemble | Rejection], most: int | None,
               rejections: list[Rejection]) -> Iterator[Ensemble]:
    for item in items:
        if isinstance(item, Rejection):
            rejections.append(item)
        else:
            yield keep_best(_named(item), most)


def _named(ensemble: Ensemble) -> Ensemble:
    """The same with a name that a file can have in it."""
    molecule = ensemble.molecule
    if (name := writable(molecule.id)) == molecule.id:
        return ensemble
    return replace(ensemble, molecule=replace(molecule, id=name))


def keep_best(ensemble: Ensemble, most: int | None) -> Ensemble:
    """At most ``most`` conformers: highest weight, else lowest energy, else first; order kept."""
    if most is None or ensemble.n_conformers <= most:
        return ensemble
    return select_conformers(ensemble, best_conformers(
        ensemble.weights, ensemble.energies_hartree, ensemble.n_conformers, most))


def drop_known(part: Path, ids: list[str], known: set[str]) -> list[Rejection]:
    """Write ``part`` anew without the molecules whose id is ``known``; returns these.

    Args:
        part: Parquet.
        ids: of its molecules.
        known: of molecules that came before.
    """
    rejections = [repeated(e) for e in read_ensembles(part, set(ids) & known)]
    write_ensembles(part, read_ensembles(part, set(ids) - known))
    return rejections
