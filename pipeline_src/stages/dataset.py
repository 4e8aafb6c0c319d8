"""Training examples of a stage: one conformer each, reduced to the stage's level."""

from collections.abc import Iterator
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
    """

    def __init__(self, graphs: list[StageGraph], positions: list[np.ndarray]):
        self.graphs, self.positions = graphs, positions
        self._items = [(m, c) for m, p in enumerate(positions) for c in range(len(p))]

    def __len__(self) -> int:
        return len(self._items)

    def elements(self) -> list[int]:
        """Atomic numbers that occur, sorted."""
        return sorted({number for graph in self.graphs for number in graph.numbers.tolist()})

    def __getitem__(self, item: int) -> StageGraph:
        molecule, conformer = self._items[item]
        graph = StageGraph(**self.graphs[molecule].to_dict())
        graph.pos = torch.from_numpy(self.positions[molecule][conformer])
        graph.num_nodes = len(graph.pos)
        return graph


def load_conformers(stage: Stage, ensembles: Path, hierarchies: Path, split: Path,
                    subset: str) -> ConformerDataset:
    """The dataset of one subset: at most ``training.max_conformers`` of each molecule.

    Failed conformers are left out; the rest keep their order.

    Raises:
        InputError: the subset has no conformer, or a molecule has no levels.
    """
    wanted = {row.molecule for row in read_split(split) if row.subset == subset}
    levels = {h.molecule.id: h for h in read_hierarchies(hierarchies, wanted)}
    coarse = stage.guide.level if stage.guide else None
    graphs, positions = [], []
    for ensemble in read_ensembles(ensembles, wanted):
        name = ensemble.molecule.id
        if not ensemble.ok.any():
            continue
        if name not in levels:
            raise InputError(str(hierarchies), f"no molecule '{name}'",
                             "the levels of every molecule of the split", "Extract them again.")
        atoms = levels[name].levels[stage.level]
        graphs.append(make_stage_graph(levels[name], stage.level, coarse))
        chosen = _chosen(ensemble, stage.training.max_conformers)
        positions.append(np.ascontiguousarray(ensemble.positions[chosen][:, atoms]))
    if not positions:
        raise InputError(f"{split}: subset '{subset}'", "no conformer",
                         "at least one molecule with a conformer",
                         "Change the split of the dataset.")
    return ConformerDataset(graphs, positions)


def _chosen(ensemble: Ensemble, most: int | None) -> np.ndarray:
    """Sorted indices of the best sound conformers, int64  # (K,)"""
    sound = np.flatnonzero(ensemble.ok)
    weights, energies = (None if values is None else values[sound]
                         for values in (ensemble.weights, ensemble.energies_hartree))
    return sound[best_conformers(weights, energies, len(sound), most)]


class StepBatches:
    """The items of each training step from ``start`` on: shuffled epochs keyed by (seed, epoch).

    What a step sees depends on its number only, never on how often the job started. Of several
    processes each takes every ``world``-th item, so that together they see the same step.

    Raises:
        InputError: fewer items a step than processes.
    """

    def __init__(self, n_items: int, batch_size: int, seed: int, start: int, stop: int,
                 rank: int = 0, world: int = 1):
        if batch_size < world:
            raise InputError("training.batch_size", batch_size, f"{world} or more, one a device")
        self.n_items, self.batch_size, self.seed = n_items, batch_size, seed
        self.start, self.stop, self.rank, self.world = start, stop, rank, world

    def __len__(self) -> int:
        return self.stop - self.start

    def __iter__(self) -> Iterator[list[int]]:
        epoch, order = -1, np.empty(0, dtype=np.int64)
        for step in range(self.start, self.stop):
            items = []
            for position in range(step * self.batch_size, (step + 1) * self.batch_size):
                if position // self.n_items != epoch:
                    epoch = position // self.n_items
                    order = np.random.default_rng([self.seed, epoch]).permutation(self.n_items)
                items.append(int(order[position % self.n_items]))
            yield items[self.rank :: self.world]
