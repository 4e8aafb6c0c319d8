"""Where upsampled atoms land, against Algorithm 2 atom by atom."""

import numpy as np
import pytest
import torch
from hand_made import SMILES, hierarchy, positions, stage_batch
from torch_geometric.data import Batch

from pipeline_src.graphs.covalent_radii import COVALENT_RADII
from pipeline_src.graphs.noise import batch_noise
from pipeline_src.graphs.stage_graph import StageGraph, make_stage_graph
from pipeline_src.graphs.upsampling_plan import make_upsampling_plan
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings import guides as settings

LEVELS = [("all", "heavy"), ("all", "scaffold"), ("heavy", "scaffold")]
SETTINGS = {
    "bonded": settings.Bonded(), "centroid": settings.Centroid(),
    "random": settings.RandomPlacement(), "released": settings.Released(),
    "oracle": settings.Oracle(),
}
upsample_bonded = load_part("upsampler", "bonded")


def upsample(name: str, batch, coarse=None, noise=None):
    coarse = batch.pos[batch.coarse_index] if coarse is None else coarse
    noise = batch_noise(batch, 0, 0) if noise is None else noise
    return load_part("upsampler", name)(batch, coarse, noise, SETTINGS[name])


def place_one_by_one(numbers, bonds, coarse, order, noise, start, tau):
    """Algorithm 2, an atom at a time; ``start`` holds the coarse positions."""
    placed, guide = set(coarse.tolist()), start.copy()
    centroid = start[coarse].mean(0)
    for atom in order.tolist():
        near = [j if i == atom else i for i, j in bonds.tolist() if atom in (i, j)]
        near = [j for j in near if j in placed]
        anchor = guide[near].mean(0) if near else centroid
        radius = COVALENT_RADII[numbers[atom]]
        others = np.mean([COVALENT_RADII[numbers[j]] for j in near]) if near else radius
        reach = radius + others if tau == "covalent" else tau
        guide[atom] = anchor + reach * noise[atom] / np.linalg.norm(noise[atom])
        placed.add(atom)
    return guide


@pytest.mark.parametrize("tau", [3.0, 1.1, "covalent"])
@pytest.mark.parametrize(("level", "coarse"), LEVELS)
@pytest.mark.parametrize("name", SMILES)
def test_bonded_is_algorithm_2(name, level, coarse, tau):
    batch = stage_batch(SMILES[name], level=level, coarse=coarse)
    noise = batch_noise(batch, 4, 1)
    guide = upsample_bonded(batch, batch.pos[batch.coarse_index], noise, settings.Bonded(tau=tau))
    beads = hierarchy(SMILES[name]).beads(level)
    expected = place_one_by_one(beads.numbers, beads.bonds, batch.coarse_index.numpy(),
                                batch.new_index.numpy(), noise.double().numpy(),
                                batch.pos.double().numpy(), tau)
    np.testing.assert_allclose(guide.numpy(), expected, atol=1e-5)
    assert torch.equal(guide[batch.coarse_index], batch.pos[batch.coarse_index])


def test_hydrogens_stand_at_tau_from_their_parent():
    batch = stage_batch(*SMILES.values())
    guide = upsample("bonded", batch)
    placed, new = batch.anchor_index
    assert torch.equal(new.unique(), batch.new_index.sort().values)
    distance = (guide[placed] - guide[new]).norm(dim=-1)
    assert torch.allclose(distance, torch.full_like(distance, 3.0), atol=1e-5)


def test_released_stands_at_tau_from_the_centroid():
    batch = stage_batch("Cc1ccccc1")
    centroid = batch.pos[batch.coarse_index].mean(0)
    distance = (upsample("released", batch) - centroid).norm(dim=-1)[batch.new_index]
    assert torch.allclose(distance, torch.full_like(distance, 3.0), atol=1e-5)


@pytest.mark.parametrize("name", ["centroid", "oracle"])
def test_centroid_adds_no_noise(name):
    batch = stage_batch("CCO", "Cc1ccccc1")
    guide = upsample(name, batch)
    for graph in (0, 1):
        inside = batch.batch[batch.coarse_index] == graph
        new = batch.new_index[batch.batch[batch.new_index] == graph]
        centroid = batch.pos[batch.coarse_index][inside].mean(0)
        assert torch.allclose(guide[new], centroid.expand(len(new), 3), atol=1e-6)


def test_random_is_the_noise_about_the_centroid():
    batch = stage_batch("CCO")
    noise = batch_noise(batch, 0, 0)
    centroid = batch.pos[batch.coarse_index].mean(0)
    got = upsample("random", batch, noise=noise)[batch.new_index]
    assert torch.allclose(got, centroid + noise[batch.new_index], atol=1e-6)


@pytest.mark.parametrize("name", SETTINGS)
def test_guides_move_with_their_coarse_positions(name):
    batch = stage_batch("CCO", "Cc1ccccc1", level="all", coarse="scaffold")
    coarse = batch.pos[batch.coarse_index].double()
    noise = batch_noise(batch, 0, 0).double()
    turn, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))
    shift = torch.tensor([5.0, -2.0, 1.0], dtype=torch.float64)
    moved = upsample(name, batch, coarse @ turn + shift, noise @ turn)
    assert torch.allclose(upsample(name, batch, coarse, noise) @ turn + shift, moved, atol=1e-9)


@pytest.mark.parametrize("name", SETTINGS)
def test_guides_do_not_depend_on_the_batch(name):
    among = stage_batch("c1ccccc1", "CC(C)C", "CCO")
    alone = stage_batch("CC(C)C")
    assert torch.allclose(upsample(name, among)[among.batch == 1], upsample(name, alone), atol=1e-6)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_collapsed_level_is_copied(name):
    batch = stage_batch("CC(C)C", level="heavy", coarse="scaffold")
    assert batch.new_index.numel() == 0
    assert torch.equal(upsample(name, batch), batch.pos)


def test_atom_order_does_not_matter():
    """Trees have one way to place them: renumbering the atoms renumbers the guide."""
    made, rng = hierarchy("CC(C)CCO"), np.random.default_rng(0)
    molecule, heavy = made.molecule, made.levels["heavy"]
    new_of_old = rng.permutation(molecule.n_atoms)
    plans = [make_upsampling_plan(molecule.n_atoms, molecule.bonds, heavy[:1]),
             make_upsampling_plan(molecule.n_atoms, new_of_old[molecule.bonds],
                                  new_of_old[heavy[:1]])]
    anchors = {tuple(pair) for pair in new_of_old[plans[0].anchor_index].T.tolist()}
    assert anchors == {tuple(pair) for pair in plans[1].anchor_index.T.tolist()}
    rounds = [np.zeros(molecule.n_atoms, dtype=int) for _ in plans]
    for found, plan in zip(rounds, plans, strict=True):
        found[plan.new_index] = plan.new_round
    assert np.array_equal(rounds[0], rounds[1][new_of_old])
    assert rounds[0].max() > 2


def test_atoms_without_a_path_come_last_and_start_from_the_centroid():
    bonds = np.array([[0, 1], [2, 3], [3, 4]])
    plan = make_upsampling_plan(5, bonds, np.array([1]))
    assert plan.new_index.tolist() == [0, 2, 3, 4] and plan.new_round.tolist() == [0, 0, 1, 2]
    assert plan.anchor_index.T.tolist() == [[1, 0], [2, 3], [3, 4]]
    graph = StageGraph(numbers=torch.full((5,), 6), num_nodes=5,
                       **{name: torch.from_numpy(v) for name, v in vars(plan).items()})
    batch = Batch.from_data_list([graph])
    guide = upsample_bonded(batch, torch.ones(1, 3), torch.randn(5, 3), settings.Bonded(tau=2.0))
    assert float((guide[2] - 1).norm()) == pytest.approx(2.0, abs=1e-5)
    assert float((guide[3] - guide[2]).norm()) == pytest.approx(2.0, abs=1e-5)


def test_a_ring_is_closed_by_the_mean_of_both_sides():
    bonds = np.array([[0, 1], [1, 2], [2, 3], [0, 3]])
    plan = make_upsampling_plan(4, bonds, np.array([0]))
    assert plan.new_round.tolist() == [0, 0, 1]
    assert sorted(plan.anchor_index.T.tolist()) == [[0, 1], [0, 3], [1, 2], [3, 2]]


@pytest.mark.parametrize("coarse", [[], [7], [-1]])
def test_bad_coarse_indices_are_refused(coarse):
    with pytest.raises(InputError, match="coarse_index"):
        make_upsampling_plan(5, np.array([[0, 1]]), np.array(coarse, dtype=np.int64))


def test_methane_has_one_coarse_atom():
    graph = make_stage_graph(hierarchy("C"), "all", "heavy")
    assert graph.coarse_index.tolist() == [0] and positions("C").shape == (5, 3)
    assert graph.anchor_index.tolist() == [[0, 0, 0, 0], [1, 2, 3, 4]]
