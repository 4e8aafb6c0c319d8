"""Which atoms are bonded as the coordinates show it: those near for their covalent radii.

Radii: Cordero et al., Dalton Trans. 2832 (2008), as RDKit has them.
"""

import numpy as np
from rdkit import Chem

from pipeline_src.chem.base import Refused
from pipeline_src.ensembles import Molecule

LONGEST_BOND, CLOSEST_OTHERS = 1.3, 1.15  # times the sum of covalent radii, as in mini_qm9/README


def changed_bond(molecule: Molecule, positions: np.ndarray) -> str:
    """Words on the first bond that broke, or pair that bonded; '' if the bonding is kept.

    A bonded pair farther apart than ``LONGEST_BOND`` is broken, any other pair nearer than
    ``CLOSEST_OTHERS`` is bonded: a hydrogen that changed its place shows.

    Args:
        molecule: the graph.
        positions: Å  # (N, 3)
    """
    i, j = np.triu_indices(molecule.n_atoms, k=1)
    distances, stretch = _stretch(molecule.numbers, positions, i, j)
    bonds = {tuple(sorted(pair)) for pair in molecule.bonds.tolist()}
    bonded = np.array([pair in bonds for pair in zip(i.tolist(), j.tolist(), strict=True)], bool)
    for wrong, words in ((bonded & ~(stretch <= LONGEST_BOND), "broke"),
                         (~bonded & (stretch < CLOSEST_OTHERS), "formed")):
        if wrong.any():
            pair = np.flatnonzero(wrong)[0]
            return (f"the bond {_name(molecule, i[pair])}-{_name(molecule, j[pair])} {words} "
                    f"({distances[pair]:.2f} Å)")
    return ""


def seen_bonds(numbers: np.ndarray, positions: np.ndarray, n_bonds: int) -> np.ndarray:
    """The ``n_bonds`` bonds, atom index pairs i < j, sorted, int64  # (B, 2)

    How many there are is known from the SMILES; it settles what one limit for all distances gets
    wrong in strained rings, as the carbons of bicyclo[1.1.1]pentane that face each other.

    Args:
        numbers: atomic numbers  # (N,)
        positions: Å  # (N, 3)
        n_bonds: of the molecule.

    Raises:
        Refused: the last bond is too long or the next pair too close for a clear answer.
    """
    i, j = np.triu_indices(len(numbers), k=1)
    _, stretch = _stretch(numbers, positions, i, j)
    order = np.argsort(stretch, kind="stable")
    bonded, rest = order[:n_bonds], order[n_bonds:]
    if len(bonded) < n_bonds or (n_bonds and stretch[bonded[-1]] > LONGEST_BOND):
        raise Refused(f"reacted: fewer atoms are bonded than the {n_bonds} bonds of the SMILES")
    if len(rest) and stretch[rest[0]] < CLOSEST_OTHERS:
        raise Refused(f"reacted: more atoms are bonded than the {n_bonds} bonds of the SMILES")
    pairs = np.stack([i[bonded], j[bonded]], axis=1)
    return pairs[np.lexsort(pairs.T[::-1])].astype(np.int64)


def _stretch(numbers: np.ndarray, positions: np.ndarray, i: np.ndarray,
             j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances in Å, and over the sums of covalent radii, of the pairs i, j  # (P,), (P,)"""
    table = Chem.GetPeriodicTable()
    radii = np.array([table.GetRcovalent(int(number)) for number in numbers])
    distances = np.linalg.norm(positions[i] - positions[j], axis=1)
    return distances, distances / (radii[i] + radii[j])


def _name(molecule: Molecule, atom: int) -> str:
    symbol = Chem.GetPeriodicTable().GetElementSymbol(int(molecule.numbers[atom]))
    return f"{symbol}{atom + 1}"
