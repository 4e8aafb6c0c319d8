"""EBD's sampler: where it ends when the network knows the answer, or all that can be known."""

import pytest
import torch
from fragmented import fragment_batch
from torch_geometric.data import Batch

from pipeline_src.backbones.base import NodeVectors
from pipeline_src.graphs.alignment import align
from pipeline_src.graphs.centering import centre, graph_means
from pipeline_src.graphs.fragments import blurred
from pipeline_src.graphs.stage_graph import StageGraph
from pipeline_src.processes.blurring import Blurring
from pipeline_src.processes.deblurring import Deblurring
from pipeline_src.run.settings.processes import Blurring as ProcessSettings
from pipeline_src.run.settings.samplers import Deblurring as Settings
from pipeline_src.stages.walk import Walk

MOLECULES = ("CC(C)Cc1ccc(cc1)C(C)C(=O)O", "CCO")


def make(process: dict | None = None, **settings) -> Deblurring:
    return Deblurring(Settings(**settings), Blurring(ProcessSettings(**(process or {}))))


def walk(sampler, backbone, batch, guide) -> list[torch.Tensor]:
    """Positions at the start and after each step."""
    steps = Walk(backbone, sampler.process, sampler, batch, guide, retry=False)
    found = [steps.start()]
    for now, following in sampler.levels():
        found.append(steps.step(found[-1], now, following))
    return found


class Knows:
    """A network that predicts the truth, turned; keeps the times it was asked at."""

    def __init__(self, truth):
        turn, _ = torch.linalg.qr(torch.randn(3, 3, dtype=truth.dtype))
        self.vectors = truth @ (turn * torch.linalg.det(turn))
        self.times = []

    def __call__(self, batch, pos, time, guide=None, **options):
        assert time.shape == batch.numbers.shape and bool((time == time[0]).all())
        self.times.append(float(time[0]))
        return NodeVectors(self.vectors)


def error(found, batch):
    aligned = align(found, batch.pos, batch.batch, batch.num_graphs)
    return float((aligned - batch.pos).square().mean().sqrt())


@pytest.mark.parametrize("steps", [None, 49, 7, 1])
@pytest.mark.parametrize("final_noise", [False, True])
def test_a_network_that_knows_the_answer_ends_there(steps, final_noise):
    """To rounding, or to the noise of the last step; nothing of the noise before is left."""
    batch = fragment_batch(*[MOLECULES[0]] * 8)
    sampler = make(steps=steps, final_noise=final_noise, noise_angstrom=0.05)
    guide = batch.pos + 0.3 * torch.randn_like(batch.pos)
    found = walk(sampler, Knows(batch.pos), batch, guide)[-1]
    assert error(found, batch) == pytest.approx(0.05 if final_noise else 0, rel=0.1, abs=1e-5)


def test_it_lies_on_its_guide_and_loses_blur_step_by_step():
    batch = fragment_batch(*MOLECULES)
    sampler = make(process={"steps": 5}, noise_angstrom=0)
    guide = batch.pos + 0.1 * torch.randn_like(batch.pos) + 4.0
    found = walk(sampler, Knows(batch.pos), batch, guide)
    assert torch.allclose(found[0], sampler.process.prior(
        batch, Walk(None, sampler.process, sampler, batch, guide, False).noise(0), guide))
    truth = align(batch.pos, guide, batch.batch, 2)
    for pos, share in zip(found[1:], (0.6, 0.4, 0.2, 0.0), strict=True):
        wanted = (1 - share) * truth + share * blurred(guide, batch)
        assert (pos - centre(wanted, batch.batch, 2)).abs().max() < 1e-5


def test_the_network_is_shown_what_training_showed_it():
    """Whatever it predicts, the atoms lie between that and the guide's centres, not its own."""
    batch = fragment_batch(*MOLECULES)
    sampler = make(noise_angstrom=0)
    guide, wrong = batch.pos + 0.3 * torch.randn_like(batch.pos), 1.5 * batch.pos
    process = sampler.process
    predicted = align(wrong, guide, batch.batch, 2)
    found = walk(sampler, Knows(wrong), batch, guide)
    for (_, level), pos in zip(sampler.levels(), found[1:], strict=True):
        time = torch.full_like(pos[:, 0], level / process.n_levels)
        wanted = process.perturb(batch, predicted, guide, time, torch.zeros_like(pos))
        assert (pos - centre(wanted, batch.batch, 2)).abs().max() < 1e-5


def test_the_levels_and_the_times():
    assert make().levels() == [(t, t - 1) for t in range(49, 0, -1)]
    assert make(steps=4).levels() == [(49, 33), (33, 17), (17, 1), (1, 0)]
    assert make(steps=1).levels() == [(49, 0)]
    batch = fragment_batch("CCO")
    network = Knows(batch.pos)
    walk(make(steps=4), network, batch, batch.pos)
    assert network.times == pytest.approx([0.98, 0.66, 0.34, 0.02])


def test_steps_are_counted_and_bounded():
    process = ProcessSettings(steps=20)
    assert Settings().visited(process) == 19 and Settings().full(process)
    assert Settings(steps=5).visited(process) == 5 and not Settings(steps=5).full(process)
    assert Settings(steps=19).misfit(process) is None and Settings(steps=19).full(process)
    assert Settings(steps=20).misfit(process)[:2] == ("steps", 20)
    with pytest.raises(Exception, match="19"):
        make(process={"steps": 20}, steps=20).levels()


def test_a_walk_is_its_batchs_own_and_repeatable():
    """The same conformer in another batch, and a second try that differs."""
    batch = fragment_batch(*MOLECULES)
    alone = fragment_batch(MOLECULES[1])
    sampler = make(final_noise=True)
    one = walk(sampler, Knows(batch.pos), batch, batch.pos)[-1][batch.batch == 1]
    other = walk(sampler, Knows(alone.pos), alone, alone.pos)[-1]
    assert error(one, alone) > 1e-3
    assert (align(one, other, alone.batch, 1) - other).abs().max() < 0.02
    again = Walk(Knows(batch.pos), sampler.process, sampler, batch, batch.pos, retry=True)
    assert not torch.equal(again.start(), walk(sampler, Knows(batch.pos), batch, batch.pos)[0])


N_GRAPHS, N_FRAGMENTS, SIZE = 150, 8, 5  # of the Gaussian below


@pytest.fixture
def gaussian():
    """Many copies of a cloud of atoms far apart, in fragments; a batch and its mean positions."""
    atoms = N_FRAGMENTS * SIZE
    mean = 6 * torch.randn(atoms, 3, dtype=torch.float64)
    graphs = []
    for number in range(N_GRAPHS):
        graph = StageGraph(
            numbers=torch.full((atoms,), 6), key=torch.tensor([[1, 2]]), pos=mean,
            fragment_index=torch.arange(atoms) // SIZE * SIZE, conformer=torch.tensor([number]))
        graph.num_nodes = atoms
        graphs.append(graph)
    return Batch.from_data_list(graphs)


class PosteriorMean:
    """E[x | x_t, x_f] where atoms are N(mean, spread^2) about their fragments' centres.

    The centres are those of the guide, whatever their distribution.
    """

    def __init__(self, batch, process, spread):
        mean = batch.pos - blurred(batch.pos, batch)
        self.inner, self.spread, self.noise = mean, spread, process.noise_angstrom

    def gain(self, share):
        return share * self.spread**2 / (share**2 * self.spread**2 + self.noise**2)

    def __call__(self, batch, pos, time, guide=None, **options):
        left = 1 - time.double()[:, None]
        seen = pos - blurred(pos, batch) - left * self.inner
        return NodeVectors(blurred(guide, batch) + self.inner + self.gain(left) * seen)


def variance_within(sampler, network) -> float:
    """What a walk makes of the variance within fragments: V <- c^2 V + g^2 noise^2, Å^2"""
    variance, total = 0.0, sampler.process.n_levels
    for now, _ in sampler.levels():
        left = 1 - now / total
        added = (sampler.process.prior_noise_angstrom if now == total - 1
                 else sampler.settings.noise_angstrom)
        gain = network.gain(left)
        variance = (gain * left) ** 2 * variance + (gain * added) ** 2
    return variance


@pytest.mark.parametrize("noise", [0.05, 0.1])
def test_what_a_gaussian_keeps_under_its_exact_posterior_mean(gaussian, noise):
    """All means, and the covariance of the fragments' centres, which is the guide's.

    Not the spread within fragments: nothing but the sampler's noise tells samples apart there, and
    the posterior mean (gain g; c = g (1 - t / T)) takes a part of it for displacement. With equal
    noises the variance is less than c / (1 + c) of the data's at each step, so half at most. What
    is left of it is known, and tested.
    """
    batch, spread, between = gaussian, 0.1, 0.15
    sampler = make(process={"steps": 20, "noise_angstrom": noise, "prior_noise_angstrom": noise},
                   noise_angstrom=noise)
    move = blurred(torch.randn_like(batch.pos), batch) * SIZE**0.5 * between
    guide = centre(batch.pos + move, batch.batch, N_GRAPHS)
    network = PosteriorMean(batch, sampler.process, spread)
    found = walk(sampler, network, batch, guide)[-1]
    error = (found - centre(batch.pos, batch.batch, N_GRAPHS)).reshape(
        N_GRAPHS, N_FRAGMENTS, SIZE, 3)
    centres = error.mean(2)
    within = error - centres.unsqueeze(2)
    assert error.mean(0).abs().max() < 5 * (between**2 + spread**2) ** 0.5 / N_GRAPHS**0.5
    wanted = (1 - 1 / N_FRAGMENTS) * between**2  # the molecule is centred
    assert float(centres.square().mean()) == pytest.approx(wanted, rel=0.05)
    across = torch.cov(centres.transpose(1, 2).reshape(-1, N_FRAGMENTS).T)
    exact = between**2 * (torch.eye(N_FRAGMENTS).double() - 1 / N_FRAGMENTS)
    assert (across - exact).abs().max() < 0.15 * between**2
    variance = float(within.square().mean()) / (1 - 1 / SIZE)
    assert variance == pytest.approx(variance_within(sampler, network), rel=0.05)
    assert 0.05 * spread**2 < variance < 0.5 * spread**2


def test_the_guide_of_another_frame_moves_the_sample_with_it():
    """The walk is as the guide lies; where it stands does not count."""
    batch = fragment_batch(*MOLECULES)
    sampler, network = make(), Knows(batch.pos)
    turn, _ = torch.linalg.qr(torch.randn(3, 3))
    turn = turn * torch.linalg.det(turn)
    guide = batch.pos + 0.1 * torch.randn_like(batch.pos)
    one = walk(sampler, network, batch, guide)[-1]
    other = walk(sampler, network, batch, guide @ turn + 9.0)[-1]
    assert (one @ turn - other).abs().max() < 1e-4
    assert graph_means(other, batch.batch, 2).abs().max() < 1e-4
