"""Deal the molecules of a dataset to train, val and test, and each subset to shards."""

from pathlib import Path

from pipeline_src.chem.splits.shards import balance_shards
from pipeline_src.ensembles.split_table import SUBSETS, SplitRow, write_split
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.dataset import SplitSettings
from pipeline_src.run.step import OutPath, run_step


def split_dataset(settings: SplitSettings, ensembles: Path, out: OutPath) -> None:
    """Write ``split.csv``; the shards of a subset have about the same cost.

    Raises:
        InputError: the split names unknown molecules or puts none anywhere.
    """
    molecules = [(e.molecule.id, e.molecule.smiles, e.molecule.n_atoms, int(e.ok.sum()))
                 for e in read_ensembles(ensembles)]
    recipe = load_part("split", settings.split.kind)
    subset_of = recipe([(id, smiles) for id, smiles, _, _ in molecules], settings.split)
    costs = {id: n_atoms**2 * max(1, references) for id, _, n_atoms, references in molecules}
    shard_of = {}
    for subset in SUBSETS:
        ids = [id for id, _, _, _ in molecules if subset_of.get(id) == subset]
        shards = balance_shards([costs[id] for id in ids], settings.shards)
        shard_of.update(zip(ids, shards, strict=True))
    if not shard_of:
        raise InputError("split", settings.split.kind, "a split that places molecules")
    write_split(out, (SplitRow(id, subset_of[id], shard_of[id], references, costs[id])
                      for id, _, _, references in molecules if id in subset_of))


if __name__ == "__main__":
    run_step(split_dataset)
