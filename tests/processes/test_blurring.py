"""EBD's process: limits of the blur, and a loss that no pose changes."""

import pytest
import torch
from fragmented import fragment_batch
from stub_backbones import given

from pipeline_src.backbones.base import NodeVectors
from pipeline_src.graphs.alignment import align
from pipeline_src.graphs.centering import centre, graph_means
from pipeline_src.graphs.fragments import blurred
from pipeline_src.processes.blurring import Blurring
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.processes import Blurring as Settings

MOLECULES = ("CC(C)Cc1ccc(cc1)C(C)C(=O)O", "CCO", "CC(C)C")


def make(**settings) -> Blurring:
    return Blurring(Settings(**settings))


@pytest.fixture
def batch():
    made = fragment_batch(*MOLECULES)
    made.pos = made.pos.double() + 5.0  # a frame that is not centred
    return made


def guide_of(batch):
    return batch.pos + 0.3 * torch.randn_like(batch.pos)


def says(vectors):
    """A network that always predicts the same."""
    return lambda *given, **options: NodeVectors(vectors)


def turned(pos):
    turn, _ = torch.linalg.qr(torch.randn(3, 3, dtype=pos.dtype))
    return pos @ (turn * torch.linalg.det(turn)).T + torch.tensor([2.0, -1.0, 7.0]).to(pos)


def half(batch):
    return torch.full_like(batch.pos[:, 0], 0.5)


def test_at_first_it_is_the_data_and_at_last_the_centres(batch):
    process, guide = make(noise_angstrom=0), guide_of(batch)
    zero, noise = torch.zeros(batch.num_nodes), torch.randn_like(batch.pos)
    assert torch.equal(process.perturb(batch, batch.pos, guide, zero, noise), batch.pos)
    last = process.perturb(batch, batch.pos, guide, zero + 1, noise)
    assert torch.allclose(last, blurred(guide, batch))


def test_between_it_is_a_straight_line_for_each_atoms_own_time(batch):
    process, guide = make(noise_angstrom=0), guide_of(batch)
    time = torch.rand(batch.num_nodes, dtype=torch.float64)
    found = process.perturb(batch, batch.pos, guide, time, torch.zeros_like(batch.pos))
    wanted = (1 - time[:, None]) * batch.pos + time[:, None] * blurred(guide, batch)
    assert torch.allclose(found, wanted)


def test_the_noise_has_its_size_and_no_centre():
    batch = fragment_batch(*["CCCCCCCC"] * 40)
    noise = torch.randn_like(batch.pos)
    found = make(noise_angstrom=0.25).perturb(
        batch, batch.pos, batch.pos, torch.zeros(batch.num_nodes), noise) - batch.pos
    assert graph_means(found, batch.batch, 40).abs().max() < 1e-5
    assert float(found.std()) == pytest.approx(0.25 * (1 - 1 / 26) ** 0.5, rel=0.03)


def test_times_are_antithetic_and_never_at_the_ends():
    process = make(steps=50)
    times = process.draw_times(6, torch.tensor([0.0, 0.5, 1 - 2**-24]))
    assert times.dtype == torch.float32
    assert (50 * times).round().int().tolist() == [1, 25, 49, 49, 25, 1]
    assert (50 * process.draw_times(5, torch.tensor([0.0, 0.5, 0.25]))).round().int().tolist() == [
        1, 25, 13, 49, 25]
    with pytest.raises(InputError, match="uniforms"):
        process.draw_times(4, torch.zeros(1))


def test_the_prior_is_the_guides_centres(batch):
    guide, noise = guide_of(batch), given(torch.randn_like(batch.pos))
    exact = make(prior_noise_angstrom=0).prior(batch, noise, guide)
    assert torch.allclose(exact, centre(blurred(guide, batch), batch.batch, 3))
    start = make(prior_noise_angstrom=0.5).prior(batch, noise, guide)
    drawn = centre(noise.atoms(0), batch.batch, 3)
    assert torch.allclose(start - exact, 0.5 * drawn)
    assert torch.allclose(graph_means(start, batch.batch, 3), torch.zeros(3, 3).double())


def test_the_loss_is_zero_for_the_truth_in_any_pose(batch):
    loss = make().loss(says(turned(batch.pos)), batch, batch.pos, half(batch),
                       given(torch.randn_like(batch.pos)), guide_of(batch))
    assert set(loss) == {"all"} and float(loss["all"]) < 1e-20


def test_the_loss_by_hand_and_blind_to_the_pose_of_the_prediction(batch):
    found = batch.pos + 0.2 * torch.randn_like(batch.pos)
    common = (batch, batch.pos, half(batch), given(torch.zeros_like(batch.pos)), guide_of(batch))
    loss = float(make().loss(says(found), *common)["all"])
    error = align(found, batch.pos, batch.batch, 3) - batch.pos
    by_graph = [float(error[batch.batch == g].square().sum()) for g in range(3)]
    assert loss == pytest.approx(sum(by_graph) / 3)
    assert float(make().loss(says(turned(found)), *common)["all"]) == pytest.approx(loss)


def test_a_mirror_image_is_an_error(batch):
    """Ibuprofen, whose mirror image no rotation gives, and ethanol, which is its own nearly."""
    loss = make().loss(says(-batch.pos), batch, batch.pos, half(batch),
                       given(torch.zeros_like(batch.pos)), guide_of(batch))
    assert float(loss["all"]) > 1


def test_no_gradient_turns_or_shifts_the_prediction(batch):
    """Gradients pass through the superposition: without it they had a torque."""
    found = (turned(batch.pos) + 0.2 * torch.randn_like(batch.pos)).requires_grad_()
    loss = make().loss(says(found), batch, batch.pos, half(batch),
                       given(torch.zeros_like(batch.pos)), guide_of(batch))
    loss["all"].backward()
    torque = torch.linalg.cross(found.detach(), found.grad)
    for total in (found.grad, torque):
        assert graph_means(total, batch.batch, 3).abs().max() < 1e-9
    assert found.grad.abs().max() > 0.01


def test_there_is_no_blurring_without_a_guide(batch):
    noise = given(torch.zeros_like(batch.pos))
    with pytest.raises(InputError, match="guide"):
        make().prior(batch, noise, None)
    with pytest.raises(InputError, match="guide"):
        make().loss(says(batch.pos), batch, batch.pos, half(batch), noise, None)
