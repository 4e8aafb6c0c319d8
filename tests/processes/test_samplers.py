"""Samplers of the VE diffusion, given the exact score, end where they should."""

import math

import numpy as np
import pytest
import torch
from hand_made import stage_batch
from stub_backbones import KnownDistances

from pipeline_src.graphs.centering import centre
from pipeline_src.graphs.noise import StepNoise, batch_noise
from pipeline_src.graphs.pairs import pair_distances
from pipeline_src.processes import langevin
from pipeline_src.processes.langevin import longest_step
from pipeline_src.processes.ve_diffusion import VEDiffusion
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings import samplers as settings
from pipeline_src.run.settings.processes import VEDiffusion as ProcessSettings

ONE_ATOM = torch.tensor([1])
SETTINGS = {"langevin": settings.Langevin, "generalized": settings.Generalized,
            "leimkuhler_matthews": settings.LeimkuhlerMatthews}


def make(name: str, levels: int, **chosen):
    process = VEDiffusion(ProcessSettings(steps=levels))
    return load_part("sampler", name)(SETTINGS[name](**chosen), process)


def sizes(sampler, t, t_next):
    return tuple(float(size) for size in sampler.sizes(t, t_next, ONE_ATOM))


def atoms_of(batch):
    return batch.ptr.diff()[batch.batch]


def sample(sampler, backbone, batch, clip_local=None):
    pos = sampler.process.prior(batch, StepNoise(batch, 0))
    for t, t_next in sampler.levels():
        eps = sampler.direction(backbone, batch, pos, torch.full_like(batch.numbers, t), None, t,
                                clip_local)
        noise = sampler.noise(lambda level: batch_noise(batch, level, 1), t, t_next)
        pos = sampler.step(eps, pos, t, t_next, noise, atoms_of(batch))
        pos = centre(pos, batch.batch, batch.num_graphs)
    return pos


@pytest.mark.parametrize("smiles", ["C", "CC", "CCCCO"])
@pytest.mark.parametrize("name", SETTINGS)
def test_exact_scores_give_the_right_bond_lengths(name, smiles):
    """Bonds and 1-3 distances within 0.1 Å of the molecule that the scores know."""
    batch = stage_batch(*[smiles] * 4, coarse=None)
    sampler = make(name, 1000)
    found = sample(sampler, KnownDistances(sampler.process, batch.pos), batch)
    near = batch.local_pair_index[:, batch.local_pair_kind < 24]
    error = pair_distances(found, near) - pair_distances(batch.pos, near)
    right = error.abs() < 0.1
    assert right.float().mean() > 0.9  # a hydrogen may end on the wrong side of its carbon
    assert float(error.median()) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_lone_pair_converges_tightly(name):
    batch = stage_batch(*["CC"] * 64, level="heavy", coarse=None)
    sampler = make(name, 500)
    found = sample(sampler, KnownDistances(sampler.process, batch.pos), batch)
    pair = batch.local_pair_index
    error = pair_distances(found, pair) - pair_distances(batch.pos, pair)
    assert error.abs().max() < 0.06


@pytest.mark.parametrize("name", SETTINGS)
def test_fewer_levels_take_longer_steps_and_still_converge(name):
    """200 of 1000 levels: with steps of the full walk's length butanol's bonds end anywhere."""
    batch = stage_batch(*["CCCCO"] * 4, coarse=None)
    errors = []
    for step_size in (1e-6, 5e-6):
        sampler = make(name, 1000, steps=200, global_start_sigma=2.0)
        assert sampler.step_size == pytest.approx(5e-6)
        sampler.step_size = step_size
        found = sample(sampler, KnownDistances(sampler.process, batch.pos), batch)
        pairs = batch.local_pair_index
        error = pair_distances(found, pairs) - pair_distances(batch.pos, pairs)
        errors.append(float(error.abs().median()))
    unscaled, scaled = errors
    assert unscaled > 0.05 and scaled < 0.01


@pytest.mark.parametrize("steps, step_size, taken", [
    (None, 1e-6, 1e-6), (500, 1e-6, 1e-6), (250, 1e-6, 2e-6), (125, 1e-6, 4e-6), (50, 1e-6, 5e-6),
    (None, 4e-6, 4e-6), (None, 9e-6, 5e-6), (50, 1e-7, 1e-6), (250, 2e-6, 4e-6)])
def test_the_step_grows_with_the_levels_left_out(steps, step_size, taken):
    """Of ten atoms, which bear 5e-6."""
    sampler = make("langevin", 500, steps=steps, step_size=step_size)
    t, t_next = sampler.levels()[0]
    a = taken * (sampler.sigmas[t] / 0.01) ** 2
    drift, spread = sampler.sizes(t, t_next, torch.tensor([10]))
    assert float(drift) == pytest.approx(a / sampler.sigmas[t])
    assert float(spread) == pytest.approx(math.sqrt(2 * a))


@pytest.mark.parametrize("n_atoms, longest", [
    (1, 5e-5), (2, 2.5e-5), (10, 5e-6), (21, 5e-5 / 21), (50, 1e-6), (181, 1e-6)])
def test_larger_molecules_bear_shorter_steps_but_never_below_geodiffs(n_atoms, longest):
    assert float(longest_step(torch.tensor(n_atoms))) == pytest.approx(longest)


@pytest.mark.parametrize("name, bound", [("langevin", 1.0), ("leimkuhler_matthews", 1.5)])
@pytest.mark.parametrize("smiles", ["CC", "CCCCO", "CC(C)(C)c1ccccc1"])
def test_the_longest_step_is_within_the_stiffest_modes_bound(smiles, name, bound):
    """The drift of exact scores, differentiated: step times curvature in bounds, and not tiny."""
    batch = stage_batch(smiles, coarse=None)
    batch.pos = batch.pos.double()
    sampler = make(name, 500, global_start_sigma=math.inf)
    known, t = KnownDistances(sampler.process, batch.pos), 100
    time = torch.full_like(batch.numbers, t)

    def drift(pos):
        return sampler.direction(known, batch, pos.view(-1, 3), time, None, t).flatten()

    jacobian = torch.autograd.functional.jacobian(drift, batch.pos.flatten())
    curvature = -float(torch.linalg.eigvalsh((jacobian + jacobian.T) / 2)[0])
    sampler.step_size = 1.0
    factor = float(sampler.sizes(t, t - 1, atoms_of(batch))[0][0])
    assert 0.5 * bound < factor * curvature <= bound + 1e-6


def bond_error(sampler, factor=1.0):
    """Median error of the local distances of tert-butylbenzene, 24 atoms, after a walk."""
    batch = stage_batch(*["CC(C)(C)c1ccccc1"] * 4, coarse=None)
    found = sample(sampler, KnownDistances(sampler.process, batch.pos, factor), batch)
    pairs = batch.local_pair_index
    error = pair_distances(found, pairs) - pair_distances(batch.pos, pairs)
    return float(error.abs().nan_to_num(nan=math.inf).median())


@pytest.mark.parametrize("name", SETTINGS)
def test_however_long_the_step_asked_for_walks_converge(name, monkeypatch):
    """A step of 1e-4; without the bound of the curvature the stiff modes never come to rest."""
    sampler = make(name, 400, step_size=1e-4, global_start_sigma=2.0, largest_move=0.5)
    assert bond_error(sampler) < 0.02
    monkeypatch.setattr(langevin, "longest_step", lambda n, _: torch.full(n.shape, math.inf))
    assert bond_error(sampler) > 0.03


@pytest.mark.parametrize("name", SETTINGS)
def test_networks_that_overshoot_do_not_run_away(name):
    """Scores eight times the exact ones, as of a network that takes the noise for an eighth."""
    chosen = {"step_size": 1e-5, "global_start_sigma": 2.0}
    for largest_move in (0.5, 1.0):
        sampler = make(name, 400, **chosen, largest_move=largest_move)
        assert bond_error(sampler, factor=8.0) < 0.1
    unbounded = make(name, 400, **chosen, largest_move=1e9)
    assert bond_error(unbounded, factor=8.0) > 1000


@pytest.mark.parametrize("chosen, n_atoms, moved", [
    ({"step_size": 1e-6}, 9, 100), ({"step_size": 1.1e-6}, 9, 0.5),
    ({"step_size": 1.1e-6}, 60, 100), ({"step_size": 1.1e-6, "largest_move": 2.0}, 9, 2)])
def test_geodiffs_own_step_is_left_alone(chosen, n_atoms, moved):
    """A drift of a hundred sigma: all of it at 1e-6, half a sigma of it where steps are longer."""
    sampler = make("langevin", 500, **chosen)
    found = sampler.step(torch.tensor([[1e4, 0.0, 0.0]]), torch.zeros(1, 3), 300, 299,
                         torch.zeros(1, 3), torch.tensor([n_atoms]))
    assert float(found[0, 0] / sampler.sigmas[300]) == pytest.approx(moved, rel=1e-5)


def gaussian_drift(sampler, pos, t, spread):
    """sigma times the score of N(0, (spread^2 + sigma_t^2) I) at ``pos``."""
    sigma = sampler.sigmas[t]
    return -sigma * pos / (spread**2 + sigma**2)


def test_langevin_recovers_a_gaussian():
    """Exact score of N(0, 1) data: the last positions have mean 0 and deviation 1."""
    sampler, generator = make("langevin", 5000), torch.Generator().manual_seed(1)
    pos = sampler.sigmas[-1] * torch.randn(3000, 3, generator=generator, dtype=torch.float64)
    for t, t_next in sampler.levels():
        noise = torch.randn(pos.shape, generator=generator, dtype=torch.float64)
        pos = sampler.step(gaussian_drift(sampler, pos, t, 1.0), pos, t, t_next, noise, ONE_ATOM)
    assert pos.mean(0).abs().max() < 0.08
    assert float(pos.std()) == pytest.approx(1.0, abs=0.08)


def test_langevin_holds_the_level_it_is_at():
    """Many steps at one level: stationary variance sigma^2 up to the step's own error."""
    sampler, generator = make("langevin", 500), torch.Generator().manual_seed(2)
    sigma = float(sampler.sigmas[300])
    pos = torch.zeros(5000, 3, dtype=torch.float64)
    for _ in range(600):
        noise = torch.randn(pos.shape, generator=generator, dtype=torch.float64)
        drift = gaussian_drift(sampler, pos, 300, 0.0)
        pos = sampler.step(drift, pos, 300, 299, noise, ONE_ATOM)
    assert float(pos.std()) == pytest.approx(sigma, rel=0.03)


@pytest.mark.parametrize("t", [0, 1, 200, 499])
def test_langevin_sizes_are_a_hundredth_of_sigma(t):
    sampler = make("langevin", 500)
    sigma = sampler.sigmas[t]
    assert sizes(sampler, t, t - 1) == pytest.approx((0.01 * sigma, math.sqrt(0.02) * sigma))


@pytest.mark.parametrize("eta", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("t", [0, 1, 50, 3000, 4999])
def test_generalized_sizes_in_the_ve_picture(t, eta):
    """c1^2 / abar_next = eta^2 s_next^2 (s^2 - s_next^2) / s^2, written with sigmas alone.

    With these levels each bound, Langevin's and DDIM's, of drift and of noise, is met somewhere.
    """
    sampler = make("generalized", 5000, eta=eta)
    s = sampler.sigmas[t]
    following = sampler.sigmas[t - 1] if t else 0.0
    noise = eta * following * math.sqrt(s**2 - following**2) / s
    kept = math.sqrt(following**2 - noise**2)
    expected = (min(0.01 * s, 5 * (s - kept)), min(math.sqrt(0.02) * s, 3 * noise))
    assert sizes(sampler, t, t - 1) == pytest.approx(expected, rel=1e-5, abs=1e-12)


def test_the_last_generalized_step_adds_no_noise():
    sampler = make("generalized", 500)
    assert sizes(sampler, 0, -1)[1] == 0


@pytest.mark.parametrize("name", SETTINGS)
def test_levels_chain_from_the_noisiest_to_clean(name):
    for steps, count in ((None, 200), (7, 7)):
        levels = make(name, 200, steps=steps).levels()
        assert len(levels) == count and levels[0][0] == 199 and levels[-1] == (0, -1)
        assert [t for t, _ in levels[1:]] == [t_next for _, t_next in levels[:-1]]
    with pytest.raises(InputError, match="sampler.steps"):
        make(name, 200, steps=201).levels()


@pytest.mark.parametrize("name", SETTINGS)
def test_global_pairs_start_at_their_sigma(name):
    batch = stage_batch("CCCCO", coarse=None)
    sampler = make(name, 100, global_start_sigma=0.5)
    known = KnownDistances(sampler.process, batch.pos)
    sample(sampler, known, batch)
    assert known.far_asked == [sampler.sigmas[t] < 0.5 for t in range(99, -1, -1)]
    silent = make(name, 100, global_weight=0.0)
    known = KnownDistances(silent.process, batch.pos)
    sample(silent, known, batch)
    assert not any(known.far_asked)


def test_clip_local_is_the_callers_or_the_settings():
    batch = stage_batch("CCCCO", coarse=None)
    sampler = make("langevin", 100, clip_local=0.5)
    known = KnownDistances(sampler.process, torch.zeros_like(batch.pos))
    time = torch.full_like(batch.numbers, 99)
    for clip, bound in ((None, 0.5), (0.2, 0.2)):
        eps = sampler.direction(known, batch, batch.pos, time, None, 99, clip)
        assert float(eps.norm(dim=-1).max()) == pytest.approx(bound, rel=1e-5)


def test_samples_do_not_depend_on_the_batch():
    among, alone = stage_batch("C", "CCO", coarse=None), stage_batch("CCO", coarse=None)
    sampler = make("langevin", 100)
    one = sample(sampler, KnownDistances(sampler.process, alone.pos), alone)
    two = sample(sampler, KnownDistances(sampler.process, among.pos), among)
    np.testing.assert_allclose(two[among.batch == 1].numpy(), one.numpy(), atol=1e-3)
