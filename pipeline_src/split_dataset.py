"""Deal the molecules of a dataset to train, val and test, and each subset to shards."""

import sys
from pathlib import Path

from pipeline_src.chem.splits.base import Candidate
from pipeline_src.chem.splits.shards import balance_shards
from pipeline_src.ensembles.split_table import SUBSETS, SplitRow, write_split
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.dataset import SplitSettings
from pipeline_src.run.step import OutPath, run_step


def split_dataset(settings: SplitSettings, ensembles: Path, out: OutPath) -> None:
    """Write ``split.csv``; the shards of a subset have about the same cost.

    A recipe that works on a published list may place molecules that the dataset lacks: they have
    no row, the log says how many they are.

    Raises:
        InputError: the split names unknown molecules or puts none anywhere.
    """
    molecules = [Candidate(e.molecule.id, e.molecule.smiles, int(e.ok.sum()), e.molecule.n_atoms)
                 for e in read_ensembles(ensembles)]
    subset_of = load_part("split", settings.split.kind)(molecules, settings.split)
    costs = {m.id: m.n_atoms**2 * max(1, m.n_conformers) for m in molecules}
    shard_of = {}
    for subset in SUBSETS:
        ids = [m.id for m in molecules if subset_of.get(m.id) == subset]
        shards = balance_shards([costs[id] for id in ids], settings.shards)
        shard_of.update(zip(ids, shards, strict=True))
    if not shard_of:
        raise InputError("split", settings.split.kind, "a split that places molecules")
    _tell_absent(subset_of, [id for id in subset_of if id not in costs])
    write_split(out, (SplitRow(m.id, subset_of[m.id], shard_of[m.id], m.n_conformers, costs[m.id])
                      for m in molecules if m.id in subset_of))


def _tell_absent(subset_of: dict[str, str], absent: list[str]) -> None:
    """Say in the log how many of the molecules a recipe places the dataset lacks."""
    if absent:
        print(f"split_dataset: the dataset lacks {len(absent)} of the {len(subset_of)} molecules "
              f"that the recipe places (its rejected.csv says why): {', '.join(absent[:5])}"
              f"{' ...' if len(absent) > 5 else ''}", file=sys.stderr)


if __name__ == "__main__":
    run_step(split_dataset)
