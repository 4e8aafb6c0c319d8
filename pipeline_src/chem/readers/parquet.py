"""Ensembles from Parquet in this project's own schema."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from pipeline_src.chem.base import (
    WHOLE,
    Refused,
    Rejection,
    Share,
    select_conformers,
    unique,
)
from pipeline_src.chem.checks import check_molecule, check_positions
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import molecule_ids, read_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import ParquetReader


def read_parquet(settings: ParquetReader,
                 share: Share = WHOLE) -> Iterator[Ensemble | Rejection]:
    """Yield the all-atom ensembles of files or folders, and a rejection for all that is left out.

    Raises:
        InputError: a file is missing, unreadable or has another schema.
    """
    yield from unique(item for ensemble in _ensembles([Path(p) for p in settings.paths], share)
                      for item in _checked(ensemble))


def _ensembles(paths: list[Path], share: Share) -> Iterator[Ensemble]:
    if share == WHOLE:
        for path in paths:
            yield from read_ensembles(path)
        return
    ids = [molecule_ids(path) for path in paths]
    run = share.run(sum(map(len, ids)))
    before = 0
    for path, names in zip(paths, ids, strict=True):
        start, stop = (max(0, min(place - before, len(names))) for place in (run.start, run.stop))
        yield from islice(read_ensembles(path, skip=start), stop - start)
        before += len(names)


def _checked(ensemble: Ensemble) -> Iterator[Ensemble | Rejection]:
    name = ensemble.molecule.id
    try:
        if ensemble.level != "all":
            raise Refused(f"level '{ensemble.level}'; only all-atom ensembles can be imported")
        check_molecule(to_rdkit(ensemble.molecule))
    except (Refused, InputError) as error:
        yield Rejection(name, None, str(error))
        return
    rejections = list(_bad_conformers(ensemble))
    keep = np.ones(ensemble.n_conformers, dtype=bool)
    keep[[r.conformer for r in rejections]] = False
    if rejections and not keep.any():
        yield Rejection(name, None, (f"none of its {len(keep)} conformers is usable; the first: "
                                     f"{rejections[0].reason}"))
        return
    yield from rejections
    yield select_conformers(ensemble, np.flatnonzero(keep)) if rejections else ensemble


def _bad_conformers(ensemble: Ensemble) -> Iterator[Rejection]:
    for c, reason in enumerate(ensemble.reasons):
        try:
            if reason:
                raise Refused(reason)
            check_positions(ensemble.positions[c])
        except Refused as error:
            yield Rejection(ensemble.molecule.id, c, str(error))
