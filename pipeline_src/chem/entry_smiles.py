"""The SMILES a dataset files a molecule under, held against what its conformers are."""

from rdkit import Chem, rdBase

from pipeline_src.chem.base import Refused
from pipeline_src.chem.molecules import canonical_smiles
from pipeline_src.chem.stereo import open_imine_stereo


class EntrySmiles:
    """A molecule's SMILES; one that RDKit cannot read is compared with nothing.

    Args:
        smiles: as the dataset has it.
    """

    def __init__(self, smiles: str) -> None:
        with rdBase.BlockLogs():
            self._mol = Chem.MolFromSmiles(smiles)
        self.readable = self._mol is not None and self._mol.GetNumAtoms() > 0
        if self.readable:
            self._skeleton = _skeleton(Chem.AddHs(self._mol))
            open_imine_stereo(self._mol)

    def check(self, mol: Chem.Mol) -> None:
        """Raise ``Refused`` unless ``mol``, with perceived stereo, is this molecule.

        Stereo that the SMILES leaves open may be anything; E/Z of =N-H too.
        """
        self.check_graph(mol)
        with rdBase.BlockLogs():
            seen = Chem.RemoveHs(mol)
        if self.readable and seen.HasSubstructMatch(self._mol) and not seen.HasSubstructMatch(
                self._mol, useChirality=True):
            raise Refused("other stereo than the entry's SMILES states: it is "
                          f"{canonical_smiles(mol)}")

    def check_graph(self, mol: Chem.Mol) -> None:
        """Raise ``Refused`` unless ``mol`` has the elements and neighbours of this molecule.

        Bond orders and charges are not compared: programs that find them from coordinates draw
        one molecule in several ways. A proton on another atom is a reaction.
        """
        if self.readable and _skeleton(mol) != self._skeleton:
            raise Refused("reacted: other neighbours than in the entry's SMILES; it is "
                          f"{canonical_smiles(mol)}")


def _skeleton(mol: Chem.Mol) -> str:
    """The same for molecules whose atoms have the same neighbours, whatever the bond orders."""
    heavy = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() != 1]
    place, bare = {}, Chem.RWMol()
    for atom in heavy or mol.GetAtoms():
        copy = Chem.Atom(atom.GetAtomicNum())
        copy.SetNoImplicit(True)
        # hydrogens as an isotope: they count as much, and there is less to order
        copy.SetIsotope(1 + sum(a.GetAtomicNum() == 1 for a in atom.GetNeighbors()))
        place[atom.GetIdx()] = bare.AddAtom(copy)
    for bond in mol.GetBonds():
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if ends[0] in place and ends[1] in place:
            bare.AddBond(place[ends[0]], place[ends[1]], Chem.BondType.SINGLE)
    with rdBase.BlockLogs():
        bare.UpdatePropertyCache(strict=False)
        return Chem.MolToSmiles(bare)
