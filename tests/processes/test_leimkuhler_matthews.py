"""The second-order sampler beside plain Langevin dynamics: variances known by formula."""

import numpy as np
import pytest
import torch
from hand_made import stage_batch
from stub_backbones import KnownDistances

from pipeline_src.graphs.noise import batch_noise
from pipeline_src.graphs.pairs import pair_distances
from pipeline_src.processes.langevin import REFERENCE_SIGMA
from pipeline_src.processes.ve_diffusion import VEDiffusion
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings import samplers as settings
from pipeline_src.run.settings.processes import VEDiffusion as ProcessSettings

SETTINGS = {"langevin": settings.Langevin, "leimkuhler_matthews": settings.LeimkuhlerMatthews}
ONE_ATOM = torch.tensor([1])


def make(name, levels, **chosen):
    process = VEDiffusion(ProcessSettings(steps=levels))
    return load_part("sampler", name)(SETTINGS[name](**chosen), process)


def noises(seed, count=20_000):
    """Standard normal vectors by level, the same ones each time."""
    def draw(t):
        generator = torch.Generator().manual_seed(10_000 * seed + t)
        return torch.randn(count, 3, generator=generator, dtype=torch.float64)
    return draw


def harmonic_walk(sampler, product):
    """Positions at each level, and clean, of modes with step times curvature ``product``.

    The curvature is as that of noise: product / a at the step a of each level.
    """
    draw = noises(seed=1)
    pos, found = draw(len(sampler.sigmas)), {}
    for t, t_next in sampler.levels():
        found[t] = pos
        drift, _ = sampler.sizes(t, t_next, ONE_ATOM)
        eps = -product / drift * pos
        pos = sampler.step(eps, pos, t, t_next, sampler.noise(draw, t, t_next), ONE_ATOM)
    return {**found, -1: pos}


def relative_step(sampler):
    """The step a in units of sigma^2, the same at every level."""
    return sampler.step_size / REFERENCE_SIGMA**2


@pytest.mark.parametrize("product", [0.1, 0.5, 1.0, 1.5])
def test_the_variance_of_a_harmonic_mode_is_exact_at_any_step(product):
    """At one level, curvature k: 1 / k; Langevin's is 1 / (k (1 - a k / 2)), by Euler's scheme."""
    variance = {}
    for name in SETTINGS:
        sampler = make(name, 80)
        sampler.sigmas = np.ones(80)
        expected = relative_step(sampler) / product  # 1 / k
        variance[name] = float(harmonic_walk(sampler, product)[0].var()) / expected
    assert variance["leimkuhler_matthews"] == pytest.approx(1, rel=0.02)
    assert variance["langevin"] == pytest.approx(1 / (1 - product / 2), rel=0.02)


@pytest.mark.parametrize("product", [0.5, 1.0, 1.5])
def test_the_variance_follows_the_falling_levels(product):
    """Levels a tenth apart: what is known of the carried part x, plus half of the level's own.

    var x' = (1 - a k)^2 var x + 2 a (1 - a k / 2)^2, var r = var x + a / 2; at clean there is x.
    """
    sampler = make("leimkuhler_matthews", 60)
    sampler.sigmas = 0.01 * 1.1 ** np.arange(60)
    found = harmonic_walk(sampler, product)
    a = relative_step(sampler) * sampler.sigmas**2
    carried = 0.0  # forgotten by the levels looked at
    for t in range(59, 0, -1):
        carried = (1 - product) ** 2 * carried + 2 * a[t] * (1 - product / 2) ** 2
        if t <= 20:
            expected = carried + a[t - 1] / 2
            assert float(found[t - 1].var()) == pytest.approx(expected, rel=0.03)
    last = (1 - product) ** 2 * carried + 2 * a[0] * (1 - product / 2) ** 2
    assert float(found[-1].var()) == pytest.approx(last, rel=0.03)


def test_a_gaussian_is_recovered():
    """Exact score of N(0, 1) data: the last positions have mean 0 and deviation 1."""
    sampler, draw = make("leimkuhler_matthews", 5000), noises(seed=2, count=1000)
    pos = float(sampler.sigmas[-1]) * draw(5000)
    for t, t_next in sampler.levels():
        eps = -sampler.sigmas[t] * pos / (1 + sampler.sigmas[t] ** 2)
        pos = sampler.step(eps, pos, t, t_next, sampler.noise(draw, t, t_next), ONE_ATOM)
    assert pos.mean(0).abs().max() < 0.08
    assert float(pos.std()) == pytest.approx(1.0, abs=0.08)


@pytest.mark.parametrize("name, expected", [("langevin", 2.0), ("leimkuhler_matthews", 1.0)])
def test_exact_scores_at_the_longest_step_leave_the_noise_of_the_level(name, expected):
    """A lone pair's distance varies by half of sigma^2; in Langevin dynamics twice as much.

    The mode that stretches it has the curvature 4 / sigma^2, and the distance is sqrt(2) times it;
    step times curvature is 1 in Langevin's walk and 1.5 in the other.
    """
    batch = stage_batch(*["CC"] * 64, level="heavy", coarse=None)
    batch.conformer = torch.arange(64)  # or they would all have the same noise
    sampler = make(name, 1000, step_size=1e-4, largest_move=1e9)  # else drifts are cut
    known, index = KnownDistances(sampler.process, batch.pos), batch.local_pair_index
    low = [pair for pair in sampler.levels() if 0.03 < sampler.sigmas[pair[0]] < 0.1]
    pos = batch.pos + float(sampler.sigmas[low[0][0]]) * batch_noise(batch, 0, 0)
    errors = []
    for t, t_next in low:  # the distance is linear, the levels a percent or two apart
        error = pair_distances(pos, index) - pair_distances(batch.pos, index)
        errors.append(error / sampler.sigmas[t])
        eps = sampler.direction(known, batch, pos, torch.full_like(batch.numbers, t), None, t)
        noise = sampler.noise(lambda level: batch_noise(batch, level, 1), t, t_next)
        pos = sampler.step(eps, pos, t, t_next, noise, batch.ptr.diff()[batch.batch])
    assert float(torch.cat(errors).square().mean()) == pytest.approx(0.5 * expected, rel=0.1)


@pytest.mark.parametrize("n_atoms, longest", [(1, 7.5e-5), (10, 7.5e-6), (75, 1e-6), (181, 1e-6)])
def test_steps_may_be_half_as_long_again_as_langevins(n_atoms, longest):
    sampler = make("leimkuhler_matthews", 500, step_size=1.0)
    assert float(sampler.longest_step(torch.tensor(n_atoms))) == pytest.approx(longest)
    drift, _ = sampler.sizes(300, 299, torch.tensor([n_atoms]))
    assert float(drift) == pytest.approx(longest / 0.01**2 * sampler.sigmas[300])


def test_the_last_step_draws_no_noise_of_its_own():
    sampler, asked = make("leimkuhler_matthews", 500), []

    def draw(t):
        asked.append(t)
        return torch.ones(1, 3)

    assert float(sampler.noise(draw, 0, -1)[0, 0]) == 0.5 and asked == [0]
    sampler.sigmas = np.array([0.5, 1.0])
    assert float(sampler.noise(draw, 1, 0)[0, 0]) == 0.75
