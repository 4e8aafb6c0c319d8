"""What every process of the table keeps, with each backbone that it can have."""

import pytest
import torch
from small_parts import settings_classes, small, stage_of_each_backbone, stages_of
from small_world import inputs, network

from pipeline_src.graphs.centering import graph_means
from pipeline_src.graphs.noise import StepNoise
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import PARTS, load_part
from pipeline_src.stages.assembly import build_process

SEAM = "process"
every = pytest.mark.parametrize("part", PARTS["process"])


def loss_of(process, backbone, batch, stage):
    """The losses at the same noise for the same molecule."""
    pos, time, guide = inputs(stage, batch, torch.float32)
    return process.loss(backbone, batch, pos, time, StepNoise(batch, 3), guide)


@every
def test_its_settings_are_those_of_its_class(part):
    chosen, kind = settings_classes("process")[part], load_part("process", part)
    assert kind.needs == chosen.needs
    assert kind(small("process", part)).mean_over in ("atoms", "graphs")


@every
def test_some_backbone_and_some_sampler_fit(part):
    assert any(stage.backbone.predicts == small("process", part).needs
               for stage in stages_of("process", part))
    assert part in {chosen.undoes for chosen in settings_classes("sampler").values()}


@every
@pytest.mark.parametrize("count", [1, 6, 7])
def test_times_come_in_pairs(part, count):
    process = load_part("process", part)(small("process", part))
    uniforms = torch.linspace(0, 1 - 2**-24, (count + 1) // 2)
    times = process.draw_times(count, uniforms)
    assert times.shape == (count,) and torch.equal(times, process.draw_times(count, uniforms))
    assert times.dtype in (torch.int64, torch.float32)
    with pytest.raises(InputError, match="uniforms"):
        process.draw_times(count + 2, uniforms)


@every
def test_the_prior_is_each_molecules_own(world, part):
    """Centred, finite, repeatable, the same in any batch, another for another conformer."""
    for stage in stage_of_each_backbone("process", part):
        process, batch = build_process(stage), world.batch(stage)
        start = process.prior(batch, StepNoise(batch, 0), inputs(stage, batch, torch.float32)[2])
        assert start.shape == batch.pos.shape and torch.isfinite(start).all()
        assert graph_means(start, batch.batch, batch.num_graphs).abs().max() < 1e-4
        alone = world.batch(stage, 2)
        guide = inputs(stage, alone, torch.float32)[2]
        own = process.prior(alone, StepNoise(alone, 0), guide)
        torch.testing.assert_close(start[batch.batch == 2], own, rtol=0, atol=1e-5)
        alone.conformer += 1
        assert not torch.allclose(own, process.prior(alone, StepNoise(alone, 0), guide))


@every
def test_losses_are_means_as_it_says(world, part):
    """The batch's are those of its molecules, weighed by atoms or equally; other noise differs."""
    for stage in stage_of_each_backbone("process", part):
        process, batch = build_process(stage), world.batch(stage)
        backbone = network(stage, torch.float32)
        whole = loss_of(process, backbone, batch, stage)
        assert all(loss.dim() == 0 and torch.isfinite(loss) and loss > 0
                   for loss in whole.values())
        parts, weights = [], []
        for number in range(batch.num_graphs):
            alone = world.batch(stage, number)
            parts.append(loss_of(process, backbone, alone, stage))
            weights.append(alone.num_nodes if process.mean_over == "atoms" else 1)
        for name, loss in whole.items():
            expected = sum(w * p[name] for w, p in zip(weights, parts, strict=True)) / sum(weights)
            torch.testing.assert_close(loss, expected, rtol=2e-4, atol=1e-5)
        batch.key = batch.key + 1
        assert any(not torch.equal(loss, whole[name])
                   for name, loss in loss_of(process, backbone, batch, stage).items())
