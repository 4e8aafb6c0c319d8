"""Molecule <-> RDKit. The atom-mapped SMILES carries atom order and stereo between the two."""

from collections.abc import Iterable

import numpy as np
from rdkit import Chem, Geometry, rdBase

from pipeline_src.ensembles import Molecule
from pipeline_src.run.errors import InputError

_KEEP_HYDROGENS = Chem.SmilesParserParams()
_KEEP_HYDROGENS.removeHs = False


def from_rdkit(mol: Chem.Mol, id: str) -> Molecule:
    """The molecule of a sanitized ``mol`` with explicit hydrogens, in its atom order.

    Stereo is taken as ``mol`` has it (tetrahedral and double bonds; axial chirality has no SMILES).

    Raises:
        InputError: hydrogens are missing, or the mapped SMILES does not give the same graph back.
    """
    missing = [a for a in mol.GetAtoms() if a.GetTotalNumHs()]
    if missing:
        first = f"{missing[0].GetSymbol()} {missing[0].GetIdx() + 1}"
        raise InputError(f"molecule {id}: hydrogens", f"{len(missing)} atoms that lack some "
                         f"(first: {first})", "all hydrogens explicit")
    mapped = Chem.Mol(mol)
    mapped.RemoveAllConformers()
    for atom in mapped.GetAtoms():
        atom.SetAtomMapNum(atom.GetIdx() + 1)
        # else RDKit writes cis/trans of rings relative only, which swaps equivalent ring atoms
        atom.ClearProp("_ringStereoAtoms")
        atom.ClearProp("_ringStereochemCand")
    molecule = Molecule(id, Chem.MolToSmiles(mapped), *_arrays(mol))
    to_rdkit(molecule)
    return molecule


def to_rdkit(molecule: Molecule) -> Chem.Mol:
    """The RDKit molecule with explicit hydrogens, atoms in the molecule's order, no map numbers.

    Raises:
        InputError: no SMILES (a level coarser than all atoms), or it disagrees with the arrays.
    """
    where = f"molecule {molecule.id}: smiles"
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(molecule.smiles, _KEEP_HYDROGENS) if molecule.smiles else None
    if mol is None:
        raise InputError(where, molecule.smiles, "a readable atom-mapped SMILES",
                         "Levels coarser than 'all' have none.")
    maps = np.array([atom.GetAtomMapNum() for atom in mol.GetAtoms()])
    if sorted(maps) != list(range(1, molecule.n_atoms + 1)):
        raise InputError(where, molecule.smiles, f"map numbers 1 to {molecule.n_atoms}, each once")
    mol = without_maps(Chem.RenumberAtoms(mol, np.argsort(maps).tolist()))
    Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
    names = ("numbers", "charges", "bonds", "orders")
    for name, array in zip(names, _arrays(mol), strict=True):
        if not np.array_equal(array, getattr(molecule, name)):
            raise InputError(where, molecule.smiles, f"a SMILES that agrees with the {name}")
    return mol


def _arrays(mol: Chem.Mol) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """numbers (N,), charges (N,), bonds (B, 2) sorted, orders (B,), all int64."""
    numbers = np.array([a.GetAtomicNum() for a in mol.GetAtoms()], dtype=np.int64)
    charges = np.array([a.GetFormalCharge() for a in mol.GetAtoms()], dtype=np.int64)
    bonds = sorted(
        (*sorted((b.GetBeginAtomIdx(), b.GetEndAtomIdx())), int(b.GetBondType()))
        for b in mol.GetBonds())
    table = np.array(bonds, dtype=np.int64).reshape(-1, 3)
    return numbers, charges, table[:, :2].copy(), table[:, 2].copy()


def without_maps(mol: Chem.Mol) -> Chem.Mol:
    """A copy without atom-map numbers."""
    copy = Chem.Mol(mol)
    for atom in copy.GetAtoms():
        atom.SetAtomMapNum(0)
    return copy


def with_conformers(mol: Chem.Mol, positions: Iterable[np.ndarray]) -> Chem.Mol:
    """A copy whose conformers are ``positions``, Å  # (C, N, 3)"""
    copy = Chem.Mol(mol)
    copy.RemoveAllConformers()
    for coordinates in positions:
        conformer = Chem.Conformer(copy.GetNumAtoms())
        conformer.Set3D(True)
        for i, (x, y, z) in enumerate(np.asarray(coordinates, dtype=float).tolist()):
            conformer.SetAtomPosition(i, Geometry.Point3D(x, y, z))
        copy.AddConformer(conformer, assignId=True)
    return copy


def canonical_smiles(mol: Chem.Mol) -> str:
    """Canonical isomeric SMILES without map numbers and without removable hydrogens."""
    with rdBase.BlockLogs():
        return Chem.MolToSmiles(Chem.RemoveHs(without_maps(mol)))
