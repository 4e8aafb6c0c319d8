"""What a connected group of atoms is called: a SMILES of its elements and bonds."""

from collections.abc import Iterable
from functools import lru_cache

from rdkit import Chem

Atoms = tuple[tuple[int, bool], ...]  # atomic number and whether aromatic
Bonds = tuple[tuple[int, int, int], ...]  # places of two atoms, bond type code


def fragment_label(mol: Chem.Mol, atoms: Iterable[int]) -> str:
    """Canonical SMILES of the atoms and the bonds among them, as a molecule of its own.

    Charges, stereo and what surrounds the group do not enter: equal groups are called equal. Open
    valences stay open: a methyl group is ``[H]C([H])[H]``. An atom alone is its element, aromatic
    or not.
    """
    chosen = sorted(atoms)
    place = {atom: k for k, atom in enumerate(chosen)}
    bonds = set()
    for atom in chosen:
        for bond in mol.GetAtomWithIdx(atom).GetBonds():
            i, j = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            if i in place and j in place:
                bonds.add((*sorted((place[i], place[j])), int(bond.GetBondType())))
    looked_at = map(mol.GetAtomWithIdx, chosen)
    return _smiles(tuple((a.GetAtomicNum(), bool(bonds) and a.GetIsAromatic()) for a in looked_at),
                   tuple(sorted(bonds)))


@lru_cache(maxsize=1 << 18)
def _smiles(atoms: Atoms, bonds: Bonds) -> str:
    """Canonical SMILES of a group that was copied out of its molecule."""
    part = Chem.RWMol()
    for number, aromatic in atoms:
        atom = Chem.Atom(number)
        atom.SetNoImplicit(True)
        atom.SetIsAromatic(aromatic)
        part.AddAtom(atom)
    for i, j, order in bonds:
        kind = Chem.BondType.values[order]
        part.AddBond(i, j, kind)
        part.GetBondBetweenAtoms(i, j).SetIsAromatic(kind == Chem.BondType.AROMATIC)
    part.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(part)
    return Chem.MolToSmiles(part)
