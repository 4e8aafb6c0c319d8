"""What there is to draw in one shard: molecules, their graphs and their coarser samples."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pipeline_src.ensembles import Ensemble, Hierarchy
from pipeline_src.ensembles.elements import formula, name_elements
from pipeline_src.ensembles.split_table import test_rows
from pipeline_src.ensembles.store import read_ensembles, read_hierarchies
from pipeline_src.graphs.noise import stream_key
from pipeline_src.graphs.stage_graph import StageGraph, make_stage_graph
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings import SampleSettings
from pipeline_src.stages.packing import Draw


@dataclass
class ShardMolecule:
    """One molecule of a shard.

    Attributes:
        hierarchy: its levels.
        graph: the static stage graph, with its random stream's key.
        coarse: coarser samples (C, M, 3) in Å, or None for a stage without a guide.
        reasons: per conformer, '' or why it cannot be drawn.
    """

    hierarchy: Hierarchy
    graph: StageGraph
    coarse: np.ndarray | None
    reasons: list[str]

    def draws(self, number: int) -> list[Draw]:
        """The conformers that can be drawn; ``number`` is the molecule's place in the shard."""
        return [Draw(number, c, self.graph.num_nodes)
                for c, reason in enumerate(self.reasons) if not reason]


def load_shard(settings: SampleSettings, hierarchies: Path, split: Path, shard: int,
               coarser: list[Path], elements: frozenset[int]) -> list[ShardMolecule]:
    """The test molecules of a shard in dataset order.

    Conformers whose coarser sample failed, and all of a molecule with beads of an untrained
    element (of groups of atoms: kind of bead), have a reason not to be drawn.

    Args:
        elements: atomic numbers, or kinds of beads, that the weights have seen in training.

    Raises:
        InputError: the hierarchies or the coarser samples lack a molecule, the latter are of
            another level or number; a molecule has no references to multiply; or no molecule is
            a test molecule; the hierarchies lack a level of the stage.
    """
    rows = {row.molecule: row for row in test_rows(split) if row.shard == shard}
    samples = {e.molecule.id: e for path in coarser for e in read_ensembles(path, rows)}
    guide = settings.stage.guide
    molecules = []
    for hierarchy in read_hierarchies(hierarchies, rows):
        name = hierarchy.molecule.id
        hierarchy.check_levels(*settings.stage.level_names())
        count = settings.samples.of(rows[name].n_references, name)
        graph = make_stage_graph(hierarchy, settings.stage.level, guide.level if guide else None,
                                 settings.stage.fragments)
        graph.key = torch.tensor([stream_key(settings.seed, settings.name, name)])
        unknown = _untrained(hierarchy, settings.stage.level, elements, settings.name)
        if guide is None:
            molecules.append(ShardMolecule(hierarchy, graph, None, [unknown] * count))
            continue
        coarse = _checked(samples.get(name), name, guide.level, count)
        reasons = [f"coarser stage: {reason}" if reason else unknown for reason in coarse.reasons]
        molecules.append(ShardMolecule(hierarchy, graph, coarse.positions, reasons))
    if missing := rows.keys() - {m.hierarchy.molecule.id for m in molecules}:
        raise InputError(str(hierarchies), f"no molecule {sorted(missing)[:5]}",
                         "the levels of every molecule of the split", "Extract them again.")
    return molecules


def _untrained(hierarchy: Hierarchy, level: str, known: frozenset[int], stage: str) -> str:
    """Why no conformer can be drawn: the network knows nothing of a bead; '' if it does."""
    missing = set(hierarchy.beads(level).numbers.tolist()) - known
    if not missing:
        return ""
    verb = "was" if len(missing) == 1 else "were"
    what = (name_kinds(hierarchy, level, missing) if level in hierarchy.groups
            else name_elements(missing))
    return f"{what} {verb} not in the training data of {stage}"


def name_kinds(hierarchy: Hierarchy, level: str, kinds: Collection[int]) -> str:
    """'fragments of kind 7 (C2H3), 31 (C6H5)': numbers, and the atoms of the first bead of each."""
    named = []
    for kind in sorted(kinds):
        bead = hierarchy.kinds[level].tolist().index(kind)
        atoms = hierarchy.molecule.numbers[hierarchy.groups[level] == bead]
        named.append(f"{kind} ({formula(atoms)})")
    return f"{level} of kind {', '.join(named)}"


def _checked(ensemble: Ensemble | None, name: str, level: str, count: int) -> Ensemble:
    if ensemble is None:
        raise InputError(f"coarser samples of {name}", "none", f"samples of level '{level}'")
    if ensemble.level != level or ensemble.n_conformers != count:
        raise InputError(f"coarser samples of {name}",
                         f"{ensemble.n_conformers} of level '{ensemble.level}'",
                         f"{count} of level '{level}'")
    return ensemble
