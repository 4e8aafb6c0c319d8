"""The loss and the drift of GeoDiff's process."""

import pytest
import torch
from hand_made import stage_batch
from stub_backbones import KnownDistances, given

from pipeline_src.graphs.pairs import project_pairs
from pipeline_src.processes.ve_diffusion import VEDiffusion, clip_lengths
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.processes import VEDiffusion as Settings

LONG = "CCCCCCCC"


@pytest.fixture
def process():
    return VEDiffusion(Settings(steps=500))


@pytest.fixture
def batch():
    return stage_batch(LONG, "CC(C)C", coarse=None)


def draw(batch):
    pos = batch.pos.double()
    return pos, torch.randint(0, 500, (batch.num_nodes,)), torch.randn_like(pos)


@pytest.mark.parametrize("per_atom", [True, False])
def test_loss_is_zero_for_the_exact_scores(process, batch, per_atom):
    pos, time, noise = draw(batch)
    time = time if per_atom else torch.tensor([20, 400])[batch.batch]
    losses = process.loss(KnownDistances(process, pos), batch, pos, time, given(noise))
    assert set(losses) == {"global", "local"}
    assert float(losses["global"]) < 1e-20 and float(losses["local"]) < 1e-20


def test_loss_by_hand(process, batch):
    """Zero scores: the loss is 2 (far) and 5 (local) times the mean squared node target."""
    pos, time, noise = draw(batch)
    sigma = torch.from_numpy(process.schedule.sigmas)[time]
    noisy = pos + sigma[:, None] * noise
    losses = process.loss(KnownDistances(process, pos, 0.0), batch, pos, time, given(noise))
    for name, weight, index in (("local", 5, batch.local_pair_index),
                                ("global", 2, batch.far_pair_index)):
        nodes = torch.zeros_like(pos)
        for i, j in index.T.tolist():
            d, d_noisy = (pos[i] - pos[j]).norm(), (noisy[i] - noisy[j]).norm()
            if name == "global" and d_noisy > 10:
                continue
            target = (d - d_noisy) / ((sigma[i] ** 2 + sigma[j] ** 2) / 2).sqrt()
            push = 2 * target * (noisy[i] - noisy[j]) / d_noisy
            nodes[i] += push
            nodes[j] -= push
        assert float(losses[name]) == pytest.approx(
            float(weight * nodes.square().sum() / batch.num_nodes), rel=1e-9)


def test_some_far_pairs_are_beyond_the_cutoff_and_do_not_count(process, batch):
    pos, noise = batch.pos.double(), torch.randn(batch.num_nodes, 3, dtype=torch.float64)
    time = torch.full_like(batch.numbers, 480)
    scores = KnownDistances(process, pos)(batch, process.perturb(pos, time, noise), time)
    assert 0 < scores.far_mask.sum() < len(scores.far_mask)
    wrong = KnownDistances(process, pos, 3.0)
    assert float(process.loss(wrong, batch, pos, time, given(noise))["global"]) > 0


def test_times_are_antithetic(process):
    times = process.draw_times(6, torch.tensor([0.0, 0.5, 1 - 2**-24]))
    assert times.tolist() == [0, 250, 499, 499, 249, 0]
    assert process.draw_times(5, torch.tensor([0.0, 0.5, 0.25])).tolist() == [0, 250, 125, 499, 249]
    assert process.draw_times(1, torch.tensor([0.1])).tolist() == [50]


@pytest.mark.parametrize("count", [1, 4])
def test_a_wrong_number_of_uniforms_is_refused(process, count):
    with pytest.raises(InputError, match="uniforms"):
        process.draw_times(4, torch.zeros(count))


def test_prior_has_the_last_sigma_and_is_centred(process):
    batch = stage_batch(*["CCCCCC"] * 40, coarse=None)
    start = process.prior(batch, given(torch.randn(batch.num_nodes, 3)))
    assert float(start.std()) == pytest.approx(12.40, rel=0.06)
    assert start[batch.batch == 3].mean(0).abs().max() < 1e-4


def test_perturb_adds_each_atoms_own_noise(process):
    pos, time, noise = torch.zeros(2, 3), torch.tensor([0, 499]), torch.ones(2, 3)
    moved = process.perturb(pos, time, noise)[:, 0]
    assert moved.tolist() == pytest.approx([0.0070395, 12.402382], rel=1e-5)


def test_direction_adds_the_weighted_global_part(process, batch):
    pos, time, noise = draw(batch)
    noisy, known = process.perturb(pos, time, noise), KnownDistances(process, pos)
    scores = known(batch, noisy, time)
    local = project_pairs(noisy, batch.local_pair_index, scores.local)
    far = project_pairs(noisy, batch.far_pair_index, scores.far)
    got = process.direction(known, batch, noisy, time, far=True, global_weight=0.3)
    assert torch.allclose(got, local + 0.3 * far)
    assert torch.equal(process.direction(known, batch, noisy, time, far=False), local)
    assert known.far_asked == [True, True, False]
    clipped = process.direction(known, batch, noisy, time, far=False, clip_local=0.1)
    assert clipped.norm(dim=-1).max() <= 0.1 + 1e-9


def test_clip_keeps_directions_and_short_vectors():
    vectors = torch.tensor([[3.0, 4.0, 0.0], [0.3, 0.4, 0.0], [0.0, 0.0, 0.0]])
    clipped = clip_lengths(vectors, 1.0)
    assert torch.allclose(clipped, torch.tensor([[0.6, 0.8, 0.0], [0.3, 0.4, 0.0], [0, 0, 0]]))
    assert clip_lengths(vectors, None) is vectors
