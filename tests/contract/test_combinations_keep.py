"""Every backbone with every process at every level and guide: one step of training, one sample."""

import pytest
import torch
from small_parts import combinations, sampler_for
from small_world import EVERY_NUMBER, network, sample_settings, sampling

from pipeline_src.graphs.noise import stream_key
from pipeline_src.run.settings import Stage
from pipeline_src.stages.assembly import build_process
from pipeline_src.stages.guiding import Guiding
from pipeline_src.stages.loss import batch_loss
from pipeline_src.stages.optimisation import Optimisation

SEAM = "combination"
KEY = stream_key("contract", "training")
pytestmark = pytest.mark.parametrize("part", combinations()[0], ids=str)


def trained(world, stage: Stage):
    """The network after a step, with the losses before it."""
    backbone, process = network(stage, torch.float32), build_process(stage)
    guiding = Guiding(stage.guide) if stage.guide else None
    losses = batch_loss(backbone, process, guiding, world.batch(stage), KEY, 0)
    optimisation = Optimisation(backbone, stage.training)
    sum(losses.values()).backward()
    optimisation.step()
    optimisation.validated({name: float(loss.detach()) for name, loss in losses.items()})
    return backbone, losses


def test_trains_and_samples(world, part):
    """Through what training and sampling call; a sample that failed says why."""
    stage = part.stage
    plain = stage.model_dump(mode="json")
    assert Stage.model_validate(plain).model_dump(mode="json") == plain
    before = network(stage, torch.float32).state_dict()
    backbone, losses = trained(world, stage)
    assert losses and all(torch.isfinite(loss) for loss in losses.values())
    assert any(not torch.equal(before[name], value)
               for name, value in backbone.state_dict().items())
    sampler = sampler_for(stage)
    molecules = world.shard(sample_settings(stage, sampler))
    assert EVERY_NUMBER and len(molecules) == 3
    for sample, molecule in zip(sampling(stage, sampler).run(molecules, 10**6), molecules,
                                strict=True):
        assert sample.level == stage.level
        assert sample.positions.shape == (2, molecule.graph.num_nodes, 3)
        assert all(reason or torch.isfinite(torch.from_numpy(pos)).all()
                   for reason, pos in zip(sample.reasons, sample.positions, strict=True))
