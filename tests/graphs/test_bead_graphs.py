"""Stage graphs of levels whose beads are several atoms, and of stages that such beads guide."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hand_made import SMILES, hierarchy, positions
from torch_geometric.data import Batch

from pipeline_src.ensembles import Hierarchy
from pipeline_src.ensembles.hierarchy import BEAD_BOND
from pipeline_src.graphs.stage_graph import StageGraph, make_stage_graph

NAMES = ["isobutane", "methane", "ibuprofen"]


def grouped(smiles: str) -> Hierarchy:
    """Each heavy atom with its hydrogens is a bead of 'fragments'; 'brics' is one bead."""
    made = hierarchy(smiles)
    owner = np.arange(made.molecule.n_atoms)
    for i, j in made.molecule.bonds.tolist():
        if made.molecule.numbers[j] == 1:
            owner[j] = i
    _, group = np.unique(owner, return_inverse=True)
    kinds = np.bincount(group)
    whole = np.zeros(len(group), dtype=np.int64)
    return replace(made, groups={"fragments": group, "brics": whole},
                   kinds={"fragments": kinds, "brics": np.array([9])})


def with_beads(smiles: str, level: str, coarse: str | None) -> StageGraph:
    made = grouped(smiles)
    graph = make_stage_graph(made, level, coarse)
    graph.pos = torch.from_numpy(made.coarsen(positions(smiles)[None], level)[0])
    if coarse:
        graph.bead_pos = torch.from_numpy(made.coarsen(positions(smiles)[None], coarse)[0])
    return graph


@pytest.mark.parametrize("name", SMILES)
def test_the_nodes_of_a_fragment_stage_are_beads(name):
    made, graph = grouped(SMILES[name]), with_beads(SMILES[name], "fragments", None)
    count = made.n_beads("fragments")
    assert graph.num_nodes == count and graph.numbers.tolist() == made.kinds["fragments"].tolist()
    assert graph.local_pair_index.shape[1] + graph.far_pair_index.shape[1] == (
        count * (count - 1) // 2)
    assert (graph.local_pair_kind == BEAD_BOND).sum() == len(made.beads("fragments").bonds)
    assert "bead_of_atom" not in graph and "coarse_index" not in graph


def test_memberships_are_shifted_by_what_they_count():
    parts = [with_beads(SMILES[name], "all", "fragments") for name in NAMES]
    batch = Batch.from_data_list(parts)
    beads = np.cumsum([0, *(int(p.n_beads) for p in parts)])[:-1]
    atoms = np.cumsum([0, *(int(p.n_atoms) for p in parts)])[:-1]
    for name, starts in (("bead_of_atom", beads), ("kept_atom", atoms),
                         ("kept_node_index", atoms)):
        assert torch.equal(batch[name], torch.cat([
            part[name] + int(start) for part, start in zip(parts, starts, strict=True)]))
    assert batch.n_beads.tolist() == [4, 1, 15] and len(batch.bead_pos) == 20
    assert "coarse_index" not in batch
    back = batch.to_data_list()
    assert torch.equal(back[2].bead_of_atom, parts[2].bead_of_atom)


def test_the_mean_over_the_members_is_the_beads_place_in_a_batch_too():
    batch = Batch.from_data_list([with_beads(SMILES[n], "all", "fragments") for n in NAMES])
    total = torch.zeros_like(batch.bead_pos).index_add(0, batch.bead_of_atom, batch.pos)
    size = torch.bincount(batch.bead_of_atom).unsqueeze(1)
    torch.testing.assert_close(total / size, batch.bead_pos)


@pytest.mark.parametrize("level", ["heavy", "fragments"])
def test_a_coarse_stage_knows_its_node_of_each_atom(level):
    batch = Batch.from_data_list([with_beads(SMILES[n], level, "brics") for n in NAMES])
    every = torch.cat([torch.from_numpy(positions(SMILES[n])) for n in NAMES])
    assert len(batch.bead_of_atom) == len(every) and batch.n_beads.tolist() == [1, 1, 1]
    total = torch.zeros_like(batch.pos).index_add(
        0, batch.kept_node_index, every[batch.kept_atom])
    size = torch.bincount(batch.kept_node_index).unsqueeze(1)
    torch.testing.assert_close(total / size, batch.pos)
