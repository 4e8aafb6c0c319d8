"""Whether a conformer still has the bonds of its molecule."""

import numpy as np
from rdkit import Chem

from pipeline_src.ensembles import Molecule

BROKEN, FORMED = 1.3, 1.15  # times the sum of covalent radii (RDKit's: Cordero et al., 2008)


def changed_bond(molecule: Molecule, positions: np.ndarray) -> str:
    """Words on the first bond that broke, or pair that bonded; '' if the bonding is kept.

    A bonded pair farther apart than ``BROKEN`` times the sum of covalent radii is broken, any
    other pair nearer than ``FORMED`` times it is bonded: a hydrogen that changed its place shows.

    Args:
        molecule: the graph.
        positions: Å  # (N, 3)
    """
    table = Chem.GetPeriodicTable()
    radii = np.array([table.GetRcovalent(int(z)) for z in molecule.numbers])
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=-1)  # (N, N)
    ratio = distances / (radii[:, None] + radii[None])
    bonded = np.zeros(ratio.shape, dtype=bool)
    bonded[molecule.bonds[:, 0], molecule.bonds[:, 1]] = True
    upper = np.triu(np.ones_like(bonded), k=1)
    for wrong, words in ((bonded & ~(ratio <= BROKEN), "broke"),
                         (upper & ~bonded & (ratio < FORMED), "formed")):
        if wrong.any():
            i, j = np.argwhere(wrong)[0]
            return (f"the bond {_name(molecule, i)}-{_name(molecule, j)} {words} "
                    f"({distances[i, j]:.2f} Å)")
    return ""


def _name(molecule: Molecule, atom: int) -> str:
    symbol = Chem.GetPeriodicTable().GetElementSymbol(int(molecule.numbers[atom]))
    return f"{symbol}{atom + 1}"
