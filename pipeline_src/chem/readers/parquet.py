"""Ensembles from Parquet in this project's own schema, decoded in a worker process."""

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
from pipeline_src.chem.readers.decoding import Decoder
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.parquet_rows import ROWS_PER_GROUP
from pipeline_src.ensembles.store import molecule_ids, read_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import ParquetReader


def read_parquet(settings: ParquetReader,
                 share: Share = WHOLE) -> Iterator[Ensemble | Rejection]:
    """Yield the all-atom ensembles of files or folders, and a rejection for all that is left out.

    Raises:
        InputError: a file is missing, unreadable or has another schema.
    """
    yield from unique(_read([Path(path) for path in settings.paths], share))


def _read(paths: list[Path], share: Share) -> Iterator[Ensemble | Rejection]:
    with Decoder() as decoder:
        counts = [_sound(path, answer) for path in paths
                  for answer in decoder.each(count_molecules, [(path.name, str(path))])]
        run, before = share.run(sum(counts)), 0
        for path, count in zip(paths, counts, strict=True):
            start, stop = (max(0, min(at - before, count)) for at in (run.start, run.stop))
            calls = ((path.name, str(path), at, min(stop - at, ROWS_PER_GROUP))
                     for at in range(start, stop, ROWS_PER_GROUP))
            for answer in decoder.each(read_run, calls):
                yield from _sound(path, answer)
            before += count


def _sound(path: Path, answer: object) -> object:
    if isinstance(answer, Refused):
        raise InputError(str(path), str(answer), "readable Parquet of this project's schema")
    return answer


def count_molecules(path: str) -> int:
    """How many molecules a file or folder has; for a worker process, as ``read_run``."""
    return len(molecule_ids(Path(path)))


def read_run(path: str, start: int, count: int) -> list[Ensemble | Rejection]:
    """What becomes of ``count`` molecules of a file or folder, from number ``start``."""
    return [item for ensemble in islice(read_ensembles(Path(path), skip=start), count)
            for item in _checked(ensemble)]


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
