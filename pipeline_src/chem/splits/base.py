"""What split recipes share: what they are given, and how they read a SMILES."""

from collections.abc import Sequence
from dataclasses import dataclass

from rdkit import Chem, rdBase


@dataclass(frozen=True)
class Candidate:
    """A molecule that a recipe may place.

    Attributes:
        id: its id in the dataset.
        smiles: with or without map numbers and hydrogens.
        n_conformers: reference conformers that did not fail.
        n_atoms: atoms, hydrogens included.
        test_only: whether it may neither train nor validate.
    """

    id: str
    smiles: str
    n_conformers: int = 0
    n_atoms: int = 0
    test_only: bool = False


# What every recipe is given: the dataset's molecules, in the order of its source.
Candidates = Sequence[Candidate]


def parse(smiles: str) -> Chem.Mol:
    """A molecule without map numbers and without removable hydrogens."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        for atom in mol.GetAtoms():
            atom.SetAtomMapNum(0)
        return Chem.RemoveHs(mol)


def settled(smiles: str) -> Chem.Mol:
    """As ``parse``, once more through a SMILES: what the atom order left in it is gone."""
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(Chem.MolToSmiles(parse(smiles)))
