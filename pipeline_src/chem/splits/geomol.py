"""Split recipe 'geomol': GeoMol's published positions in the sorted list of file names.

Torsional diffusion uses the same files. The names are sorted with their suffix, as a listing of the
folder is: ``CC(C).pickle`` comes before ``CC.pickle``.
"""

from pathlib import Path

import numpy as np

from pipeline_src.chem.splits.base import Candidates
from pipeline_src.chem.splits.indices import read_indices
from pipeline_src.chem.splits.summary import listed_molecules
from pipeline_src.ensembles.split_table import SUBSETS
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.splits import GeomolSplit


def split_geomol(molecules: Candidates, settings: GeomolSplit) -> dict[str, str]:
    """id -> subset; with a summary also molecules that the dataset lacks.

    Raises:
        InputError: the positions do not fit the list, the counts are others than those asked
            for, or as ``listed_molecules`` and ``read_indices``.
    """
    return with_counts(by_position(molecules, settings), settings)


def by_position(molecules: Candidates, settings: GeomolSplit) -> dict[str, str]:
    """id -> subset by the positions in ``settings.indices``; raises as ``split_geomol``."""
    listed = sorted(listed_molecules(molecules, settings.summary), key=lambda m: m.file)
    parts = read_indices(Path(settings.indices))
    together = np.concatenate(parts)
    whole = len(together) and together.max() + 1 == len(together)  # every position is in a subset
    if len(together) and (together.max() >= len(listed) or whole and len(together) != len(listed)):
        raise InputError(f"split.indices: {settings.indices}", f"positions up to {together.max()}",
                         f"those of {len(listed)} molecules, as the list has",
                         "They fit the whole list only: name GEOM's summary under 'summary'.")
    return {listed[k].id: subset for subset, part in zip(SUBSETS, parts, strict=True)
            for k in part}


def with_counts(chosen: dict[str, str], settings: GeomolSplit) -> dict[str, str]:
    """``chosen``, whose numbers of molecules must be ``settings.counts``, if there are any."""
    counts = tuple(sum(subset == name for subset in chosen.values()) for name in SUBSETS)
    if settings.counts is not None and counts != settings.counts:
        raise InputError("split.counts", settings.counts,
                         f"what the recipe gives: {counts} to train, validate and test")
    return chosen
