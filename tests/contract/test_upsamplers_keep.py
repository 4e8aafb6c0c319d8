"""What every upsampler of the table keeps, at each level and guide that it can have."""

from dataclasses import replace

import pytest
import torch
from small_parts import sampler_for, stages_of
from small_world import sample_settings, sampling

from pipeline_src.run.parts import PARTS

SEAM = "upsampler"
every = pytest.mark.parametrize("part", PARTS["upsampler"])


def guides(world, part):
    """Of each level and guide: a function of changed coarse positions and draws, to the guide."""
    done = {}
    for stage in stages_of("upsampler", part):
        done.setdefault((stage.level, stage.guide.level), stage)
    for stage in done.values():
        sampler = sampler_for(stage)
        found = sampling(stage, sampler)
        molecules = world.shard(sample_settings(stage, sampler))
        draws = [d for number, m in enumerate(molecules) for d in m.draws(number)]

        def guide(change=lambda x: x, draws=draws, found=found, molecules=molecules):
            moved = [replace(m, coarse=change(torch.from_numpy(m.coarse)).numpy())
                     for m in molecules]
            return found.walk(moved, draws).guide

        yield stage, guide, draws


@every
def test_a_place_for_every_bead(world, part):
    for _, guide, draws in guides(world, part):
        found = guide()
        assert found.shape == (sum(d.n_atoms for d in draws), 3) and found.dtype == torch.float32
        assert torch.isfinite(found).all() and torch.equal(found, guide())


@every
def test_guides_move_with_their_coarse_positions(world, part):
    """Turned and shifted, but for the directions of new atoms, which are those of the noise."""
    turn, _ = torch.linalg.qr(torch.randn(3, 3))
    for _, guide, _ in guides(world, part):
        noise = guide(torch.zeros_like)
        shift = guide(lambda x: x + 5.0) - guide()
        torch.testing.assert_close(shift, torch.full_like(shift, 5.0), rtol=0, atol=1e-4)
        one, other = guide() - noise, guide(lambda x: x @ turn) - noise
        torch.testing.assert_close(one @ turn, other, rtol=0, atol=1e-4)


@every
def test_guides_do_not_depend_on_the_batch(world, part):
    for _, guide, draws in guides(world, part):
        whole = guide().split([draw.n_atoms for draw in draws])
        for draw, pos in zip(draws, whole, strict=True):
            torch.testing.assert_close(pos, guide(draws=[draw]), rtol=0, atol=1e-5)
