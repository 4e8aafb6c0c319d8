"""Checks at the border: is this a molecule and a conformer the pipeline can work with?"""

import numpy as np
from rdkit import Chem, rdBase

from pipeline_src.chem.base import Refused
from pipeline_src.ensembles import Molecule
from pipeline_src.ensembles.elements import HEAVIEST, element_symbol, name_elements

CLOSEST_ANGSTROM = 0.4  # no two nuclei of a real conformer come nearer (H2: 0.74)
LARGEST_ANGSTROM = 10_000.0  # beyond it float32, as positions are stored, is coarser than 0.001 Å


def sanitize(mol: Chem.Mol) -> None:
    """Sanitize ``mol`` in place.

    Raises:
        Refused: the chemistry is impossible; RDKit's words, with 0-based atom numbers.
    """
    with rdBase.BlockLogs():
        problems = Chem.DetectChemistryProblems(mol)
        if problems:
            raise Refused("impossible chemistry: " + "; ".join(p.Message() for p in problems))
        Chem.SanitizeMol(mol)


def check_molecule(mol: Chem.Mol) -> None:
    """Raise ``Refused`` unless ``mol`` is one connected closed-shell molecule of real atoms.

    Radicals are out of scope: the stored graph has no unpaired electrons, GEOM's molecules have
    none, and the property task computes singlets (models.md 5.3).
    """
    if not mol.GetNumAtoms():
        raise Refused("no atoms")
    parts = len(Chem.GetMolFrags(mol))
    if parts > 1:
        raise Refused(f"{parts} separate parts (a salt, solvate or mixture); "
                      "give each molecule on its own")
    radicals = [a for a in mol.GetAtoms() if a.GetNumRadicalElectrons()]
    if radicals:
        raise Refused(f"a radical: {radicals[0].GetSymbol()} {radicals[0].GetIdx() + 1} has "
                      f"{radicals[0].GetNumRadicalElectrons()} unpaired electron(s)")
    numbers = {atom.GetAtomicNum() for atom in mol.GetAtoms()}
    if 0 in numbers:
        raise Refused("a dummy atom (*) or query atom instead of an element")
    if heavy := {number for number in numbers if number > HEAVIEST}:
        raise Refused(f"{name_elements(heavy)}: only elements up to {element_symbol(HEAVIEST)} "
                      f"(Z = {HEAVIEST}) are supported")


def check_positions(positions: np.ndarray) -> None:
    """Raise ``Refused`` if a coordinate is no usable number or two atoms coincide; (N, 3), Å."""
    if not np.isfinite(positions).all():
        atom = int(np.flatnonzero(~np.isfinite(positions).all(axis=1))[0])
        raise Refused(f"the coordinates of atom {atom + 1} are not finite numbers")
    if (np.abs(positions) > LARGEST_ANGSTROM).any():
        atom = int(np.flatnonzero((np.abs(positions) > LARGEST_ANGSTROM).any(axis=1))[0])
        raise Refused(f"the coordinates of atom {atom + 1} are beyond {LARGEST_ANGSTROM:g} Å")
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=-1)  # (N, N)
    distances[np.diag_indices(len(positions))] = np.inf
    i, j = np.unravel_index(distances.argmin(), distances.shape)
    if distances[i, j] < CLOSEST_ANGSTROM:
        raise Refused(f"atoms {min(i, j) + 1} and {max(i, j) + 1} are {distances[i, j]:.2f} Å "
                      f"apart, closer than {CLOSEST_ANGSTROM} Å")


def check_same_graph(first: Molecule, other: Molecule) -> None:
    """Raise ``Refused`` unless both have the same atoms in the same order, and the same bonds."""
    if first.n_atoms != other.n_atoms:
        raise Refused(f"{other.n_atoms} atoms, the molecule's first record has {first.n_atoms}")
    for name, words in (("numbers", "other elements or another atom order"),
                        ("bonds", "other bonds or another atom order"),
                        ("orders", "other bond orders"), ("charges", "other formal charges")):
        if not np.array_equal(getattr(first, name), getattr(other, name)):
            raise Refused(f"{words} than the molecule's first record")
