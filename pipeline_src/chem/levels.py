"""The levels of a molecule: which atoms are beads, coarse to fine (models.md 4.2)."""

import numpy as np
from rdkit import Chem

from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.stereo import find_stereo
from pipeline_src.ensembles import Hierarchy, Molecule
from pipeline_src.run.parts import PARTS, load_part

# Why a level collapses onto the next finer one: it picks fewer atoms than it needs, or all of them.
_FEWEST = {"scaffold": 3}
_TOO_FEW = {"scaffold": "no scaffold (acyclic)", "heavy": "no heavy atom"}
_THE_SAME = {"scaffold": "the scaffold is all heavy atoms", "heavy": "every atom is a heavy atom"}


def all_atoms(mol: Chem.Mol) -> np.ndarray:
    """Indices of all atoms, int64  # (N,)"""
    return np.arange(mol.GetNumAtoms(), dtype=np.int64)


def heavy_atoms(mol: Chem.Mol) -> np.ndarray:
    """Sorted indices of the atoms with Z > 1, int64  # (M,)"""
    numbers = np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()])
    return np.flatnonzero(numbers > 1).astype(np.int64)


def scaffold_atoms(mol: Chem.Mol) -> np.ndarray:
    """Sorted indices of the heavy atoms of the Murcko scaffold, int64; empty if acyclic  # (M,)

    Rings, the chains between them and atoms double-bonded to either (Bemis and Murcko, J. Med.
    Chem. 1996, 39, 2887, as RDKit reads it). Indices travel with the atoms; nothing is matched.
    """
    marked = Chem.Mol(mol)
    for atom in marked.GetAtoms():
        atom.SetIntProp("_origin", atom.GetIdx())
    scaffold = Chem.MurckoDecompose(marked)
    origins = [a.GetIntProp("_origin") for a in scaffold.GetAtoms() if a.GetAtomicNum() > 1]
    return np.array(sorted(origins), dtype=np.int64)


def extract_levels(molecule: Molecule, n_references: int = 0) -> Hierarchy:
    """The hierarchy of ``molecule`` with every level of ``PARTS['level']``, each in the next.

    A level collapses onto the next finer one, with the reason, if it picks too few atoms or
    exactly the finer level's.

    Args:
        molecule: all atoms.
        n_references: reference conformers, passed on.
    """
    mol = to_rdkit(molecule)
    levels: dict[str, np.ndarray] = {}
    collapsed: dict[str, str] = {}
    finer = None
    for name in reversed(PARTS["level"]):
        atoms = load_part("level", name)(mol)
        if finer is not None:
            atoms = np.intersect1d(atoms, levels[finer])
            if len(atoms) < _FEWEST.get(name, 1):
                collapsed[name] = _TOO_FEW.get(name, f"level '{name}' picks too few atoms")
            elif len(atoms) == len(levels[finer]):
                collapsed[name] = _THE_SAME.get(name, f"level '{name}' is the same as '{finer}'")
        levels[name] = levels[finer] if name in collapsed else atoms
        finer = name
    return Hierarchy(molecule, dict(reversed(levels.items())), dict(reversed(collapsed.items())),
                     n_references, stereo=find_stereo(mol))
