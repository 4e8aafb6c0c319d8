"""ConfGF's process: its loss by hand, and what its sampler leaves, known by formula."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hand_made import stage_batch
from pydantic import ValidationError
from torch_geometric.data import Batch

from pipeline_src.backbones.base import PairScores
from pipeline_src.graphs.noise import StepNoise
from pipeline_src.graphs.pairs import pair_distances
from pipeline_src.graphs.stage_graph import StageGraph
from pipeline_src.processes.annealed_langevin import AnnealedLangevin
from pipeline_src.processes.distance_score_matching import DistanceScoreMatching
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings import Stage
from pipeline_src.run.settings import processes as settings
from pipeline_src.run.settings import samplers as sampler_settings
from pipeline_src.stages.walk import Walk

MOLECULES = ("CCO", "CC(C)C", "C")


def make(**chosen) -> DistanceScoreMatching:
    return DistanceScoreMatching(settings.DistanceScoreMatching(**chosen))


def sampler(process, **chosen) -> AnnealedLangevin:
    return AnnealedLangevin(sampler_settings.AnnealedLangevin(**chosen), process)


class GaussianDistances:
    """The exact f of distances distributed as N(centre, deviation^2), each on its own.

    Noised they are N(centre, deviation^2 + sigma^2): f = -sigma (d - centre) / that variance.
    """

    def __init__(self, process, centre, deviation):
        self.process, self.centre, self.deviation = process, centre, deviation

    def __call__(self, batch, pos, time, guide=None, *, far=True, return_nodes=False,
                 distances=None):
        index = batch.local_pair_index
        d = pair_distances(pos, index) if distances is None else distances
        sigma = self.process.pair_sigma(time, index, pos.dtype)
        return PairScores(-sigma * (d - self.centre) / (self.deviation**2 + sigma**2), None, None)


def copies(n_atoms: int, count: int) -> Batch:
    """``count`` molecules of ``n_atoms`` atoms, all pairs local, as one graph."""
    pairs = torch.triu_indices(n_atoms, n_atoms, offset=1)
    shift = n_atoms * torch.arange(count).reshape(-1, 1, 1)
    index = (pairs + shift).transpose(0, 1).reshape(2, -1)
    graph = StageGraph(
        numbers=torch.full((n_atoms * count,), 6), local_pair_index=index,
        local_pair_kind=torch.ones_like(index[0]), far_pair_index=index[:, :0],
        key=torch.tensor([[1, 2]]), conformer=torch.zeros(1, dtype=torch.int64))
    graph.num_nodes = n_atoms * count
    return Batch.from_data_list([graph])


def walked(process, chosen, backbone, batch, retry=False):
    """The last distances of the walk that sampling makes  # (P_l,)"""
    walk = Walk(backbone, process, chosen, batch, None, retry)
    pos = walk.start()
    for now, following in chosen.levels():
        pos = walk.step(pos, now, following)
    return pair_distances(pos, batch.local_pair_index).double()


# Levels whose last is small beside the distances' own spread, and steps long enough to settle:
# 0.2 sigma^2 each, so that step times curvature is 0.04 at most at the end.
SETTLING = {"steps": 6, "sigma_largest_angstrom": 1.0, "sigma_smallest_angstrom": 0.05}
STEPS = {"steps_per_level": 150, "step_size": 0.2 * 0.05**2}


def test_a_lone_distance_is_recovered_with_its_volume():
    """N(1.5, 0.15^2) times d^2: a normal variable's moments of the orders 2, 3 and 4."""
    process, d, s = make(**SETTLING), 1.5, 0.15
    found = walked(process, sampler(process, **STEPS), GaussianDistances(process, d, s),
                   copies(2, 3000))
    v = s**2 + process.sigmas[0] ** 2  # with what the last level adds
    second, third, fourth = d**2 + v, d**3 + 3 * d * v, d**4 + 6 * d**2 * v + 3 * v**2
    mean = third / second
    variance = fourth / second - mean**2
    error = np.sqrt(variance / 3000)
    assert abs(mean - d) > 8 * error  # the volume shows
    assert float(found.mean()) == pytest.approx(mean, abs=4 * error)
    assert float(found.var()) == pytest.approx(variance, rel=0.12)


def test_the_six_distances_of_four_atoms_are_recovered():
    """A regular tetrahedron: mean and covariance of six independent distances, to first order.

    In the distances the volume element is prod(d) / V; V grows as d^3, so that each of the six
    moves its mean by s^2 (1 / d - 3 / (6 d)).
    """
    process, d, s = make(**SETTLING), 1.5, 0.1
    batch = copies(4, 2000)
    found = walked(process, sampler(process, **STEPS), GaussianDistances(process, d, s), batch)
    found = found.reshape(-1, 6)
    variance = s**2 + process.sigmas[0] ** 2
    shift = variance / (2 * d)
    error = np.sqrt(variance / found.numel())
    assert shift > 4 * error
    assert float(found.mean()) - d == pytest.approx(shift, abs=4 * error)
    covariance = torch.cov(found.T) / variance
    assert (covariance - torch.eye(6)).abs().max() < 0.15


def test_loss_by_hand():
    process, batch = make(), stage_batch(*MOLECULES, coarse=None)
    pos = batch.pos.double()
    time = torch.tensor([3, 25, 49])[batch.batch]
    noise = StepNoise(batch, 4)
    drawn = noise.pairs(batch.local_pair_index, 6).double()
    asked = []

    def network(*given, far, distances):
        asked.append((far, distances))
        return PairScores(0.3 * distances, None, None)

    found = process.loss(network, batch, pos, time, noise)
    ((far, distances),) = asked
    total = 0.0
    for k, (i, j) in enumerate(batch.local_pair_index.T.tolist()):
        sigma, d = process.sigmas[int(time[i])], float((pos[i] - pos[j]).norm())
        noisy = d + sigma * float(drawn[k])
        assert float(distances[k]) == pytest.approx(noisy, rel=1e-9)
        score, target = 0.3 * noisy / sigma, (d - noisy) / sigma**2
        total += 0.5 * sigma**2 * (score - target) ** 2
    assert far is False and set(found) == {"all"}
    assert float(found["all"]) == pytest.approx(total / 3, rel=1e-9)


def test_the_loss_of_the_exact_network_of_one_molecule_is_zero():
    process, batch = make(), stage_batch("CCO", coarse=None)
    pos, time = batch.pos.double(), torch.full_like(batch.numbers, 17)
    clean = pair_distances(pos, batch.local_pair_index)
    exact = GaussianDistances(process, clean, 0.0)
    assert float(process.loss(exact, batch, pos, time, StepNoise(batch, 0))["all"]) < 1e-20


def test_noise_of_a_pair_of_unequal_times_has_the_mean_variance():
    process, batch = make(), stage_batch("CC", level="heavy", coarse=None)
    sigma = process.pair_sigma(torch.tensor([0, 49]), batch.local_pair_index, torch.float64)
    assert float(sigma) == pytest.approx(np.sqrt((0.01**2 + 10**2) / 2))


def test_levels_are_confgfs():
    sigmas = make().sigmas
    assert len(sigmas) == 50 and sigmas[0] == pytest.approx(0.01)
    assert sigmas[-1] == pytest.approx(10)
    np.testing.assert_allclose(sigmas[1:] / sigmas[:-1], 1000 ** (1 / 49))
    assert make().draw_times(3, torch.tensor([0.0, 0.5])).tolist() == [0, 25, 49]


@pytest.mark.parametrize("deviation", [1.0, 7.0])
def test_the_prior_is_normal_and_centred(deviation):
    batch = stage_batch(*["CCCCCC"] * 40, coarse=None)
    batch.conformer = torch.arange(40)
    start = make(prior_angstrom=deviation).prior(batch, StepNoise(batch, 0))
    assert float(start.std()) == pytest.approx(deviation, rel=0.06)
    assert start[batch.batch == 3].mean(0).abs().max() < 1e-5


def test_a_step_by_hand():
    """One direction of each pair, the step's size, the noise, the bounds of both tries."""
    process, batch = make(), stage_batch("CCO", coarse=None)
    chosen, pos = sampler(process), batch.pos.double()
    scores = torch.linspace(-3, 2, batch.local_pair_index.shape[1], dtype=torch.float64)
    asked = []

    def network(batch, pos, time, guide, far):
        asked.append((time.unique().tolist(), far))
        return PairScores(scores, None, None)

    still = SimpleNamespace(atoms=lambda purpose: torch.full_like(pos, 0.25))
    level, number = 7, 742
    sigma = process.sigmas[level]
    size = 2.4e-6 * (sigma / 0.01) ** 2
    pull = torch.zeros_like(pos)
    for k, (i, j) in enumerate(batch.local_pair_index.T.tolist()):
        unit = (pos[i] - pos[j]) / (pos[i] - pos[j]).norm()
        pull[i] += unit * scores[k] / sigma
        pull[j] -= unit * scores[k] / sigma
    for retry, factor, bound in ((False, 1, 1000), (False, 1e4, 1000), (True, 1e4, 20 / sigma)):
        scores = scores * factor
        length = (factor * pull).norm(dim=-1, keepdim=True)
        held = factor * pull * (bound / length).clamp(max=1)
        after = chosen.advance(network, batch, pos, None, (number, number - 1),
                               lambda step: still, retry)
        expected = pos + size * held + np.sqrt(2 * size) * 0.25
        torch.testing.assert_close(after, expected, rtol=1e-9, atol=1e-12)
        scores = scores / factor
    assert asked == [([level], False)] * 3


def test_steps_are_numbered_alike_however_many_levels_are_visited():
    process = make()
    everything = [number for number, _ in sampler(process).levels()]
    assert everything == list(range(4999, -1, -1))
    some = sampler(process, steps=8).levels()
    numbers = [number for number, _ in some]
    assert len(set(numbers)) == 800 and numbers == sorted(numbers, reverse=True)
    assert {number // 100 for number in numbers} == {49, 42, 35, 28, 21, 14, 7, 0}
    assert [following for _, following in some] == [*numbers[1:], -1]
    assert len(sampler(process, steps=5, steps_per_level=3).levels()) == 15
    with pytest.raises(InputError, match="sampler.steps"):
        sampler(process, steps=51).levels()


def test_settings_that_cannot_be_right_are_refused():
    with pytest.raises(ValidationError, match="sigma_smallest_angstrom 2 must be below"):
        settings.DistanceScoreMatching(sigma_smallest_angstrom=2, sigma_largest_angstrom=1)
    chosen = sampler_settings.AnnealedLangevin(steps=51)
    assert chosen.misfit(settings.DistanceScoreMatching())[0] == "steps"
    assert sampler_settings.AnnealedLangevin().visited(settings.DistanceScoreMatching()) == 5000
    assert sampler_settings.AnnealedLangevin().full(settings.DistanceScoreMatching())


@pytest.mark.parametrize("backbone, process", [
    ("confgf", "ve_diffusion"), ("dual_encoder", "distance_score_matching")])
def test_parts_that_do_not_fit_are_refused(backbone, process):
    told = rf"process.kind\s.*it needs '\w+', and backbone.kind '{backbone}' predicts"
    with pytest.raises(ValidationError, match=told):
        Stage.model_validate({"level": "all", "backbone": {"kind": backbone},
                              "process": {"kind": process}})


def test_a_sampler_of_another_process_is_refused():
    with pytest.raises(InputError, match="langevin.*undoes the process 'distance_score_matching'"):
        sampler_settings.sampler_of(sampler_settings.Langevin(), settings.DistanceScoreMatching())
