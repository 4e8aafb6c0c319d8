"""The molecules of ``hand_made.py`` with fragments of a few atoms."""

from dataclasses import replace

import numpy as np
import torch
from hand_made import hierarchy, positions
from torch_geometric.data import Batch

from pipeline_src.ensembles import Hierarchy
from pipeline_src.graphs.noise import stream_key
from pipeline_src.graphs.stage_graph import StageGraph, make_stage_graph

HEAVY_ATOMS = 3  # of a fragment, in the order of the atoms; hydrogens go with their neighbour


def fragmented(smiles: str) -> Hierarchy:
    """Levels with 'fragments', and with 'brics', which is the whole molecule."""
    made = hierarchy(smiles)
    group = np.arange(made.molecule.n_atoms) // HEAVY_ATOMS  # heavy atoms come first
    for i, j in made.molecule.bonds.tolist():
        if made.molecule.numbers[j] == 1:
            group[j] = group[i]
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
