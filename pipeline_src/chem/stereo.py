"""Stereo from coordinates: of tetrahedral centres and double bonds."""

from collections import Counter
from itertools import product

import numpy as np
from rdkit import Chem

from pipeline_src.chem.molecules import canonical_smiles, from_rdkit, to_rdkit, with_conformers
from pipeline_src.ensembles import Molecule, Stereo
from pipeline_src.ensembles.stereo import signed_volumes

_TAGS = {Chem.ChiralType.CHI_TETRAHEDRAL_CW: -1, Chem.ChiralType.CHI_TETRAHEDRAL_CCW: 1}
_CIS = (Chem.BondStereo.STEREOZ, Chem.BondStereo.STEREOCIS)
_TRANS = (Chem.BondStereo.STEREOE, Chem.BondStereo.STEREOTRANS)
_OF_RINGS = ("_ringStereoAtoms", "_ringStereochemCand")  # properties of what was perceived
MOST_EXCHANGEABLE = 8  # centres and double bonds whose 2^n ways are all looked at


def perceive_stereo(mol: Chem.Mol) -> None:
    """Set the stereo of ``mol`` to what its conformer shows.

    RDKit takes the handedness of a centre from its first three neighbours, which goes wrong in
    strained rings where a carbon lies outside the tetrahedron of its neighbours, and then depends
    on the order of the bonds; here all four decide.
    """
    Chem.AssignStereochemistryFrom3D(mol)
    centres = stated_stereo(mol).centres
    volumes = signed_volumes(centres, mol.GetConformer().GetPositions()[None])[0]
    for atom in centres[volumes < 0, 0].tolist():
        mol.GetAtomWithIdx(atom).InvertChirality()
    if (volumes < 0).any():
        Chem.AssignStereochemistry(mol, cleanIt=True, force=True)


def stereo_kept(mol: Chem.Mol, positions: np.ndarray) -> np.ndarray:
    """Which conformers show all the stereo that ``mol`` states, bool  # (C,) of (C, N, 3)

    Stereo that ``mol`` leaves open may be anything; a conformer with NaN shows none. What
    ``find_stereo`` accepts is kept, and what RDKit sees as the same stereoisomer: of distorted
    conformers it may be either one alone.
    """
    kept = stated_stereo(mol).check(positions).kept
    if not kept.all():
        kept = find_stereo(mol).check(positions).kept
    for c in np.flatnonzero(~kept & np.isfinite(positions).all(axis=(1, 2))):
        kept[c] = same_stereoisomer(mol, positions[c])
    return kept


def same_stereoisomer(mol: Chem.Mol, coordinates: np.ndarray) -> bool:
    """Whether RDKit sees the same stereoisomer, as in the mirror image of a meso molecule.

    Args:
        coordinates: of one conformer  # (N, 3)
    """
    seen = with_conformers(mol, [coordinates])
    perceive_stereo(seen)
    for stated, atom in zip(mol.GetAtoms(), seen.GetAtoms(), strict=True):
        if stated.GetChiralTag() == Chem.ChiralType.CHI_UNSPECIFIED:
            atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for stated, bond in zip(mol.GetBonds(), seen.GetBonds(), strict=True):
        if stated.GetStereo() not in _CIS + _TRANS:
            bond.SetStereo(Chem.BondStereo.STEREONONE)
    return canonical_smiles(seen) == canonical_smiles(mol)


def stated_stereo(mol: Chem.Mol) -> Stereo:
    """The stereo that ``mol`` states, atom by atom; other ways to show it are not looked for."""
    centres = [(atom.GetIdx(), *_corners(atom)) for atom in mol.GetAtoms()
               if atom.GetChiralTag() in _TAGS]
    bonds = [(first, bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), last,
              int(bond.GetStereo() in _CIS))
             for bond in mol.GetBonds() if bond.GetStereo() in _CIS + _TRANS
             for first, last in [bond.GetStereoAtoms()]]
    return Stereo(*(np.array(rows, dtype=np.int64).reshape(-1, 5) for rows in (centres, bonds)))


def find_stereo(mol: Chem.Mol) -> Stereo:
    """The stereo that ``mol`` states, with all ways in which this stereoisomer may show.

    RDKit's canonical SMILES says which are the same stereoisomer. Only what a symmetry of the
    graph could exchange or turn round is tried; where that is more than ``MOST_EXCHANGEABLE``
    centres and double bonds, only the mirror image.
    """
    stereo = stated_stereo(mol)
    n_centres = len(stereo.centres)
    movable = np.flatnonzero(_exchangeable(mol, stereo))
    if not len(movable):
        return stereo
    if len(movable) <= MOST_EXCHANGEABLE:
        ways = np.ones((2 ** len(movable), len(stereo)), dtype=bool)
        ways[:, movable] = list(product((True, False), repeat=len(movable)))
    else:
        ways = np.ones((2, len(stereo)), dtype=bool)
        ways[1, :n_centres] = False
    stated, *smiles = (_smiles_of(mol, stereo, way) for way in ways)
    return Stereo(stereo.centres, stereo.bonds,
                  ways[[True, *(other == stated for other in smiles)]])


def _exchangeable(mol: Chem.Mol, stereo: Stereo) -> list[bool]:
    """Whether a symmetry of the graph without stereo might move or turn each  # (S + D,)

    It cannot where the atom, or the bond, has no like among the others and the neighbours are all
    of different classes; equal ranks are necessary for a symmetry.
    """
    ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=False, includeChirality=False))
    places = [[atom] for atom in stereo.centres[:, 0].tolist()]
    places += [ends for ends in stereo.bonds[:, 1:3].tolist()]
    kinds = [tuple(sorted(ranks[atom] for atom in place)) for place in places]
    often = Counter(kinds)
    found = []
    for kind, place in zip(kinds, places, strict=True):
        around = [[ranks[a.GetIdx()] for a in mol.GetAtomWithIdx(atom).GetNeighbors()]
                  for atom in place]
        tied = any(len(set(near)) < len(near) for near in [kind, *around])
        found.append(often[kind] > 1 or tied)
    return found


def _smiles_of(mol: Chem.Mol, stereo: Stereo, as_stated: np.ndarray) -> str:
    """Canonical SMILES with the centres and double bonds that are not ``as_stated`` turned round.

    Read again before it is canonical: what was perceived of the stated stereo is worth nothing.
    With hydrogens, as RDKit takes the stereo of double bonds from the stated one's SMILES if it
    removes them.
    """
    turned = Chem.Mol(mol)
    for atom in turned.GetAtoms():
        for name in _OF_RINGS:
            atom.ClearProp(name)
    for atom in stereo.centres[~as_stated[: len(stereo.centres)], 0].tolist():
        turned.GetAtomWithIdx(atom).InvertChirality()
    for row, right in zip(stereo.bonds.tolist(), as_stated[len(stereo.centres):], strict=True):
        bond = turned.GetBondBetweenAtoms(row[1], row[2])
        bond.SetStereo(Chem.BondStereo.STEREOCIS if row[4] == right else
                       Chem.BondStereo.STEREOTRANS)
    smiles = Chem.MolToSmiles(turned)
    again = Chem.MolFromSmiles(smiles)
    return smiles if again is None else canonical_smiles(again)


def _corners(atom: Chem.Atom) -> list[int]:
    """Four corners around a centre whose volume is positive if it is as its chiral tag says.

    Counter-clockwise means: neighbours 2, 3, 4 (bond order) seen from neighbour 1. With three
    neighbours the atom itself is the first corner.
    """
    order = [bond.GetOtherAtomIdx(atom.GetIdx()) for bond in atom.GetBonds()]
    sign = _TAGS[atom.GetChiralTag()]
    if len(order) == 3:
        order, sign = [atom.GetIdx(), *order], -sign
    return order if sign < 0 else [*order[:2], order[3], order[2]]


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
