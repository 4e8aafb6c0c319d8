"""Take one shard of reference conformers at a coarse level as samples: the source oracle."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from pipeline_src.ensembles import Ensemble, Hierarchy
from pipeline_src.ensembles.split_table import test_shard
from pipeline_src.ensembles.store import read_ensembles, read_hierarchies, write_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.sampling import SourceSettings
from pipeline_src.run.step import OutPath, run_step


def coarsen_reference(settings: SourceSettings, ensembles: Path, hierarchies: Path, split: Path,
                      shard: int, out: OutPath) -> None:
    """Write one sample shard (Parquet): true positions of ``settings.level``'s beads.

    The references are taken in turn until as many samples as wanted are there.

    Raises:
        InputError: a molecule has no reference conformer.
    """
    wanted = set(test_shard(split, shard))
    levels = {h.molecule.id: h for h in read_hierarchies(hierarchies, wanted)}
    references = read_ensembles(ensembles, wanted)
    write_ensembles(out, (
        _coarsen(e, levels[e.molecule.id], settings)
        for e in tqdm(references, desc="coarsen", total=len(wanted), unit=" molecules",
                      disable=None)))


def _coarsen(reference: Ensemble, hierarchy: Hierarchy, settings: SourceSettings) -> Ensemble:
    good = np.flatnonzero(reference.ok)
    if not len(good):
        raise InputError(f"source oracle, molecule {reference.molecule.id}", "no reference",
                         "at least one reference conformer")
    turns = good[np.arange(settings.samples.of(len(good), reference.molecule.id)) % len(good)]
    return Ensemble(hierarchy.beads(settings.level),
                    hierarchy.coarsen(reference.positions[turns], settings.level), settings.level)


if __name__ == "__main__":
    run_step(coarsen_reference)
