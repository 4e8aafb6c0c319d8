"""Stereo from coordinates: of tetrahedral centres and double bonds."""

import numpy as np
from rdkit import Chem

from pipeline_src.chem.molecules import canonical_smiles, from_rdkit, to_rdkit, with_conformers
from pipeline_src.ensembles import Molecule

_TAGS = {Chem.ChiralType.CHI_TETRAHEDRAL_CW: -1, Chem.ChiralType.CHI_TETRAHEDRAL_CCW: 1}
_CIS = (Chem.BondStereo.STEREOZ, Chem.BondStereo.STEREOCIS)
_TRANS = (Chem.BondStereo.STEREOE, Chem.BondStereo.STEREOTRANS)


def perceive_stereo(mol: Chem.Mol) -> None:
    """Set the stereo of ``mol`` to what its conformer shows.

    RDKit takes the handedness of a centre from its first three neighbours, which goes wrong in
    strained rings where a carbon lies outside the tetrahedron of its neighbours, and then depends
    on the order of the bonds; here all four decide.
    """
    Chem.AssignStereochemistryFrom3D(mol)
    positions = mol.GetConformer().GetPositions()[None]
    wrong = [atom for atom in mol.GetAtoms() if atom.GetChiralTag() in _TAGS
             and _handedness(atom, positions)[0] * _TAGS[atom.GetChiralTag()] < 0]
    for atom in wrong:
        atom.InvertChirality()
    if wrong:
        Chem.AssignStereochemistry(mol, cleanIt=True, force=True)


def stereo_kept(mol: Chem.Mol, positions: np.ndarray) -> np.ndarray:
    """Which conformers show all the stereo that ``mol`` states, bool  # (C,) of (C, N, 3)

    Stereo that ``mol`` leaves open may be anything; a conformer with NaN shows none.
    """
    kept = np.isfinite(positions).all(axis=(1, 2))
    kept[kept] = _agrees(mol, np.asarray(positions[kept], dtype=np.float64))
    for c in np.flatnonzero(~kept & np.isfinite(positions).all(axis=(1, 2))):
        kept[c] = _same_stereoisomer(mol, positions[c])
    return kept


def _agrees(mol: Chem.Mol, positions: np.ndarray) -> np.ndarray:
    """Whether every stated centre and double bond is as stated, atom by atom  # (C,)"""
    kept = np.ones(len(positions), dtype=bool)
    for atom in mol.GetAtoms():
        if atom.GetChiralTag() in _TAGS:
            kept &= _handedness(atom, positions) * _TAGS[atom.GetChiralTag()] > 0
    for bond in mol.GetBonds():
        if bond.GetStereo() in _CIS + _TRANS:
            kept &= _is_cis(bond, positions) == (bond.GetStereo() in _CIS)
    return kept


def _same_stereoisomer(mol: Chem.Mol, coordinates: np.ndarray) -> bool:
    """Whether one conformer is the same stereoisomer, as the mirror image of a meso molecule is."""
    seen = with_conformers(mol, [coordinates])
    perceive_stereo(seen)
    for stated, atom in zip(mol.GetAtoms(), seen.GetAtoms(), strict=True):
        if stated.GetChiralTag() == Chem.ChiralType.CHI_UNSPECIFIED:
            atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for stated, bond in zip(mol.GetBonds(), seen.GetBonds(), strict=True):
        if stated.GetStereo() not in _CIS + _TRANS:
            bond.SetStereo(Chem.BondStereo.STEREONONE)
    return canonical_smiles(seen) == canonical_smiles(mol)


def _handedness(atom: Chem.Atom, positions: np.ndarray) -> np.ndarray:
    """Positive: neighbours 2, 3, 4 (bond order) counter-clockwise seen from neighbour 1  # (C,)

    From the signed volume of the neighbours' tetrahedron; with three neighbours, of theirs with
    the centre.
    """
    order = [bond.GetOtherAtomIdx(atom.GetIdx()) for bond in atom.GetBonds()]
    if len(order) == 3:
        vectors = positions[:, order] - positions[:, [atom.GetIdx()]]
        return np.linalg.det(vectors)
    vectors = positions[:, order[1:4]] - positions[:, order[:1]]
    return -np.linalg.det(vectors)


def _is_cis(bond: Chem.Bond, positions: np.ndarray) -> np.ndarray:
    """Whether the stereo atoms of a double bond lie on the same side, bool  # (C,)"""
    first, last = bond.GetStereoAtoms()
    begin, end = positions[:, bond.GetBeginAtomIdx()], positions[:, bond.GetEndAtomIdx()]
    axis = end - begin
    one = np.cross(positions[:, first] - begin, axis)
    other = np.cross(positions[:, last] - end, axis)
    return (one * other).sum(axis=-1) > 0


def without_imine_stereo(molecule: Molecule) -> Molecule:
    """The molecule with E/Z of its =N-H double bonds left open: they invert easily."""
    mol = Chem.Mol(to_rdkit(molecule))
    open_imine_stereo(mol)
    return from_rdkit(mol, molecule.id)


def open_imine_stereo(mol: Chem.Mol) -> None:
    """Leave E/Z of the =N-H double bonds of ``mol`` open, in place."""
    for bond in mol.GetBonds():
        for end, other in ((bond.GetBeginAtom(), bond.GetEndAtom()),
                           (bond.GetEndAtom(), bond.GetBeginAtom())):
            rest = [a for a in end.GetNeighbors() if a.GetIdx() != other.GetIdx()]
            if (bond.GetBondType() == Chem.BondType.DOUBLE and end.GetAtomicNum() == 7
                    and all(a.GetAtomicNum() == 1 for a in rest)):
                bond.SetStereo(Chem.BondStereo.STEREONONE)
