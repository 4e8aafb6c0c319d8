"""Guides made from beads of several atoms: Algorithm 5, and coarse to coarse."""

import pytest
import test_upsampling
import torch
from hand_made import SMILES
from test_bead_graphs import with_beads
from torch_geometric.data import Batch

from pipeline_src.graphs.noise import atom_noise, batch_noise, counted_noise, graph_of
from pipeline_src.run.parts import PARTS, load_part
from pipeline_src.run.settings.guides import Geometric, Reconstruct

NAMES = ["isobutane", "methane", "ibuprofen"]
SETTINGS = {"geometric": Geometric(), "reconstruct": Reconstruct()}
STAGES = [("geometric", "all", "fragments"), ("geometric", "all", "brics"),
          ("reconstruct", "heavy", "fragments"), ("reconstruct", "fragments", "brics")]


def made(level: str, coarse: str, names=NAMES) -> tuple[Batch, torch.Tensor]:
    """A batch, and noise for all atoms of its molecules."""
    batch = Batch.from_data_list([with_beads(SMILES[name], level, coarse) for name in names])
    for number, name in enumerate(names):
        batch.key[number] = torch.tensor([len(name), 7])
    return batch, counted_noise(batch, batch.n_atoms, 0, 2)


def upsample(name: str, batch: Batch, coarse: torch.Tensor, noise: torch.Tensor, **options):
    settings = SETTINGS[name].model_copy(update=options)
    return load_part("upsampler", name)(batch, coarse, noise, settings)


def test_every_upsampler_is_tested_here_or_with_picked_atoms():
    assert set(PARTS["upsampler"]) == set(SETTINGS) | set(test_upsampling.SETTINGS)


def test_geometric_puts_atoms_at_tau_from_their_bead():
    batch, noise = made("all", "fragments")
    guide = upsample("geometric", batch, batch.bead_pos, noise)
    away = guide - batch.bead_pos[batch.bead_of_atom]
    torch.testing.assert_close(away.norm(dim=-1), torch.full((len(guide),), 5.0))
    torch.testing.assert_close(away / 5, noise / noise.norm(dim=-1, keepdim=True))
    assert Geometric().tau == Reconstruct().tau == 5.0  # models.md 4.3


def test_geometric_without_tau_gives_atoms_the_place_of_their_bead_and_means_give_it_back():
    batch, noise = made("all", "fragments")
    guide = upsample("geometric", batch, batch.bead_pos, noise, tau=0.0)
    assert torch.equal(guide, batch.bead_pos[batch.bead_of_atom])
    total = torch.zeros_like(batch.bead_pos).index_add(0, batch.bead_of_atom, guide)
    back = total / torch.bincount(batch.bead_of_atom).unsqueeze(1)
    torch.testing.assert_close(back, batch.bead_pos)


def test_heavy_atoms_are_reconstructed_as_geometric_puts_them():
    heavy, noise = made("heavy", "fragments")
    every, _ = made("all", "fragments")
    atoms = upsample("geometric", every, every.bead_pos, noise)
    guide = upsample("reconstruct", heavy, heavy.bead_pos, noise)
    torch.testing.assert_close(guide, atoms[every.numbers > 1])
    assert torch.equal(heavy.kept_atom, torch.nonzero(every.numbers > 1)[:, 0])


def test_fragments_are_reconstructed_as_means_of_their_atoms():
    batch, noise = made("fragments", "brics")
    every, _ = made("all", "brics")
    atoms = upsample("geometric", every, every.bead_pos, noise)
    guide = upsample("reconstruct", batch, batch.bead_pos, noise)
    for node in range(batch.num_nodes):
        own = atoms[batch.kept_atom[batch.kept_node_index == node]]
        torch.testing.assert_close(guide[node], own.mean(0))


@pytest.mark.parametrize("name, level, coarse", STAGES)
def test_guides_move_with_their_beads(name, level, coarse):
    batch, noise = made(level, coarse)
    beads, noise = batch.bead_pos.double(), noise.double()
    turn, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))
    shift = torch.tensor([5.0, -2.0, 1.0], dtype=torch.float64)
    moved = upsample(name, batch, beads @ turn + shift, noise @ turn)
    torch.testing.assert_close(upsample(name, batch, beads, noise) @ turn + shift, moved)
    assert moved.shape == (batch.num_nodes, 3)


@pytest.mark.parametrize("name, level, coarse", STAGES)
def test_guides_do_not_depend_on_the_batch(name, level, coarse):
    among, noise = made(level, coarse)
    whole = upsample(name, among, among.bead_pos, noise)
    for number, molecule in enumerate(NAMES):
        alone, own = made(level, coarse, [molecule])
        torch.testing.assert_close(whole[among.batch == number],
                                   upsample(name, alone, alone.bead_pos, own))


def test_counted_noise_of_all_atoms_is_that_of_nodes():
    batch, noise = made("all", "fragments")
    assert torch.equal(noise, batch_noise(batch, 0, 2))
    beads = counted_noise(batch, batch.n_beads, 3, 5)
    graph = graph_of(batch.n_beads)
    assert graph.tolist() == [0] * 4 + [1] + [2] * 15
    last = atom_noise(batch.key[2:], torch.tensor([14]), batch.conformer[2:], 3, 5)
    assert torch.equal(beads[-1:], last)
