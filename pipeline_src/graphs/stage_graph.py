"""What a network sees of one molecule or conformer at one level, as a PyG ``Data``.

Pairs instead of directed edges: everything in the networks is symmetric in i and j, so each
undirected pair (i < j) stands once. *Local pairs* are one, two or three bonds apart; *far pairs*
are all others. GeoDiff's radius graph of the current positions is exactly the far pairs whose
current distance is within the cutoff, so nothing has to be searched again at each step.
"""

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.ensembles.hierarchy import Hierarchy
from pipeline_src.ensembles.molecule import Molecule
from pipeline_src.graphs.atom_features import atom_features
from pipeline_src.graphs.fragments import first_members
from pipeline_src.graphs.upsampling_plan import make_upsampling_plan

FAR_KIND = 0
_COUNTED_BY = {"bead_of_atom": "n_beads", "kept_atom": "n_atoms"}
HOP_KINDS = {2: 23, 3: 24}  # GeoDiff's edge types of 1-3 and 1-4 pairs (models.md 2.1)


class StageGraph(Data):
    """One molecule (static part) or one conformer of it.

    PyG's rules do the batching: a field with ``index`` in its name holds atom indices and is
    shifted, and all fields are concatenated along the last (``index``) or the first dimension.

    Where the level's beads are groups of atoms, nodes are beads: ``numbers`` are their kinds and
    bonds have the kind ``BEAD_BOND`` (22, one of the 1 to 22 that are bonds).

    A guide of picked atoms (scaffold, heavy) comes with an ``UpsamplingPlan``. One of groups comes
    with memberships, of all A atoms of the molecule, whatever the stage's own level is; F is the
    number of the guide's beads, in a batch that of all graphs. Where the level is 'all', atoms are
    nodes: M x = x.index_select(0, bead_of_atom), and M† averages over ``bead_of_atom``.

    Attributes:
        numbers: atomic numbers, or kinds of beads, int64  # (N,)
        features: what a chemist sees at each atom (``atom_features``), or the mean of a bead's
            atoms, float32  # (N, 10)
        pos: clean positions, Å, float32; absent until someone sets them  # (N, 3)
        local_pair_index: atom pairs i < j at most three bonds apart, int64  # (2, P_l)
        local_pair_kind: bond order code, or 23 (1-3) or 24 (1-4 pair), int64  # (P_l,)
        far_pair_index: all other atom pairs i < j, int64  # (2, P_f)
        key: two 32-bit words that name the random stream of the molecule, int64  # (1, 2)
        conformer: number of the conformer, int64  # (1,)
        coarse_index, new_index, new_round, anchor_index: the ``UpsamplingPlan``;
            only if the stage has a guide of picked atoms.
        bead_of_atom: the guide's bead of each atom, shifted by ``n_beads`` in a batch, int64; only
            if the stage has a guide of groups, as all that follow  # (A,)
        n_beads: number of the guide's beads, int64  # (1,)
        n_atoms: number of atoms of the molecule, int64  # (1,)
        kept_atom: the atoms that are in a node, shifted by ``n_atoms``, int64  # (K,)
        kept_node_index: the node of each of these; 'all': its own, int64  # (K,)
        bead_pos: positions of the guide's beads where they are not those of atoms of the graph:
            M† x, or a source's; Å, float32; absent until someone sets them, as the training
            examples do  # (F, 3)
        fragment_index: the first atom of each atom's fragment, int64; only if the process blurs
            to fragments, whatever the guide is  # (N,)
    """

    def __inc__(self, key: str, value: object, *args: object, **options: object) -> object:
        """What a graph's field is shifted by in a batch, a graph before it."""
        if key in _COUNTED_BY:
            return int(self[_COUNTED_BY[key]])
        return super().__inc__(key, value, *args, **options)


def make_stage_graph(hierarchy: Hierarchy, level: str, coarse: str | None,
                     fragments: str | None = None) -> StageGraph:
    """The static part of the graph: no positions, key and conformer zero.

    Args:
        level: the level whose beads are the nodes.
        coarse: the level of the guide, or None.
        fragments: the level of groups whose members are marked, or None.

    Raises:
        InputError: ``fragments`` is no level of groups, or the nodes are no atoms.
    """
    beads = hierarchy.beads(level)
    local, kind, far = split_pairs(beads)
    graph = StageGraph(
        numbers=torch.from_numpy(beads.numbers.copy()),
        features=torch.from_numpy(_features(hierarchy, level)),
        local_pair_index=torch.from_numpy(local),
        local_pair_kind=torch.from_numpy(kind),
        far_pair_index=torch.from_numpy(far),
        key=torch.zeros(1, 2, dtype=torch.int64),
        conformer=torch.zeros(1, dtype=torch.int64),
    )
    graph.num_nodes = beads.n_atoms
    fields = {}
    if coarse in hierarchy.groups:
        fields = _memberships(hierarchy, level, coarse)
    elif coarse is not None:
        fields = vars(make_upsampling_plan(
            beads.n_atoms, beads.bonds, hierarchy.coarse_index(coarse, level)))
    for name, array in fields.items():
        graph[name] = torch.from_numpy(array)
    if fragments is not None:
        graph.fragment_index = torch.from_numpy(first_members(hierarchy, level, fragments))
    return graph


def _features(hierarchy: Hierarchy, level: str) -> np.ndarray:
    """Columns of the whole molecule's atoms, or means over a bead's atoms, float32  # (N, 10)"""
    columns = atom_features(hierarchy.molecule)
    if level not in hierarchy.groups:
        return columns[hierarchy.levels[level]]
    group = hierarchy.groups[level]
    total = np.zeros((hierarchy.n_beads(level), columns.shape[1]), dtype=np.float32)
    np.add.at(total, group, columns)
    return total / np.bincount(group)[:, None].astype(np.float32)


def _memberships(hierarchy: Hierarchy, level: str, coarse: str) -> dict[str, np.ndarray]:
    """Which bead of the guide and which node each atom belongs to; see ``StageGraph``."""
    count = hierarchy.molecule.n_atoms
    if level in hierarchy.groups:
        atoms, nodes = np.arange(count), hierarchy.groups[level]
    else:
        atoms = hierarchy.levels[level]
        nodes = np.arange(len(atoms))
    return {"bead_of_atom": hierarchy.groups[coarse].copy(),
            "n_beads": np.array([hierarchy.n_beads(coarse)]), "n_atoms": np.array([count]),
            "kept_atom": atoms.copy(), "kept_node_index": nodes.copy()}


def split_pairs(molecule: Molecule) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Local pairs (2, P_l), their kinds (P_l,) and far pairs (2, P_f), all int64 with i < j."""
    n = molecule.n_atoms
    hops = hop_distances(n, molecule.bonds)
    kinds = np.zeros((n, n), dtype=np.int64)
    for hop, code in HOP_KINDS.items():
        kinds[hops == hop] = code
    kinds[molecule.bonds[:, 0], molecule.bonds[:, 1]] = molecule.orders
    i, j = np.triu_indices(n, k=1)
    local = hops[i, j] > 0
    pairs = np.stack([i, j]).astype(np.int64)
    return (np.ascontiguousarray(pairs[:, local]), kinds[i, j][local],
            np.ascontiguousarray(pairs[:, ~local]))


def hop_distances(n: int, bonds: np.ndarray, limit: int = 3) -> np.ndarray:
    """Bonds on the shortest path between each two atoms; 0 beyond ``limit``, int64  # (N, N)"""
    bonded = np.zeros((n, n), dtype=np.float32)
    bonded[bonds[:, 0], bonds[:, 1]] = bonded[bonds[:, 1], bonds[:, 0]] = 1
    hops = np.zeros((n, n), dtype=np.int64)
    seen = np.eye(n, dtype=bool)
    front = np.eye(n, dtype=np.float32)
    for hop in range(1, limit + 1):
        reached = (front @ bonded > 0) & ~seen
        hops[reached] = hop
        seen |= reached
        front = reached.astype(np.float32)
    return hops


def atom_index(batch: Data) -> Tensor:
    """Index of each atom within its own graph, int64  # (N,)"""
    return torch.arange(batch.num_nodes, device=batch.batch.device) - batch.ptr[batch.batch]
