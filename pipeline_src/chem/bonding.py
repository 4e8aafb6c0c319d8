"""Which atoms are bonded as the coordinates show it: those nearest for their covalent radii."""

import numpy as np
from rdkit import Chem

from pipeline_src.chem.base import Refused

LONGEST_BOND, CLOSEST_OTHERS = 1.3, 1.15  # times the sum of covalent radii, as in mini_qm9/README


def seen_bonds(numbers: np.ndarray, positions: np.ndarray, n_bonds: int) -> np.ndarray:
    """The ``n_bonds`` bonds, atom index pairs i < j, sorted, int64  # (B, 2)

    How many there are is known from the SMILES; it settles what one limit for all distances gets
    wrong in strained rings, as the carbons of bicyclo[1.1.1]pentane that face each other. Radii:
    Cordero et al., Dalton Trans. 2832 (2008), as RDKit has them.

    Args:
        numbers: atomic numbers  # (N,)
        positions: Å  # (N, 3)
        n_bonds: of the molecule.

    Raises:
        Refused: the last bond is too long or the next pair too close for a clear answer.
    """
    table = Chem.GetPeriodicTable()
    radii = np.array([table.GetRcovalent(int(number)) for number in numbers])
    i, j = np.triu_indices(len(numbers), k=1)
    stretch = np.linalg.norm(positions[i] - positions[j], axis=1) / (radii[i] + radii[j])
    order = np.argsort(stretch, kind="stable")
    bonded, rest = order[:n_bonds], order[n_bonds:]
    if len(bonded) < n_bonds or (n_bonds and stretch[bonded[-1]] > LONGEST_BOND):
        raise Refused(f"reacted: fewer atoms are bonded than the {n_bonds} bonds of the SMILES")
    if len(rest) and stretch[rest[0]] < CLOSEST_OTHERS:
        raise Refused(f"reacted: more atoms are bonded than the {n_bonds} bonds of the SMILES")
    pairs = np.stack([i[bonded], j[bonded]], axis=1)
    return pairs[np.lexsort(pairs.T[::-1])].astype(np.int64)
