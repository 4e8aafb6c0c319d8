"""The networks that sampling reads from tables equal the networks themselves."""

import pytest
import torch
from hand_made import stage_batch

from pipeline_src.backbones.distance_table import DistanceTable
from pipeline_src.backbones.dual_encoder import DualEncoder
from pipeline_src.backbones.guided_dual_encoder import GuidedDualEncoder
from pipeline_src.backbones.tabulated import TabulatedBranches

MOLECULES = ("CC(C)CCc1ccccc1", "C", "OC(=O)C#C", "CCO")


def scores(kind, smooth, noise, dtype, smiles=MOLECULES):
    """Those of the network and those from its tables, at the same noisy positions."""
    torch.manual_seed(3)
    backbone = kind(32, schnet_layers=3, gin_layers=2, cutoff_angstrom=5.0, smooth_cutoff=smooth)
    backbone, batch = backbone.to(dtype), stage_batch(*smiles)
    guide = batch.pos.to(dtype) if backbone.takes_guide else None
    tabulated = TabulatedBranches(backbone)
    tabulated.hold(stage_batch("CCO"), stage_batch("CCO").pos.to(dtype)
                   if backbone.takes_guide else None)  # of fewer kinds
    held = tabulated.hold(batch, guide)
    pos = batch.pos.to(dtype) + noise * torch.randn(batch.num_nodes, 3, dtype=dtype)
    with torch.no_grad():
        return [network(batch, pos, torch.zeros_like(batch.numbers), guide)
                for network in (backbone, held)]


@pytest.mark.parametrize("noise", [0.0, 1.0, 20.0])
@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("kind", [DualEncoder, GuidedDualEncoder])
def test_tables_equal_the_network(kind, smooth, noise):
    direct, held = scores(kind, smooth, noise, torch.float32)
    assert torch.equal(direct.far_mask, held.far_mask)
    for one, other in ((direct.local, held.local), (direct.far, held.far)):
        scale = max(1.0, float(one.abs().max()))
        torch.testing.assert_close(one, other, rtol=0, atol=2e-6 * scale)


def test_lines_between_the_bends_are_exact():
    """A guided network reads only first layers from its tables: exact at any precision."""
    direct, held = scores(GuidedDualEncoder, True, 1.0, torch.float64)
    torch.testing.assert_close(held.local, direct.local, rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(held.far, direct.far, rtol=1e-11, atol=1e-11)


def test_a_molecule_without_far_pairs():
    direct, held = scores(DualEncoder, True, 1.0, torch.float32, ("C",))
    assert held.far.numel() == 0 and held.far_mask.numel() == 0
    torch.testing.assert_close(direct.local, held.local, rtol=0, atol=1e-5)


def test_a_table_goes_on_beyond_its_knots():
    kinds = torch.tensor([2, 5])
    table = DistanceTable(torch.tensor([0.0, 1.0, 3.0]), kinds, [
        lambda d, k: torch.stack([2 * d + k, (d - 1).clamp(min=0)], -1)], torch.float32)
    distance, kind = torch.tensor([-1.0, 0.5, 2.0, 9.0]), torch.tensor([5, 2, 5, 2])
    found = table.read(0, *table.place(distance, table.first_rows(kind)))
    assert found.tolist() == [[3.0, 0.0], [3.0, 0.0], [9.0, 1.0], [20.0, 8.0]]


@pytest.mark.parametrize("kind", [DualEncoder, GuidedDualEncoder])
def test_training_through_lines_has_the_gradients_of_the_pairs(kind):
    """Also where atoms of the guide are further apart than the cutoff."""
    torch.manual_seed(3)
    backbone = kind(32, schnet_layers=3, gin_layers=2, cutoff_angstrom=5.0,
                    smooth_cutoff=True).double()
    batch = stage_batch(*MOLECULES)
    guide = 3 * batch.pos.double() if backbone.takes_guide else None
    pos = batch.pos.double() + torch.randn(batch.num_nodes, 3, dtype=torch.float64)
    gradients = []
    for way in (backbone._far_lines, backbone._far_pairs):
        index = torch.cat([batch.local_pair_index, batch.far_pair_index], dim=1)
        kinds = torch.cat([batch.local_pair_kind, torch.zeros_like(batch.far_pair_index[0])])
        within = (pos[index[0]] - pos[index[1]]).norm(dim=-1) <= 5.0
        n_local = int(within[: len(batch.local_pair_kind)].sum())
        found, _ = way(batch.numbers, pos, guide, index[:, within], kinds[within], n_local)
        weights = list(backbone.global_branch.parameters())
        gradients.append(torch.autograd.grad(found.square().sum(), weights))
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("smooth", [False, True])
def test_positions_that_ask_for_a_gradient_get_it(smooth):
    """The same gradient as by differences: the fast way of training has none."""
    torch.manual_seed(3)
    backbone = DualEncoder(16, schnet_layers=2, gin_layers=2, cutoff_angstrom=6.0,
                           smooth_cutoff=smooth).double()
    batch = stage_batch("CCCCCO")
    time = torch.zeros_like(batch.numbers)
    pos = batch.pos.double().requires_grad_()
    (gradient,) = torch.autograd.grad(backbone(batch, pos, time).far.sum(), pos)
    step = torch.zeros_like(pos)
    step[4, 1] = 1e-6
    with torch.no_grad():
        up, down = (backbone(batch, pos + way * step, time).far.sum() for way in (1, -1))
    assert float(gradient[4, 1]) == pytest.approx(float((up - down) / 2e-6), rel=1e-4)
