"""Training examples of a stage: one conformer each, reduced to the stage's level."""

from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.selection import best_conformers
from pipeline_src.ensembles.split_table import read_split
from pipeline_src.ensembles.store import read_ensembles, read_hierarchies
from pipeline_src.graphs.stage_graph import StageGraph, make_stage_graph
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings import Stage


class ConformerDataset(Dataset):
    """Conformers of many molecules; the static graph of a molecule is made once.

    Args:
        graphs: one static graph per molecule.
        positions: conformers of each molecule, float32, Å  # (C, N, 3) each
        names: ids of the molecules.
        guides: clean positions of the guide's beads, which an example has as its ``bead_pos``,
            float32, Å; None unless they are groups of atoms  # (C, F, 3) each

    Attributes:
        sizes: atoms of each conformer, int64  # (items,)
    """

    def __init__(self, graphs: list[StageGraph], positions: list[np.ndarray], names: list[str],
                 guides: list[np.ndarray] | None = None):
        self.graphs, self.positions, self.names = graphs, positions, names
        self.guides = guides
        self.sizes = np.repeat([p.shape[1] for p in positions], [len(p) for p in positions])
        self._items = [(m, c) for m, p in enumerate(positions) for c in range(len(p))]

    def __len__(self) -> int:
        return len(self._items)

    def elements(self) -> list[int]:
        """Atomic numbers, or kinds of beads, that occur, sorted."""
        return sorted({number for graph in self.graphs for number in graph.numbers.tolist()})

    def __getitem__(self, item: int) -> StageGraph:
        molecule, conformer = self._items[item]
        graph = StageGraph(**self.graphs[molecule].to_dict())
        graph.pos = torch.from_numpy(self.positions[molecule][conformer])
        graph.num_nodes = len(graph.pos)
        if self.guides is not None:
            graph.bead_pos = torch.from_numpy(self.guides[molecule][conformer])
        return graph


def load_conformers(stage: Stage, ensembles: Path, hierarchies: Path, split: Path,
                    subset: str) -> ConformerDataset:
    """The dataset of one subset: at most ``training.max_conformers`` of each molecule.

    Failed conformers are left out; the rest keep their order.

    Raises:
        InputError: the subset has no conformer, or a molecule lacks levels.
    """
    wanted = {row.molecule for row in read_split(split) if row.subset == subset}
    levels = {h.molecule.id: h for h in read_hierarchies(hierarchies, wanted)}
    coarse = stage.guide.level if stage.guide else None
    graphs, positions, names, guides = [], [], [], []
    for ensemble in read_ensembles(ensembles, wanted):
        name = ensemble.molecule.id
        if not ensemble.ok.any():
            continue
        if name not in levels:
            raise InputError(str(hierarchies), f"no molecule '{name}'",
                             "the levels of every molecule of the split", "Extract them again.")
        levels[name].check_levels(*stage.level_names())
        graphs.append(make_stage_graph(levels[name], stage.level, coarse, stage.fragments))
        chosen = ensemble.positions[_chosen(ensemble, stage.training.max_conformers)]
        positions.append(levels[name].coarsen(chosen, stage.level))
        if coarse in levels[name].groups:
            guides.append(levels[name].coarsen(chosen, coarse))
        names.append(name)
    if not positions:
        raise InputError(f"{split}: subset '{subset}'", "no conformer",
                         "at least one molecule with a conformer",
                         "Change the split of the dataset.")
    return ConformerDataset(graphs, positions, names, guides or None)


def _chosen(ensemble: Ensemble, most: int | None) -> np.ndarray:
    """Sorted indices of the best sound conformers, int64  # (K,)"""
    sound = np.flatnonzero(ensemble.ok)
    weights, energies = (None if values is None else values[sound]
                         for values in (ensemble.weights, ensemble.energies_hartree))
    return sound[best_conformers(weights, energies, len(sound), most)]
