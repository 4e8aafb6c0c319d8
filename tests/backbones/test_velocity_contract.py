"""What backbones that predict velocities keep beyond ``tests/contract``; a new one is to be listed.

The contract has each of them turned, mirrored, renumbered, batched, saved, and so on, as its
settings are by default; here are the VARIANTS that compute otherwise.
"""

import pytest
import torch
from hand_made import stage_batch, stage_graph
from torch_geometric.data import Batch

from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import PARTS, load_part
from pipeline_src.run.settings import backbones as settings

TRANSFORMER = {"width": 16, "layers": 3, "heads": 4, "bases": 8, "cutoff_angstrom": 5.0}
# Name of a case -> settings; a backbone may stand here with several
CASES = {
    "equivariant_transformer": settings.EquivariantTransformer(**TRANSFORMER),
    "guided_equivariant_transformer": settings.GuidedEquivariantTransformer(**TRANSFORMER),
    "squared": settings.EquivariantTransformer(**TRANSFORMER, distance="squared"),
    "guided, squared": settings.GuidedEquivariantTransformer(**TRANSFORMER, distance="squared"),
    "so3": settings.EquivariantTransformer(**TRANSFORMER, parity="so3"),
}
TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-10}
MOLECULES = ("CC(C)CCc1ccccc1", "C", "CCO")

every = pytest.mark.parametrize("case", CASES)
variants = pytest.mark.parametrize("case", [
    case for case, chosen in CASES.items()
    if (chosen.distance, chosen.parity) != ("plain", "o3")])


def make(case: str, dtype: torch.dtype = torch.float64):
    chosen = CASES[case]
    return load_part("backbone", chosen.kind).from_settings(chosen).to(dtype)


def inputs(backbone, batch, dtype: torch.dtype = torch.float64):
    """Noisy positions, times and, if it takes one, a guide; the same for the same molecule."""
    pos = batch.pos.to(dtype)
    time = torch.full(batch.numbers.shape, 0.3, dtype=torch.float32)
    guide = pos + 0.5 * torch.sin(7 * pos.flip(-1)) if backbone.takes_guide else None
    return pos, time, guide


def close(one, other, dtype=torch.float64):
    scale = max(1.0, float(one.detach().abs().max())) if one.numel() else 1.0
    assert one.dtype == dtype
    torch.testing.assert_close(one, other, rtol=0, atol=TOLERANCE[dtype] * scale)


def turn():
    found, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))
    return found * torch.linalg.det(found)  # proper


def test_every_backbone_of_velocities_is_listed():
    listed = {chosen.kind for chosen in CASES.values()}
    assert listed == {name for name in PARTS["backbone"]
                      if load_part("backbone", name).predicts == "velocity"}


@variants
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("sign", [1, -1])
def test_vectors_turn_and_mirror_with_the_molecule(case, sign, dtype):
    """Mirror images of so3 have other vectors; shifts change nothing."""
    backbone, batch, matrix = make(case, dtype), stage_batch(*MOLECULES), turn()
    pos, time, guide = inputs(backbone, batch, dtype)
    still = backbone(batch, pos, time, guide).vectors
    assert still.shape == pos.shape and still.abs().max() > 1e-3
    moved = (sign * pos.double() @ matrix + torch.tensor([3.0, -7.0, 11.0])).to(dtype)
    expected = (sign * still.double() @ matrix).to(dtype)
    found = backbone(batch, moved, time, guide).vectors
    if sign < 0 and getattr(CASES[case], "parity", "o3") == "so3":
        assert (found - expected).abs().max() > 1e-4
    else:
        close(found, expected, dtype)


@every
def test_a_guide_moved_rigidly_says_the_same(case):
    backbone, batch, matrix = make(case), stage_batch(*MOLECULES), turn()
    pos, time, guide = inputs(backbone, batch)
    if guide is not None:
        one, other = (backbone(batch, pos, time, g).vectors for g in (guide, guide @ -matrix + 5))
        close(one, other)


@every
def test_vectors_have_no_mean(case):
    backbone, batch = make(case), stage_batch(*MOLECULES)
    vectors = backbone(batch, *inputs(backbone, batch)).vectors
    for one in range(3):
        assert vectors[batch.batch == one].mean(0).abs().max() < 1e-12


@variants
def test_vectors_follow_the_atoms_when_renumbered(case):
    backbone, batch = make(case), stage_batch(MOLECULES[0])
    pos, time, guide = inputs(backbone, batch)
    time = torch.linspace(0, 1, len(time))
    order = torch.randperm(batch.num_nodes)
    place = torch.argsort(order)  # new index of each old atom
    other = batch.clone()
    other.numbers, other.features = batch.numbers[order], batch.features[order]
    for field in ("local_pair_index", "far_pair_index"):
        other[field] = place[batch[field]].flip(0)  # also i and j swapped
    one = backbone(batch, pos, time, guide).vectors
    two = backbone(other, pos[order], time[order], None if guide is None else guide[order]).vectors
    close(one[order], two)


@variants
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_a_batch_of_many_is_many_batches_of_one(case, dtype):
    backbone = make(case, dtype)
    many = stage_batch(*MOLECULES)
    together = backbone(many, *inputs(backbone, many, dtype)).vectors
    apart = [backbone(one, *inputs(backbone, one, dtype)).vectors
             for one in (stage_batch(smiles) for smiles in MOLECULES)]
    close(together, torch.cat(apart), dtype)


@variants
@pytest.mark.parametrize("smiles", ["C", "CC", "c1ccccc1"])
def test_the_smallest_graphs_are_fine(case, smiles):
    """One heavy atom has no pair at all."""
    backbone = make(case)
    batch = Batch.from_data_list([stage_graph(smiles, "heavy", "scaffold")])
    vectors = backbone(batch, *inputs(backbone, batch)).vectors
    assert vectors.shape == (batch.num_nodes, 3) and torch.isfinite(vectors).all()


@variants
def test_gradients_are_finite_at_coincident_atoms(case):
    backbone, batch = make(case, torch.float32), stage_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch, torch.float32)
    pos = torch.zeros_like(pos).requires_grad_()
    guide = None if guide is None else torch.zeros_like(guide).requires_grad_()
    backbone(batch, pos, time, guide).vectors.square().sum().backward()
    tensors = [pos, *backbone.parameters()] + ([] if guide is None else [guide])
    assert all(torch.isfinite(t.grad).all() for t in tensors)


@every
def test_every_parameter_learns(case):
    """But that which reads the vectors of the first layer, which are zero."""
    backbone, batch = make(case), stage_batch(*MOLECULES)
    backbone(batch, *inputs(backbone, batch)).vectors.square().sum().backward()
    still = [name for name, p in backbone.named_parameters()
             if p.grad is None or not p.grad.abs().sum() > 0]
    assert still == ["layers.0.vectors.weight"]


@every
def test_time_is_each_atoms_own(case):
    """Another time of all atoms, or of one only, gives other vectors."""
    backbone, batch = make(case), stage_batch("CCO")
    pos, time, guide = inputs(backbone, batch)
    one = time.clone()
    one[0] = 0.9
    found = [backbone(batch, pos, t, guide).vectors for t in (time, time + 0.4, one)]
    assert min((found[0] - other).abs().max() for other in found[1:]) > 1e-5


@every
def test_node_states_of_each_layer(case):
    backbone, batch = make(case), stage_batch(*MOLECULES)
    states = backbone(batch, *inputs(backbone, batch), return_nodes=True).nodes["all"]
    assert [state.shape for state in states] == [(batch.num_nodes, 16)] * 3


@every
def test_molecules_far_apart_do_not_see_each_other(case):
    """Two ethanols 100 Å apart in one graph: only the centring joins them."""
    backbone, batch = make(case), stage_batch("CCO", "CCO")
    pos, time, guide = inputs(backbone, batch)
    pos[9:] *= 1.1
    apart = backbone(batch, pos, time, guide).vectors
    one = torch.arange(9)
    joined = batch.clone()
    joined.far_pair_index = torch.cat(
        [batch.far_pair_index, torch.cartesian_prod(one, one + 9).T], dim=1)
    found = backbone(joined, pos + 100.0 * batch.batch.unsqueeze(-1), time, guide).vectors
    close(apart, found)


@every
def test_bonds_count_at_any_length(case):
    backbone, batch = make(case), stage_batch("C")
    pos, time, guide = inputs(backbone, batch)
    assert backbone(batch, 6 * pos, time, guide).vectors.abs().max() > 1e-5


@every
@pytest.mark.parametrize("bits", [torch.bfloat16, torch.float16])
def test_autocast_says_nearly_the_same(case, bits):
    backbone, batch = make(case, torch.float32), stage_batch(*MOLECULES)
    given = inputs(backbone, batch, torch.float32)
    full = backbone(batch, *given).vectors
    with torch.autocast("cpu", dtype=bits):
        half = backbone(batch, *given).vectors
    assert 0 < (half - full).abs().max() < 0.1 * (1 + full.abs().max())


@variants
def test_guide_matters_and_is_asked_for(case):
    backbone, batch = make(case), stage_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch)
    if backbone.takes_guide:
        one, two = (backbone(batch, pos, time, g).vectors for g in (guide, 1.5 * guide))
        assert (one - two).abs().max() > 1e-4
    with pytest.raises(InputError, match="guide"):
        backbone(batch, pos, time, None if backbone.takes_guide else pos)
