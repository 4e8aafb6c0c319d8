"""Pairs of a molecule, and how PyG batches them."""

import numpy as np
import pytest
import torch
from hand_made import SMILES, hierarchy, stage_batch, stage_graph
from torch_geometric.data import Batch
from torch_geometric.loader import DataLoader

from pipeline_src.graphs.stage_graph import atom_index, hop_distances, make_stage_graph


def shortest_path(n: int, bonds: np.ndarray, start: int) -> list[int]:
    """Bonds from ``start`` to each atom by plain search; -1 = none."""
    found, front = [-1] * n, [start]
    found[start] = 0
    while front:
        i = front.pop(0)
        for a, b in bonds.tolist():
            for here, there in ((a, b), (b, a)):
                if here == i and found[there] < 0:
                    found[there] = found[i] + 1
                    front.append(there)
    return found


@pytest.mark.parametrize("name", SMILES)
def test_pairs_are_the_hop_distances(name):
    molecule = hierarchy(SMILES[name]).molecule
    graph = make_stage_graph(hierarchy(SMILES[name]), "all", None)
    order = {tuple(b): int(o) for b, o in zip(molecule.bonds.tolist(), molecule.orders,
                                             strict=True)}
    expected = {}
    for i in range(molecule.n_atoms):
        for j, hops in enumerate(shortest_path(molecule.n_atoms, molecule.bonds, i)):
            if i < j:
                expected[i, j] = {1: order.get((i, j)), 2: 23, 3: 24}.get(hops, 0)
    got = dict(zip(map(tuple, graph.local_pair_index.T.tolist()),
                   graph.local_pair_kind.tolist(), strict=True))
    got |= {tuple(pair): 0 for pair in graph.far_pair_index.T.tolist()}
    assert got == expected


def test_levels_are_the_induced_graph():
    graph = stage_graph("Cc1ccccc1", "heavy", "scaffold")
    assert graph.numbers.tolist() == [6] * 7
    assert graph.coarse_index.tolist() == [1, 2, 3, 4, 5, 6]
    assert graph.anchor_index.tolist() == [[1], [0]]
    assert graph.local_pair_kind.numel() + graph.far_pair_index.shape[1] == 21


def test_batch_shifts_atom_indices_only():
    batch = stage_batch("CCO", "C", "Cc1ccccc1")
    parts = [stage_graph(s) for s in ("CCO", "C", "Cc1ccccc1")]
    for name in ("local_pair_index", "far_pair_index", "anchor_index", "coarse_index", "new_index"):
        shifted = [part[name] + start for part, start in zip(parts, batch.ptr[:-1], strict=True)]
        assert torch.equal(batch[name], torch.cat(shifted, dim=-1))
    for name in ("local_pair_kind", "new_round", "key", "conformer", "numbers"):
        assert torch.equal(batch[name], torch.cat([part[name] for part in parts]))
    assert batch.num_graphs == 3 and batch.key.shape == (3, 2)
    assert atom_index(batch).tolist() == [i for p in parts for i in range(p.num_nodes)]


def test_loader_takes_graphs_without_positions():
    graphs = [make_stage_graph(hierarchy(s), "all", "heavy") for s in ("CCO", "C")]
    (batch,) = DataLoader(graphs, batch_size=2)
    assert batch.num_nodes == 14 and torch.equal(batch.batch.bincount(), torch.tensor([9, 5]))
    assert batch.pos is None
    assert Batch.to_data_list(batch)[1].far_pair_index.shape == (2, 0)


def test_hops_of_a_disconnected_graph():
    hops = hop_distances(4, np.array([[0, 1]]))
    assert hops[0, 1] == 1 and hops.sum() == 2
