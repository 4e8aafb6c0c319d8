"""What every backbone that predicts positions has to keep; a new one is tested by being listed."""

import pytest
import torch
from fragmented import fragment_batch, fragment_graph
from torch_geometric.data import Batch

from pipeline_src.run.errors import InputError
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


def rigid(kind: str):
    """What turns vectors, and what moves positions."""
    turn, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))
    turn = turn * torch.linalg.det(turn) * (-1 if kind == "reflection" else 1)
    shift = torch.tensor([3.0, -7.0, 11.0]).double()

    def turned(x):
        return (x.double() @ turn.T).to(x)

    def moved(x):
        return (x.double() @ turn.T + shift).to(x)

    return turned, moved


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("kind", ["rotation", "reflection"])
def test_it_moves_with_the_positions(name, kind, dtype):
    if kind == "reflection" and name not in REFLECTS:
        return
    backbone, batch = make(name, dtype), fragment_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch, dtype)
    turned, moved = rigid(kind)
    still = moves(backbone, batch, pos, time, guide)
    assert 0.1 < still.norm(dim=-1).max() < 100
    close(turned(still), moves(backbone, batch, moved(pos), time, guide), dtype)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_it_is_blind_to_rigid_motion_of_the_guide(name, dtype):
    backbone, batch = make(name, dtype), fragment_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch, dtype)
    if guide is not None:
        _, moved = rigid("rotation")
        close(moves(backbone, batch, pos, time, guide),
              moves(backbone, batch, pos, time, moved(guide)), dtype)


def test_it_follows_the_atoms_when_renumbered(name):
    backbone, batch = make(name), fragment_batch(MOLECULES[0])
    pos, time, guide = inputs(backbone, batch)
    order = torch.randperm(batch.num_nodes)
    place = torch.argsort(order)  # new index of each old atom
    other = batch.clone()
    other.numbers = batch.numbers[order]
    for field in ("local_pair_index", "far_pair_index"):
        other[field] = place[batch[field]].flip(0)  # also i and j swapped
    other.fragment_index = place[batch.fragment_index][order]
    one = moves(backbone, batch, pos, time, guide)
    two = moves(backbone, other, pos[order], time[order],
                None if guide is None else guide[order])
    close(one[order], two)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_a_batch_of_many_is_many_batches_of_one(name, dtype):
    backbone = make(name, dtype)
    many = fragment_batch(*MOLECULES)
    together = moves(backbone, many, *inputs(backbone, many, dtype))
    apart = [moves(backbone, one, *inputs(backbone, one, dtype))
             for one in (fragment_batch(smiles) for smiles in MOLECULES)]
    close(together, torch.cat(apart), dtype)


@pytest.mark.parametrize("smiles", ["C", "CC", "c1ccccc1"])
def test_the_smallest_graphs_are_fine(name, smiles):
    """One heavy atom has no pair at all; others have no far pair."""
    backbone = make(name)
    batch = Batch.from_data_list([fragment_graph(smiles, "heavy", "scaffold")])
    found = backbone(batch, *inputs(backbone, batch)).vectors
    assert found.shape == batch.pos.shape and torch.isfinite(found).all()


@pytest.mark.parametrize("where", [0.0, 5.0])
def test_gradients_are_finite_at_coincident_atoms(name, where):
    backbone, batch = make(name, torch.float32), fragment_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch, torch.float32)
    pos = torch.full_like(pos, where).requires_grad_()
    guide = None if guide is None else torch.zeros_like(guide).requires_grad_()
    backbone(batch, pos, time, guide).vectors.square().sum().backward()
    assert torch.isfinite(pos.grad).all()
    tensors = [*backbone.parameters()] + ([] if guide is None else [guide])
    assert all(t.grad is None or torch.isfinite(t.grad).all() for t in tensors)


def test_every_parameter_learns(name):
    backbone, batch = make(name), fragment_batch(*MOLECULES)
    groups = backbone.parameter_groups()
    assert set(groups) == {"all"}
    assert sorted(map(id, backbone.parameters())) == sorted(map(id, groups["all"]))
    moves(backbone, batch, *inputs(backbone, batch)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in groups["all"])


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
    given = inputs(backbone, batch)
    assert backbone(batch, *given).nodes is None
    nodes = backbone(batch, *given, return_nodes=True).nodes
    assert len(nodes["all"]) == 2
    assert all(states.shape == (batch.num_nodes, 16) for states in nodes["all"])


def test_state_dict_round_trip(name, tmp_path):
    backbone, batch = make(name, torch.float32), fragment_batch(*MOLECULES)
    torch.save(backbone.state_dict(), tmp_path / "weights.pt")
    other = make(name, torch.float32)
    given = inputs(backbone, batch, torch.float32)
    one = moves(backbone, batch, *given)
    assert not torch.equal(one, moves(other, batch, *given))
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    assert torch.equal(one, moves(other, batch, *given))


def test_autocast_keeps_the_type_of_positions(name):
    backbone, batch = make(name, torch.float32), fragment_batch(*MOLECULES)
    given = inputs(backbone, batch, torch.float32)
    full = moves(backbone, batch, *given)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = moves(backbone, batch, *given)
    assert half.dtype == torch.float32
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


def test_guide_matters_and_is_asked_for(name):
    backbone, batch = make(name), fragment_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch)
    if backbone.takes_guide:
        one, two = (moves(backbone, batch, pos, time, g) for g in (guide, 2 * guide))
        assert (one - two).abs().max() > 1e-3
    with pytest.raises(InputError, match="guide"):
        backbone(batch, pos, time, None if backbone.takes_guide else pos)


def test_settings_and_class_agree(name):
    assert list(SETTINGS) == [kind for kind in PARTS["backbone"]
                              if load_part("backbone", kind).predicts == "positions"]
    backbone = load_part("backbone", name)
    assert backbone.predicts == SETTINGS[name].predicts
    assert backbone.takes_guide == SETTINGS[name].takes_guide
