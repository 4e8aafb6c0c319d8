"""What backbones that predict positions keep beyond ``tests/contract``; a new one is to be listed.

The contract has each of them turned, mirrored, renumbered, batched, saved, and so on.
"""

import pytest
import torch
from fragmented import fragment_batch

from pipeline_src.run.parts import PARTS, load_part
from pipeline_src.run.settings import backbones as settings

SETTINGS = {"hierarchical_egnn": settings.HierarchicalEGNN}
SIZE = {"hierarchical_egnn": {"width": 16, "blocks": 2, "cutoff_angstrom": 5.0}}
REFLECTS = {"hierarchical_egnn"}  # a mirror image in, a mirror image out
TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-10}
MOLECULES = ("CC(C)CCc1ccccc1", "C", "CCO")

pytestmark = pytest.mark.parametrize("name", SETTINGS)


def make(name: str, dtype: torch.dtype = torch.float64, **size):
    """A network that moves atoms by much more than a fresh one."""
    chosen = SETTINGS[name](**(SIZE[name] | size))
    backbone = load_part("backbone", name).from_settings(chosen).to(dtype)
    with torch.no_grad():
        for parameter in backbone.parameters():
            if parameter.shape[0] == 1:
                parameter.mul_(30)
    return backbone


def inputs(backbone, batch, dtype: torch.dtype = torch.float64):
    """Noisy positions, a time an atom and, if it takes one, a guide; the same for a molecule."""
    pos = batch.pos.to(dtype)
    time = (0.5 + 0.4 * torch.sin(pos[:, 0])).to(torch.float32)
    guide = pos + 0.5 * torch.sin(7 * pos.flip(-1)) if backbone.takes_guide else None
    return pos, time, guide


def moves(backbone, batch, *given):
    """How far the predicted positions are from the given ones."""
    return backbone(batch, *given).vectors - given[0]


def close(one, other, dtype=torch.float64):
    scale = max(1.0, float(one.detach().abs().max()))
    assert one.dtype == dtype
    torch.testing.assert_close(one, other, rtol=0, atol=TOLERANCE[dtype] * scale)


def test_every_backbone_of_positions_is_listed(name):
    assert list(SETTINGS) == [kind for kind in PARTS["backbone"]
                              if load_part("backbone", kind).predicts == "positions"]


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_it_mirrors_with_the_positions_alone(name, dtype):
    """The guide stays as it is: its distances count."""
    if name not in REFLECTS:
        return
    backbone, batch = make(name, dtype), fragment_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch, dtype)
    turn, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))
    turn = -turn * torch.linalg.det(turn)
    still = moves(backbone, batch, pos, time, guide)
    assert 0.1 < still.norm(dim=-1).max() < 100
    mirrored = (pos.double() @ turn.T + torch.tensor([3.0, -7.0, 11.0])).to(dtype)
    close((still.double() @ turn.T).to(dtype), moves(backbone, batch, mirrored, time, guide), dtype)


def test_gradients_are_finite_at_coincident_atoms_away_from_the_origin(name):
    backbone, batch = make(name, torch.float32), fragment_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch, torch.float32)
    pos = torch.full_like(pos, 5.0).requires_grad_()
    guide = None if guide is None else torch.zeros_like(guide).requires_grad_()
    backbone(batch, pos, time, guide).vectors.square().sum().backward()
    assert torch.isfinite(pos.grad).all()
    tensors = [*backbone.parameters()] + ([] if guide is None else [guide])
    assert all(t.grad is None or torch.isfinite(t.grad).all() for t in tensors)


def test_every_parameter_learns(name):
    backbone, batch = make(name), fragment_batch(*MOLECULES)
    moves(backbone, batch, *inputs(backbone, batch)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in backbone.parameters())


def test_time_matters_and_is_each_atoms_own(name):
    backbone, batch = make(name), fragment_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch)
    early, late = (moves(backbone, batch, pos, torch.full_like(time, t), guide) for t in (0.1, 0.9))
    mixed = moves(backbone, batch, pos, torch.where(batch.batch == 0, 0.1, 0.9).float(), guide)
    first = batch.batch == 0
    assert (early - late).abs().max() > 1e-3
    close(mixed, torch.where(first[:, None], early, late))
    own = torch.full_like(time, 0.1)
    own[0] = 0.9
    assert (moves(backbone, batch, pos, own, guide)[first] - early[first]).abs().max() > 1e-4


def test_node_states_of_each_layer(name):
    backbone, batch = make(name), fragment_batch(*MOLECULES)
    nodes = backbone(batch, *inputs(backbone, batch), return_nodes=True).nodes
    assert len(nodes["all"]) == 2
    assert all(states.shape == (batch.num_nodes, 16) for states in nodes["all"])


def test_autocast_says_nearly_the_same(name):
    backbone, batch = make(name, torch.float32), fragment_batch(*MOLECULES)
    given = inputs(backbone, batch, torch.float32)
    full = moves(backbone, batch, *given)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = moves(backbone, batch, *given)
    assert (half - full).abs().max() < 0.1 * (1 + full.abs().max())


def test_far_pairs_beyond_the_cutoff_are_out(name):
    """All atoms see each other only if the cutoff is long enough."""
    batch = fragment_batch(MOLECULES[0], fragments="brics")
    changed = batch.clone()
    pair_distances = (batch.pos[batch.far_pair_index[0]] - batch.pos[batch.far_pair_index[1]])
    beyond = pair_distances.norm(dim=-1) > 5.0
    assert 0 < beyond.sum() < len(beyond)
    changed.far_pair_index = batch.far_pair_index[:, ~beyond]
    for cutoff, same in ((5.0, True), (10.0, False)):
        torch.manual_seed(3)
        backbone = make(name, cutoff_angstrom=cutoff)
        given = inputs(backbone, batch)
        difference = moves(backbone, batch, *given) - moves(backbone, changed, *given)
        assert (difference.abs().max() < 1e-10) == same
