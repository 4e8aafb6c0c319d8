"""The path of a flow and its loss; samplers with the exact velocity end where they should."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hand_made import stage_batch
from stub_backbones import given
from test_priors import graph_of
from torch_geometric.data import Batch

from pipeline_src.backbones.base import NodeVectors
from pipeline_src.graphs.alignment import align
from pipeline_src.graphs.centering import centre
from pipeline_src.graphs.noise import StepNoise
from pipeline_src.processes.flow_matching import FlowMatching
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings import samplers as sampler_settings
from pipeline_src.run.settings.processes import FlowMatching as ProcessSettings

SAMPLERS = {"euler": sampler_settings.Euler, "stochastic_euler": sampler_settings.StochasticEuler}


def make(**settings) -> FlowMatching:
    return FlowMatching(ProcessSettings(**settings))


def sampler_of(name: str, process: FlowMatching, **settings):
    return load_part("sampler", name)(SAMPLERS[name](**settings), process)


def test_times_are_antithetic_and_stay_inside():
    uniforms = torch.tensor([0.0, 0.25, 1 - 2**-24])
    for n in (5, 6):
        times = make().draw_times(n, uniforms)
        assert times.shape == (n,) and times.dtype == torch.float32
        torch.testing.assert_close(times[3:], 1 - times[: n - 3])
        assert 0 < times.min() <= 1.01e-4 and 1 - 1.01e-4 <= times.max() < 1
    with pytest.raises(InputError, match="uniforms"):
        make().draw_times(8, uniforms)


@pytest.mark.parametrize("sigma", [0.0, 0.1])
def test_the_target_is_the_derivative_of_the_path(sigma):
    start, end, noise = torch.randn(3, 7, 3, dtype=torch.float64)
    process, time = make(bridge_sigma=sigma), torch.linspace(0.05, 0.95, 7).double()
    found = process.path(start, end, time, noise)[1]
    before, after = (process.path(start, end, time + h, noise)[0] for h in (-1e-6, 1e-6))
    torch.testing.assert_close(found, (after - before) / 2e-6, rtol=0, atol=1e-6)


def test_the_path_goes_from_the_prior_to_the_data():
    start, end, noise = torch.randn(3, 7, 3, dtype=torch.float64)
    for time, goal in ((1e-12, start), (1 - 1e-12, end)):
        pos, _ = make().path(start, end, torch.full((7,), time, dtype=torch.float64), noise)
        assert (pos - goal).abs().max() < 1e-5


def constant(vectors):
    """A network that says these vectors, and keeps what it was asked."""
    asked = []

    def network(batch, pos, time, guide=None, **options):
        asked.append((pos, time, guide))
        return NodeVectors(vectors)

    return network, asked


def test_the_loss_is_the_mean_length_of_the_error_by_molecule():
    batch = stage_batch("CCO", "C", coarse=None)
    process, noise = make(bridge_sigma=0.0), torch.randn(14, 3)
    network, asked = constant(torch.zeros(14, 3))
    time = torch.tensor([0.25, 0.75])[batch.batch]
    loss = process.loss(network, batch, batch.pos + 5, time, given(noise))
    (one, two) = (centre(x, batch.batch, 2) for x in (batch.pos, noise))
    lengths = (one - two).norm(dim=-1)
    assert float(loss["all"]) == pytest.approx(
        float(lengths[:9].mean() + lengths[9:].mean()) / 2, rel=1e-5)
    expected = torch.where(batch.batch.unsqueeze(-1) == 0, 0.25 * one + 0.75 * two,
                           0.75 * one + 0.25 * two)
    torch.testing.assert_close(asked[0][0], expected)
    assert set(loss) == {"all"} and torch.equal(asked[0][1], time)


def test_a_perfect_network_has_no_loss_and_a_finite_gradient():
    batch = stage_batch("CCO", "C", coarse=None)
    network, _ = constant(None)
    process, noise = make(bridge_sigma=0.0), torch.randn(14, 3)
    right = (centre(batch.pos, batch.batch, 2) - centre(noise, batch.batch, 2)).requires_grad_()
    loss = process.loss(lambda *_: NodeVectors(right), batch, batch.pos, torch.full((14,), 0.5),
                        given(noise))["all"]
    loss.backward()
    assert float(loss.detach()) < 1e-5 and torch.isfinite(right.grad).all()


@pytest.mark.parametrize("prior, align_setting, turned", [
    ("gaussian", None, False), ("harmonic", None, True), ("gaussian", True, True),
    ("harmonic", False, False)])
def test_the_prior_is_turned_onto_the_data_as_the_settings_say(prior, align_setting, turned):
    batch = stage_batch("CCO", "C", coarse=None)
    process = make(prior=prior, align=align_setting, bridge_sigma=0.0)
    noise, (network, asked) = StepNoise(batch, 3), constant(torch.zeros(14, 3))
    process.loss(network, batch, batch.pos, torch.full((14,), 1e-6), noise)
    start, found = process.prior(batch, noise), asked[0][0]
    expected = align(start, centre(batch.pos, batch.batch, 2), batch.batch, 2) if turned else start
    assert (found - expected).abs().max() < 1e-4
    assert not turned or (expected - start).abs().max() > 0.1


def test_every_random_number_is_the_molecules_own():
    """The noise of training comes from the stream alone: the same twice, another at each step."""
    batch = stage_batch("CCO", "C", coarse=None)
    losses = [float(make(prior="harmonic").loss(
        constant(torch.zeros(14, 3))[0], batch, batch.pos, torch.full((14,), 0.3),
        StepNoise(batch, step))["all"]) for step in (1, 1, 2)]
    assert losses[0] == losses[1] != losses[2]


class Mixture:
    """Two Gaussian clouds of points and the exact velocity of their flow from N(0, 1).

    With x_1 of cloud k, x_t has mean t m_k and covariance V = t^2 S_k + (1 - t)^2 + g^2, g^2 =
    s^2 t (1 - t); the velocity is m_k + (t S_k - (1 - t) + g g') V^-1 (x - t m_k), averaged.
    """

    weights = torch.tensor([0.7, 0.3], dtype=torch.float64)
    means = torch.tensor([[1.0, 0, -1], [-2, 1, 1]], dtype=torch.float64)
    roots = torch.tensor([[[0.5, 0, 0], [0.3, 0.4, 0], [0, 0, 0.2]],
                          [[0.3, 0, 0], [0, 0.6, 0], [-0.3, 0, 0.4]]], dtype=torch.float64)

    def __init__(self, sigma: float):
        self.sigma = sigma

    @property
    def spreads(self) -> torch.Tensor:
        return self.roots @ self.roots.mT

    def moments(self) -> tuple[torch.Tensor, torch.Tensor]:
        mean = self.weights @ self.means
        second = self.spreads + self.means.unsqueeze(-1) * self.means.unsqueeze(-2)
        return mean, torch.einsum("k,kij->ij", self.weights, second) - torch.outer(mean, mean)

    def __call__(self, batch, pos, time, guide=None, **options) -> NodeVectors:
        t, eye = float(time[0]), torch.eye(3, dtype=torch.float64)
        assert (time == time[0]).all()
        bridge = self.sigma**2 * t * (1 - t)
        total = t**2 * self.spreads + ((1 - t) ** 2 + bridge) * eye
        cross = t * self.spreads + (self.sigma**2 * (1 - 2 * t) / 2 - (1 - t)) * eye
        off = pos.unsqueeze(1) - t * self.means  # (N, K, 3)
        solved = torch.linalg.solve(total, off.unsqueeze(-1)).squeeze(-1)
        logs = self.weights.log() - 0.5 * (torch.logdet(total) + (off * solved).sum(-1))
        each = self.means + torch.einsum("kij,nkj->nki", cross, solved)
        return NodeVectors((logs.softmax(-1).unsqueeze(-1) * each).sum(1))


def points(n: int) -> Batch:
    """Unbonded atoms in one graph: points as independent as their centre allows."""
    batch = Batch.from_data_list([graph_of(1, [])])
    return SimpleNamespace(num_graphs=1, num_nodes=n, local_pair_kind=batch.local_pair_kind,
                           batch=torch.zeros(n, dtype=torch.int64), key=batch.key,
                           ptr=torch.tensor([0, n]), conformer=batch.conformer)


@pytest.mark.parametrize("name, settings", [
    ("euler", {}), ("stochastic_euler", {"churn": 1.0}), ("stochastic_euler", {"churn": 4.0})])
@pytest.mark.parametrize("sigma", [0.0, 0.1, 0.5])
def test_the_exact_velocity_gives_the_mixture_back(name, settings, sigma):
    """Mean and covariance of 30,000 points in 200 steps, within 3 % of the largest variance."""
    process, mixture, batch = make(bridge_sigma=sigma), Mixture(sigma), points(30_000)
    sampler = sampler_of(name, process, steps=200, **settings)
    pos = StepNoise(batch, 0).atoms(0).double()
    for step in sampler.levels():
        pos = sampler.advance(mixture, batch, pos, None, step, lambda n: StepNoise(batch, n),
                              retry=False)
    mean, spread = mixture.moments()
    assert (pos.mean(0) - mean).abs().max() < 0.04
    assert (torch.cov(pos.T) - spread).abs().max() < 0.03 * spread.max()


@pytest.mark.parametrize("name", SAMPLERS)
def test_levels_chain_from_the_prior_to_the_data(name):
    levels = sampler_of(name, make(), steps=7).levels()
    assert levels == [(i, i + 1) for i in range(7)]
    assert SAMPLERS[name](steps=7).visited(ProcessSettings()) == 7


def test_a_second_try_takes_half_steps():
    batch = stage_batch("CCO", coarse=None)
    sampler = sampler_of("euler", make(), steps=4)
    for retry, times in ((False, [0.5]), (True, [0.5, 0.625])):
        network, asked = constant(torch.ones(9, 3))
        pos = sampler.advance(network, batch, batch.pos, None, (2, 3),
                              lambda n: StepNoise(batch, n), retry)
        torch.testing.assert_close(pos, batch.pos + 0.25)
        assert [float(time[0]) for _, time, _ in asked] == times


def test_churn_adds_noise_only_between_its_times():
    batch = stage_batch("CCO", coarse=None)
    sampler = sampler_of("stochastic_euler", make(), steps=10, churn_from=0.25, churn_until=0.75)
    for number in range(10):
        now, pos = sampler.churned(batch, batch.pos, number / 10, StepNoise(batch, number))
        inside = 0.25 <= number / 10 < 0.75
        assert (now < number / 10) == inside == (not torch.equal(pos, batch.pos))


def test_without_churn_it_is_euler():
    batch, mixture = points(50), Mixture(0.1)
    found = []
    for name, settings in (("euler", {}), ("stochastic_euler", {"churn": 0.0})):
        sampler = sampler_of(name, make(), steps=5, **settings)
        pos = StepNoise(batch, 0).atoms(0).double()
        for step in sampler.levels():
            pos = sampler.advance(mixture, batch, pos, None, step, lambda n: StepNoise(batch, n),
                                  retry=False)
        found.append(pos)
    assert torch.equal(*found) and math.isfinite(float(np.abs(found[0].numpy()).max()))
