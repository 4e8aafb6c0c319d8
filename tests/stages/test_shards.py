"""One shard of all molecules against a shard for each: the same samples, through the real step."""

import numpy as np
import torch
from small_stages import sample_settings, write_trained

from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.sample_stage import sample_stage
from pipeline_src.stages.assembly import build_backbone
from pipeline_src.stages.weights import save_atomically

TOLERANCE = 0.01  # Å
STAGES = {"heavy": sample_settings(level="heavy"), "all": sample_settings(guided=True)}


def chain(folder, data, shard_of):
    """Samples of the last stage by molecule; ``shard_of``: each molecule's shard."""
    folder.mkdir()
    write_split(folder / "split.csv", [SplitRow(e.molecule.id, "test", shard, 3, 1)
                                       for e, shard in zip(data.all, shard_of, strict=True)])
    samples = {}
    for shard in sorted(set(shard_of)):
        coarser = []
        for name, settings in STAGES.items():
            torch.manual_seed(11)
            weights = folder / f"{name}.pt"
            save_atomically(weights, build_backbone(settings.stage).state_dict())
            out = folder / f"{name}-{shard}.parquet"
            sample_stage(settings, weights, write_trained(folder / "settings.json", settings.stage),
                         data.hierarchies, folder / "split.csv", shard, coarser, 2000, 1, out)
            coarser = [out]
        samples.update({e.molecule.id: e for e in read_ensembles(coarser[0])})
    return samples


def test_shards_of_one_molecule_give_the_samples_of_one_shard(data, tmp_path):
    number = len(data.all)
    whole = chain(tmp_path / "whole", data, [0] * number)
    single = chain(tmp_path / "single", data, list(range(number)))
    assert whole.keys() == single.keys() == {e.molecule.id for e in data.all}
    differences = np.concatenate([
        np.abs(whole[name].positions - single[name].positions).max(axis=(1, 2)) for name in whole])
    assert len(differences) == 3 * number
    assert (differences < TOLERANCE).mean() >= 0.95
