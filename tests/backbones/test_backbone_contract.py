"""What every backbone that scores pairs has to keep; a new one is tested by being listed."""

import pytest
import torch
from hand_made import stage_batch, stage_graph
from torch_geometric.data import Batch

from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings import Stage
from pipeline_src.run.settings import backbones as settings
from pipeline_src.stages.holding import build_holder

SETTINGS = {"dual_encoder": settings.DualEncoder,
            "guided_dual_encoder": settings.GuidedDualEncoder,
            "confgf": settings.ConfGF, "guided_confgf": settings.GuidedConfGF}
DUAL = {"width": 32, "schnet_layers": 3, "gin_layers": 2, "cutoff_angstrom": 5.0}
LOCAL = {"width": 32, "layers": 2}
SIZES = {"dual_encoder": DUAL, "guided_dual_encoder": DUAL,
         "confgf": LOCAL, "guided_confgf": LOCAL}
FAR = ["dual_encoder", "guided_dual_encoder"]  # those that score far pairs
TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-10}
MOLECULES = ("CC(C)CCc1ccccc1", "C", "CCO")

every = pytest.mark.parametrize("name", SETTINGS)
with_far = pytest.mark.parametrize("name", FAR)


def make(name: str, dtype: torch.dtype = torch.float64, **size):
    chosen = SETTINGS[name](**(SIZES[name] | size))
    return load_part("backbone", name).from_settings(chosen).to(dtype)


def inputs(backbone, batch, dtype: torch.dtype = torch.float64):
    """Noisy positions, times and, if it takes one, a guide; the same for the same molecule."""
    pos = batch.pos.to(dtype)
    time = torch.zeros_like(batch.numbers)
    guide = pos + 0.5 * torch.sin(7 * pos.flip(-1)) if backbone.takes_guide else None
    return pos, time, guide


def close(one, other, dtype=torch.float64):
    scale = max(1.0, float(one.detach().abs().max())) if one.numel() else 1.0
    assert one.dtype == dtype
    torch.testing.assert_close(one, other, rtol=0, atol=TOLERANCE[dtype] * scale)


def outputs(scores) -> list:
    """The scores there are: of local pairs and, if the network has them, of far ones."""
    return [scores.local] if scores.far is None else [scores.local, scores.far]


def all_close(one, other, dtype=torch.float64):
    for first, second in zip(outputs(one), outputs(other), strict=True):
        close(first, second, dtype)


def rounding(half, full) -> float:
    """Root mean square of the difference against that of the scores.

    Not its largest value: with random weights some score is a small difference of large numbers.
    """
    return float((half - full).square().mean().sqrt() / (1 + full.square().mean().sqrt()))


def motion(kind: str):
    turn, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))
    turn = turn * torch.linalg.det(turn)  # proper
    return {"rotation": lambda x: x @ turn, "reflection": lambda x: -(x @ turn),
            "translation": lambda x: x + torch.tensor([3.0, -7.0, 11.0]).to(x)}[kind]


@every
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("kind", ["rotation", "reflection", "translation"])
@pytest.mark.parametrize("what", ["both", "guide"])
def test_scores_are_blind_to_rigid_motion(name, kind, what, dtype):
    backbone, batch = make(name, dtype), stage_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch, dtype)
    move = motion(kind)

    def shift(x):
        return move(x.double()).to(dtype)

    still = backbone(batch, pos, time, guide)
    moved = backbone(batch, shift(pos) if what == "both" else pos, time,
                     None if guide is None else shift(guide))
    all_close(still, moved, dtype)


@every
def test_scores_follow_the_atoms_when_renumbered(name):
    backbone, batch = make(name), stage_batch(MOLECULES[0])
    pos, time, guide = inputs(backbone, batch)
    order = torch.randperm(batch.num_nodes)
    place = torch.argsort(order)  # new index of each old atom
    other = batch.clone()
    other.numbers = batch.numbers[order]
    for field in ("local_pair_index", "far_pair_index"):
        other[field] = place[batch[field]].flip(0)  # also i and j swapped
    one = backbone(batch, pos, time, guide)
    two = backbone(other, pos[order], time, None if guide is None else guide[order])
    all_close(one, two)


@every
def test_scores_do_not_depend_on_the_order_of_pairs(name):
    backbone, batch = make(name), stage_batch(MOLECULES[0])
    pos, time, guide = inputs(backbone, batch)
    one = backbone(batch, pos, time, guide)
    order = torch.randperm(batch.far_pair_index.shape[1])
    batch.far_pair_index = batch.far_pair_index[:, order]
    two = backbone(batch, pos, time, guide)
    close(one.local, two.local)
    if name in FAR:
        close(one.far[order], two.far)


@every
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_a_batch_of_many_is_many_batches_of_one(name, dtype):
    backbone = make(name, dtype)
    many = stage_batch(*MOLECULES)
    together = backbone(many, *inputs(backbone, many, dtype))
    apart = [backbone(one, *inputs(backbone, one, dtype))
             for one in (stage_batch(smiles) for smiles in MOLECULES)]
    close(together.local, torch.cat([scores.local for scores in apart]), dtype)
    if name in FAR:
        close(together.far, torch.cat([scores.far for scores in apart]), dtype)
        assert torch.equal(together.far_mask, torch.cat([scores.far_mask for scores in apart]))


@every
@pytest.mark.parametrize("smiles", ["C", "CC", "c1ccccc1"])
def test_the_smallest_graphs_are_fine(name, smiles):
    """One heavy atom has no pair at all; others have no far pair."""
    backbone = make(name)
    batch = Batch.from_data_list([stage_graph(smiles, "heavy", "scaffold")])
    scores = backbone(batch, *inputs(backbone, batch))
    assert scores.local.shape == batch.local_pair_kind.shape
    assert (scores.far is not None) == (scores.far_mask is not None) == (name in FAR)
    if name in FAR:
        assert scores.far.shape == scores.far_mask.shape == batch.far_pair_index.shape[1:]
    assert torch.isfinite(scores.local).all()


@every
def test_gradients_are_finite_at_coincident_atoms(name):
    backbone, batch = make(name, torch.float32), stage_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch, torch.float32)
    pos = torch.zeros_like(pos).requires_grad_()
    guide = None if guide is None else torch.zeros_like(guide).requires_grad_()
    scores = backbone(batch, pos, time, guide)
    sum(scores.sum() for scores in outputs(scores)).backward()
    tensors = [pos, *backbone.parameters()] + ([] if guide is None else [guide])
    assert all(torch.isfinite(t.grad).all() for t in tensors)


@every
def test_every_parameter_learns_in_its_own_branch(name):
    backbone, batch = make(name), stage_batch(*MOLECULES)
    groups = backbone.parameter_groups()
    everything = list(backbone.parameters())
    assert sorted(map(id, everything)) == sorted(id(p) for g in groups.values() for p in g)
    fields = {"local": "local", "far": "global"} if name in FAR else {"local": "all"}
    assert set(groups) == set(fields.values())
    for field, group in fields.items():
        backbone.zero_grad()
        getattr(backbone(batch, *inputs(backbone, batch)), field).square().sum().backward()
        assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in groups[group])
        others = set(groups) - {group}
        assert all(p.grad is None or not p.grad.any() for g in others for p in groups[g])


@every
def test_per_atom_times_are_accepted(name):
    backbone, batch = make(name), stage_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch)
    scores = backbone(batch, pos, torch.arange(len(time)), guide)
    assert all(torch.isfinite(found).all() for found in outputs(scores))


@every
def test_without_far_pairs_the_local_scores_are_the_same(name):
    backbone, batch = make(name), stage_batch(*MOLECULES)
    given = inputs(backbone, batch)
    scores = backbone(batch, *given, far=False)
    assert scores.far is None and scores.far_mask is None and scores.nodes is None
    assert torch.equal(scores.local, backbone(batch, *given).local)


@every
def test_node_states_of_each_layer(name):
    backbone, batch = make(name), stage_batch(*MOLECULES)
    nodes = backbone(batch, *inputs(backbone, batch), return_nodes=True).nodes
    assert {branch: len(states) for branch, states in nodes.items()} == (
        {"local": 2, "global": 3} if name in FAR else {"all": 2})
    assert all(s.shape == (batch.num_nodes, 32) for states in nodes.values() for s in states)
    assert set(backbone(batch, *inputs(backbone, batch), far=False, return_nodes=True).nodes) == {
        "local" if name in FAR else "all"}


@every
def test_state_dict_round_trip(name, tmp_path):
    backbone, batch = make(name, torch.float32), stage_batch(*MOLECULES)
    torch.save(backbone.state_dict(), tmp_path / "weights.pt")
    other = make(name, torch.float32)
    given = inputs(backbone, batch, torch.float32)
    assert not torch.equal(backbone(batch, *given).local, other(batch, *given).local)
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    assert all(map(torch.equal, outputs(backbone(batch, *given)), outputs(other(batch, *given))))


@every
def test_forward_changes_no_weight(name):
    backbone, batch = make(name), stage_batch(*MOLECULES)
    before = {key: value.clone() for key, value in backbone.state_dict().items()}
    backbone(batch, *inputs(backbone, batch))
    assert all(torch.equal(before[key], value) for key, value in backbone.state_dict().items())


@every
def test_autocast_keeps_the_type_of_positions(name):
    backbone, batch = make(name, torch.float32), stage_batch(*MOLECULES)
    given = inputs(backbone, batch, torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = backbone(batch, *given)
    full = backbone(batch, *given)
    assert all(found.dtype == torch.float32 for found in outputs(half))
    assert rounding(half.local, full.local) < 0.1


@every
@pytest.mark.parametrize("far", [True, False])
@pytest.mark.parametrize("half", [False, True])
def test_held_for_a_batch_it_says_the_same(name, half, far):
    """By the part its kind names, or as it is; in 16 bits within their rounding."""
    backbone, batch = make(name, torch.float32), stage_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch, torch.float32)
    stage = Stage.model_construct(backbone=SETTINGS[name](**SIZES[name]))
    held = build_holder(stage, backbone).hold(batch, guide)
    with torch.no_grad():
        full = backbone(batch, pos, time, guide, far=far)
        for move in (0.0, 1.0):  # held once, for many positions
            moved = backbone(batch, pos + move, time, guide, far=far)
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                found = held(batch, pos + move, time, guide, far=far)
            for one, other in zip(outputs(moved), outputs(found), strict=True):
                assert other.dtype == torch.float32
                assert rounding(other, one) < 0.1 if half else (
                    (one - other).abs().max() < 1e-4 * (1 + one.abs().max()))
    if far and name in FAR:
        assert torch.equal(full.far_mask, found.far_mask)
    else:
        assert found.far is None and found.far_mask is None


@every
def test_guide_matters_and_is_asked_for(name):
    backbone, batch = make(name), stage_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch)
    if backbone.takes_guide:
        one, two = backbone(batch, pos, time, guide), backbone(batch, pos, time, 2 * guide)
        for a, b in zip(outputs(one), outputs(two), strict=True):
            assert (a - b).abs().max() > 1e-4
    with pytest.raises(InputError, match="guide"):
        backbone(batch, pos, time, None if backbone.takes_guide else pos)


@every
def test_settings_and_class_agree(name):
    backbone = load_part("backbone", name)
    assert backbone.predicts == SETTINGS[name].predicts
    assert backbone.takes_guide == SETTINGS[name].takes_guide
