"""What split recipes share: what they are given, and how they read a SMILES."""

from collections.abc import Sequence

from rdkit import Chem, rdBase

Named = Sequence[tuple[str, str]]  # (id, SMILES) of each molecule


def parse(smiles: str) -> Chem.Mol:
    """A molecule without map numbers and without removable hydrogens."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        for atom in mol.GetAtoms():
            atom.SetAtomMapNum(0)
        return Chem.RemoveHs(mol)
