"""Flat pictures of molecules: where RDKit puts the heavy atoms on paper."""

from dataclasses import dataclass

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdDepictor

from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.ensembles import Molecule


@dataclass(frozen=True, eq=False)
class Depiction:
    """A structural formula without hydrogens.

    Attributes:
        labels: element with its charge, '' for a carbon without one  # N
        positions: on paper, a bond is 1.5 long  # (N, 2)
        bonds: pairs of atoms  # (P, 2)
        orders: 1, 2 or 3, of one Kekulé structure  # (P,)
    """

    labels: tuple[str, ...]
    positions: np.ndarray
    bonds: np.ndarray
    orders: np.ndarray


def depict(molecule: Molecule) -> Depiction:
    """The structural formula of ``molecule``; equal molecules give equal ones."""
    plain = Chem.RemoveHs(to_rdkit(molecule))
    Chem.Kekulize(plain, clearAromaticFlags=True)
    rdDepictor.Compute2DCoords(plain, canonOrient=True)
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in plain.GetBonds()]
    return Depiction(
        tuple(_label(atom) for atom in plain.GetAtoms()),
        plain.GetConformer().GetPositions()[:, :2],
        np.array(bonds, dtype=np.int64).reshape(-1, 2),
        np.array([round(bond.GetBondTypeAsDouble()) for bond in plain.GetBonds()], dtype=np.int64))


def _label(atom: Chem.Atom) -> str:
    charge = atom.GetFormalCharge()
    if atom.GetAtomicNum() == 6 and not charge:
        return ""
    size = str(abs(charge)) if abs(charge) > 1 else ""
    return atom.GetSymbol() + (size + ("+" if charge > 0 else "−") if charge else "")
