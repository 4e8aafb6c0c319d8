"""What backbones that score pairs keep beside the contract of all parts (tests/contract)."""

import pytest
import torch
from hand_made import stage_batch, stage_graph
from torch_geometric.data import Batch

from pipeline_src.graphs.pairs import pair_distances
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


def rounding(half, full) -> float:
    """Root mean square of the difference against that of the scores.

    Not its largest value: with random weights some score is a small difference of large numbers.
    """
    return float((half - full).square().mean().sqrt() / (1 + full.square().mean().sqrt()))


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


@with_far
def test_far_pairs_beyond_the_cutoff_are_out(name):
    backbone, batch = make(name), stage_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch)
    scores = backbone(batch, pos, time, guide)
    i, j = batch.far_pair_index
    within = (pos[i] - pos[j]).norm(dim=-1) <= 5.0
    assert 0 < within.sum() < len(within)
    assert torch.equal(scores.far_mask, within)
    assert not scores.far[~within].any() and scores.far[within].all()


@with_far
@pytest.mark.parametrize("smooth", [True, False])
def test_molecules_far_apart_do_not_see_each_other(name, smooth):
    """Two ethanols 100 Å apart in one graph: no message passes the cutoff."""
    backbone = make(name, smooth_cutoff=smooth)
    batch = stage_batch("CCO", "CCO")
    pos, time, guide = inputs(backbone, batch)
    apart = backbone(batch, pos, time, guide)
    one = torch.arange(9)
    across = torch.cartesian_prod(one, one + 9).T
    joined = batch.clone()
    joined.far_pair_index = torch.cat([batch.far_pair_index, across], dim=1)
    scores = backbone(joined, pos + 100.0 * batch.batch.unsqueeze(-1), time, guide)
    close(apart.far, scores.far[: -len(across[0])])
    assert not scores.far_mask[-len(across[0]):].any()


@pytest.mark.parametrize("name", sorted(set(SETTINGS) - set(FAR)))
def test_distances_stand_in_for_positions(name):
    """Also distances that no positions have; then the positions are not read."""
    backbone, batch = make(name), stage_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch)
    distances = pair_distances(pos, batch.local_pair_index)
    elsewhere = torch.full_like(pos, torch.nan)
    one = backbone(batch, pos, time, guide)
    assert torch.equal(one.local, backbone(batch, elsewhere, time, guide,
                                           distances=distances).local)
    below = backbone(batch, elsewhere, time, guide, distances=distances - 10.0).local
    assert torch.isfinite(below).all() and (below - one.local).abs().max() > 1e-4
