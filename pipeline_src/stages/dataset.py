"""Training examples of a stage: one conformer each, reduced to the stage's level."""

from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from pipeline_src.ensembles import Ensemble, Hierarchy
from pipeline_src.ensembles.selection import sound_conformers
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
            float32, Å; None unless they are groups of atoms, or come from a source
            # (C, F, 3) each

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
                    subset: str, guides: Path | None = None) -> ConformerDataset:
    """The dataset of one subset: at most ``training.max_conformers`` of each molecule.

    Failed conformers are left out, and those without a partner among the guides; the rest keep
    their order.

    Args:
        guides: what ``embed_guides`` made, where the stage's guide has a source.

    Raises:
        InputError: the subset has no conformer, or a molecule lacks levels or guides.
    """
    if (guides is not None) != bool(stage.guide and stage.guide.source):
        raise InputError("--guides", str(guides), "a file exactly where the guide has a source")
    wanted = {row.molecule for row in read_split(split) if row.subset == subset}
    levels = {h.molecule.id: h for h in read_hierarchies(hierarchies, wanted)}
    coarse = stage.guide.level if stage.guide else None
    sourced = None if guides is None else {e.molecule.id: e for e in read_ensembles(guides, wanted)}
    graphs, positions, names, beads = [], [], [], []
    for ensemble in read_ensembles(ensembles, wanted):
        name = ensemble.molecule.id
        if not ensemble.ok.any():
            continue
        if name not in levels:
            raise InputError(str(hierarchies), f"no molecule '{name}'",
                             "the levels of every molecule of the split", "Extract them again.")
        levels[name].check_levels(*stage.level_names())
        chosen, of_guide = _examples(stage, ensemble, levels[name], sourced)
        if not len(chosen):
            continue
        graphs.append(make_stage_graph(levels[name], stage.level, coarse, stage.fragments))
        positions.append(levels[name].coarsen(ensemble.positions[chosen], stage.level))
        if of_guide is not None:
            beads.append(of_guide)
        names.append(name)
    if not positions:
        raise InputError(f"{split}: subset '{subset}'", "no conformer",
                         "at least one molecule with a conformer",
                         "Change the split of the dataset.")
    return ConformerDataset(graphs, positions, names, beads or None)


def _examples(
    stage: Stage, ensemble: Ensemble, hierarchy: Hierarchy, sourced: dict[str, Ensemble] | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Indices of the conformers to train on, and the beads of their guides.

    int64  # (K,); float32, Å, or None where the conformers' own atoms are the guide  # (K, F, 3)
    """
    chosen = sound_conformers(ensemble, stage.training.max_conformers)
    if sourced is not None:
        guide = sourced.get(ensemble.molecule.id)
        if guide is None or guide.n_conformers != len(chosen):
            raise InputError(f"guides of {ensemble.molecule.id}",
                             "none" if guide is None else guide.n_conformers,
                             f"{len(chosen)}, one for each training conformer")
        return chosen[guide.ok], guide.positions[guide.ok]
    if stage.guide and stage.guide.level in hierarchy.groups:
        return chosen, hierarchy.coarsen(ensemble.positions[chosen], stage.guide.level)
    return chosen, None
