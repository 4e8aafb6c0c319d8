"""What a chemist sees at each atom of a molecular graph, from plain arrays alone.

The ten columns of ET-Flow in their order (models.md 2.3), so that weights trained on its columns
fit. ET-Flow reads them from RDKit; where ours differ:

- ``chirality``: zero. In ET-Flow a bug makes it 4 for every atom.
- ``valence``: sum of the bond orders, 1.5 for an aromatic one. In ET-Flow it is the implicit
  valence, which is zero as all hydrogens are explicit.
- ``hydrogens``: bonded hydrogens. In ET-Flow it counts implicit ones only, hence zero.
- ``hybridisation``: by the same rules, conjugation included as far as ``_conjugated`` goes.
- ``radicals``: zero; a molecule's arrays hold none.
- ``ring_sizes``: rings are the shortest ones through each bond.

Released weights therefore need the columns 0, 3 and 4 of their first layer set to zero and four
times column 0 added to its bias. Coarser levels take their atoms' rows from the whole molecule: a
heavy atom knows how many hydrogens it has.
"""

import numpy as np

from pipeline_src.ensembles.molecule import AROMATIC, Molecule

FEATURES = ("chirality", "degree", "charge", "valence", "hydrogens", "hybridisation", "radicals",
            "aromatic", "in_ring", "ring_sizes")
LARGEST_RING = 6  # the largest ring size that is counted
MISC = 5  # index of a hybridisation that is none of sp, sp2, sp3, sp3d, sp3d2
# Noble gases, from which outer electrons are counted
_NOBLE = (0, 2, 10, 18, 36, 54, 86, 118)
_ORDERS = {AROMATIC: 1.5}  # other codes up to 6 are the order itself


def atom_features(molecule: Molecule) -> np.ndarray:
    """The columns ``FEATURES`` of each atom, float32  # (N, 10)"""
    n, (i, j) = molecule.n_atoms, molecule.bonds.T
    orders = np.array([_ORDERS.get(o, o if o <= 6 else 1) for o in molecule.orders.tolist()])

    def total(per_bond: np.ndarray | float) -> np.ndarray:
        """Sum over each atom's bonds  # (B,) -> (N,)"""
        weights = np.broadcast_to(per_bond, len(i))
        return np.bincount(i, weights, n) + np.bincount(j, weights, n)

    hydrogen = (molecule.numbers == 1).astype(float)
    degree, valence = total(1.0), total(orders)
    found = np.zeros((n, len(FEATURES)), dtype=np.float32)
    found[:, 1] = degree
    found[:, 2] = molecule.charges + 5
    found[:, 3] = valence
    found[:, 4] = np.bincount(i, hydrogen[j], n) + np.bincount(j, hydrogen[i], n)
    found[:, 5] = hybridisation(molecule, degree, valence)
    found[:, 7] = total(molecule.orders == AROMATIC) > 0
    found[:, 8:] = rings(n, molecule.bonds)
    return found


def hybridisation(molecule: Molecule, degree: np.ndarray, valence: np.ndarray) -> np.ndarray:
    """Index of sp, sp2, sp3, sp3d, sp3d2 or ``MISC`` by bonds and lone pairs  # (N,)

    An atom of four, with three neighbours at most and a conjugated bond, counts as sp2.
    """
    outer = np.array([_outer_electrons(z) for z in molecule.numbers.tolist()])
    pairs = np.floor(np.maximum(outer - molecule.charges - np.floor(valence + 1e-6), 0) / 2)
    around = degree + pairs
    around[(around == 4) & (degree <= 3) & _conjugated(molecule, degree, valence)] = 3
    inside = (around >= 2) & (around <= 6) & (molecule.numbers > 1)
    return np.where(inside, around - 2, MISC)


def _conjugated(molecule: Molecule, degree: np.ndarray, valence: np.ndarray) -> np.ndarray:
    """Carbon, nitrogen and oxygen with a lone pair beside a multiple bond, bool  # (N,)"""
    i, j = molecule.bonds.T
    unsaturated = (valence > degree) & np.isin(molecule.numbers, (5, 6, 7))
    beside = np.zeros(molecule.n_atoms, dtype=bool)
    beside[i[unsaturated[j]]] = beside[j[unsaturated[i]]] = True
    return beside & np.isin(molecule.numbers, (6, 7, 8))


def _outer_electrons(number: int) -> int:
    """Electrons of a neutral main-group atom's outer shell."""
    core = max(noble for noble in _NOBLE if noble < max(number, 1))
    beyond = number - core
    return beyond - 10 if core >= 18 and beyond > 12 else beyond


def rings(n: int, bonds: np.ndarray) -> np.ndarray:
    """Whether each atom is in a ring, and of how many sizes from three to six  # (N, 2)"""
    neighbours: list[set[int]] = [set() for _ in range(n)]
    for a, b in bonds.tolist():
        neighbours[a].add(b)
        neighbours[b].add(a)
    _drop_ends(neighbours)
    sizes: list[set[int]] = [set() for _ in range(n)]
    for a, b in bonds.tolist():
        if b in neighbours[a]:
            size = _shortest_ring(neighbours, a, b)
            if size:
                sizes[a].add(size)
                sizes[b].add(size)
    return np.array([[bool(s), sum(size <= LARGEST_RING for size in s)] for s in sizes])


def _drop_ends(neighbours: list[set[int]]) -> None:
    """Take out atoms with one neighbour until there are none, in place."""
    ends = [a for a, others in enumerate(neighbours) if len(others) == 1]
    while ends:
        a = ends.pop()
        for b in neighbours[a]:
            neighbours[b].discard(a)
            if len(neighbours[b]) == 1:
                ends.append(b)
        neighbours[a] = set()


def _shortest_ring(neighbours: list[set[int]], a: int, b: int) -> int:
    """Size of the shortest ring through the bond a-b; 0 if there is none."""
    seen, front, length = {a}, neighbours[a] - {b}, 2
    while front:
        if b in front:
            return length
        seen |= front
        front = set().union(*(neighbours[atom] for atom in front)) - seen
        length += 1
    return 0
