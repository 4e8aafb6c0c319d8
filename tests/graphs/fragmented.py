"""The molecules of ``hand_made.py`` with fragments of a few atoms."""

from dataclasses import replace

import numpy as np
import torch
from hand_made import hierarchy, positions
from torch_geometric.data import Batch

from pipeline_src.ensembles import Hierarchy, Molecule
from pipeline_src.graphs.noise import stream_key
from pipeline_src.graphs.stage_graph import StageGraph, make_stage_graph

HEAVY_ATOMS = 3  # of a fragment


def groups_of_heavy(molecule: Molecule, size: int) -> np.ndarray:
    """A group for each ``size`` heavy atoms in their order, hydrogens with their neighbour  # (N,)

    Numbered by their first atoms.
    """
    group = np.zeros(molecule.n_atoms, dtype=np.int64)
    heavy = np.flatnonzero(molecule.numbers > 1)
    group[heavy] = np.arange(len(heavy)) // size
    for i, j in molecule.bonds.tolist():
        for one, other in ((i, j), (j, i)):
            if molecule.numbers[one] == 1:
                group[one] = group[other]
    _, first, number = np.unique(group, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[number]


def fragmented(smiles: str) -> Hierarchy:
    """Levels with 'fragments', and with 'brics', which is the whole molecule."""
    made = hierarchy(smiles)
    group = groups_of_heavy(made.molecule, HEAVY_ATOMS)
    return replace(made, groups={"fragments": group, "brics": np.zeros_like(group)},
                   kinds={"fragments": np.bincount(group), "brics": np.array([1])})


def fragment_graph(smiles: str, level: str = "all", coarse: str | None = "heavy",
                   fragments: str = "fragments") -> StageGraph:
    """A stage graph with positions, a key and its fragments."""
    made = fragmented(smiles)
    graph = make_stage_graph(made, level, coarse, fragments)
    graph.pos = torch.from_numpy(positions(smiles)[made.levels[level]])
    graph.key = torch.tensor([stream_key("test", smiles)])
    return graph


def fragment_batch(*smiles: str, **options) -> Batch:
    """A batch of them."""
    return Batch.from_data_list([fragment_graph(s, **options) for s in smiles])
