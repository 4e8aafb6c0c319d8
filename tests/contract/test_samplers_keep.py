"""What every sampler of the table keeps, with each process and backbone that it can have."""

import pytest
import torch
from small_parts import MOST_STEPS, small, stage_of_each_backbone
from small_world import sample_settings, sampling

from pipeline_src.run.parts import PARTS, load_part
from pipeline_src.stages.assembly import build_process

SEAM = "sampler"
every = pytest.mark.parametrize("part", PARTS["sampler"])


def start(world, stage, part):
    """The sampling, and what there is to draw of each molecule."""
    chosen = small("sampler", part)
    found = sampling(stage, chosen)
    molecules = world.shard(sample_settings(stage, chosen))
    return found, molecules, [d for number, m in enumerate(molecules) for d in m.draws(number)]


def walked(found, molecules, draws, retry=False):
    """Positions of each draw after all steps, not centred apart  # [(N, 3)]"""
    walk = found.walk(molecules, draws, retry)
    with torch.inference_mode():
        pos = walk.start()
        for now, following in found.sampler.levels():
            pos = walk.step(pos, now, following)
    return pos.split([draw.n_atoms for draw in draws])


@every
def test_its_steps_are_numbered_apart_and_follow_each_other(part):
    for stage in stage_of_each_backbone("sampler", part):
        chosen = small("sampler", part)
        levels = load_part("sampler", part)(chosen, build_process(stage)).levels()
        numbers = [number for number, _ in levels]
        assert 0 < len(levels) <= MOST_STEPS and len(set(numbers)) == len(numbers)
        assert numbers[1:] == [following for _, following in levels[:-1]]
        assert all(-(2**31) <= number < 2**32 for number in numbers)
        assert len(levels) == chosen.visited(stage.process) and chosen.misfit(stage.process) is None


@every
def test_a_walk_is_repeatable_and_the_same_in_any_batch(world, part):
    for stage in stage_of_each_backbone("sampler", part):
        found, molecules, draws = start(world, stage, part)
        whole = walked(found, molecules, draws)
        assert all(map(torch.equal, whole, walked(found, molecules, draws)))
        for draw, pos in zip(draws, whole, strict=True):
            assert pos.shape == (draw.n_atoms, 3)
            (alone,) = walked(found, molecules, [draw])
            scale = max(1.0, float(pos.abs().max()))
            torch.testing.assert_close(pos, alone, rtol=0, atol=1e-3 * scale, equal_nan=True)


@every
def test_conformers_and_second_tries_differ(world, part):
    for stage in stage_of_each_backbone("sampler", part):
        found, molecules, draws = start(world, stage, part)
        one, other = (walked(found, molecules, [draw])[0] for draw in draws[:2])
        assert not torch.equal(one, other)
        again = walked(found, molecules, draws[:1], retry=True)[0]
        assert not torch.equal(one, again)
        assert found.sampler.second_try and found.sampler.second_try[0].islower()
