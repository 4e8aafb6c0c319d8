"""Stereo as arrays says of conformers what RDKit's canonical SMILES of their stereoisomer says."""

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers

from pipeline_src.chem.embed import embed_etkdg
from pipeline_src.chem.levels import extract_levels
from pipeline_src.chem.molecules import from_rdkit, to_rdkit
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.chem.stereo import (
    MOST_EXCHANGEABLE,
    find_stereo,
    same_stereoisomer,
    stated_stereo,
    stereo_kept,
)
from pipeline_src.ensembles import Molecule


def stereo_of(smiles: str):
    return find_stereo(to_rdkit(molecule_from_smiles(smiles, "x")))


def stereoisomers(smiles: str) -> list[Molecule]:
    """All of them, with the same order of atoms."""
    found = []
    for mol in EnumerateStereoisomers(Chem.MolFromSmiles(smiles)):
        whole = Chem.AddHs(mol)
        Chem.AssignStereochemistry(whole, cleanIt=True, force=True)
        found.append(from_rdkit(whole, smiles))
    return found


def by_smiles(mol: Chem.Mol, positions: np.ndarray) -> np.ndarray:
    """Which conformers are as stated atom by atom, or have the canonical SMILES of ``mol``."""
    stated = stated_stereo(mol).check(positions).kept
    return np.array([right or same_stereoisomer(mol, coordinates)
                     for right, coordinates in zip(stated, positions, strict=True)])


def exchanged(positions: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Two corners of a centre in each other's place."""
    turned = positions.copy()
    turned[:, row[[3, 4]]] = turned[:, row[[4, 3]]]
    return turned


def test_the_verdict_on_all_shipped_conformers_and_their_mirror_images(ensembles):
    n_mirrored = 0
    for ensemble in ensembles:
        stereo, mol = find_stereo(to_rdkit(ensemble.molecule)), to_rdkit(ensemble.molecule)
        verdict = stereo.check(ensemble.positions)
        assert verdict.kept.all() and not verdict.wrong_centres.any(), ensemble.molecule.id
        mirror = -ensemble.positions[:1]
        assert np.array_equal(stereo.check(mirror).kept, by_smiles(mol, mirror))
        assert np.array_equal(stereo.check(mirror).kept, stereo_kept(mol, mirror))
        assert np.array_equal(stereo.check(mirror).kept, verdict.mirrored[:1])
        assert stereo.check(mirror).mirrored.all()
        n_mirrored += verdict.mirrored[0] and len(stereo.centres) > 0
    assert n_mirrored >= 8


def test_the_verdict_on_shipped_conformers_with_an_inverted_centre(ensembles):
    """Strained rings among them."""
    tried = wrong = 0
    for ensemble in ensembles:
        mol = to_rdkit(ensemble.molecule)
        stereo = find_stereo(mol)
        for row in stereo.centres[:1]:
            turned = exchanged(ensemble.positions[:1], row)
            verdict, kept = stereo.check(turned), by_smiles(mol, turned)
            assert np.array_equal(verdict.kept, kept), ensemble.molecule.id
            tried, wrong = tried + 1, wrong + int(verdict.wrong_centres[0] > 0)
    assert tried > 250 and wrong > 0.9 * tried


@pytest.mark.parametrize(("smiles", "number"), [
    ("OC(C)C(C)O", 3), ("CC1CCC(O)CC1", 2), ("CC1CC1C", 3), ("OC1C(O)C(O)C1O", 4),  # meso
    ("OC(F)C(O)C(F)O", 4), ("CC(O)C(C)(C)C(C)O", 3),  # with pseudo-asymmetry; kept apart
    ("CC=CC(O)C=CC", 4), ("FC(Cl)C=CC(F)Cl", 6), ("FC=CC=CF", 3),  # double bonds alike
    ("CC=NO", 2), ("CS(=O)CCS(C)=O", 3), ("CP(=O)(F)Cl", 2), ("OC1CC2CC1C2", 4)])
def test_every_stereoisomer_is_told_from_the_others(smiles, number):
    molecules = stereoisomers(smiles)
    assert len(molecules) == number
    positions = np.concatenate([e.positions[e.ok] for e in
                                (embed_etkdg(molecule, 2, 3) for molecule in molecules)])
    positions = np.concatenate([positions, -positions])
    for molecule in molecules:
        mol = to_rdkit(molecule)
        kept = find_stereo(mol).check(positions).kept
        assert np.array_equal(kept, by_smiles(mol, positions)) and not kept.all()
        assert np.array_equal(kept, stereo_kept(mol, positions))


@pytest.mark.parametrize(("smiles", "centres", "bonds", "ways"), [
    ("C[C@H](O)F", 1, 0, 1),
    ("C[C@H](O)[C@H](F)C", 2, 0, 1),
    ("C[C@H](O)[C@H](O)C", 2, 0, 2),  # meso
    ("C[C@H](O)[C@@H](O)C", 2, 0, 1),
    ("C[C@H](O)C(O)C", 1, 0, 1),  # the other one is open
    ("C[C@H]1CC[C@@H](O)CC1", 2, 0, 2),
    ("C/C=C/C", 0, 1, 1), ("CC=CC", 0, 0, 1), ("C[S@](=O)CC", 1, 0, 1),
    ("C[P@@](=O)(F)Cl", 1, 0, 1), ("C[N@@+](F)(Cl)Br", 1, 0, 1),
    ("[H]/N=C(/C)CC", 0, 1, 1), ("N=C(C)CC", 0, 0, 1)])
def test_what_is_stated_and_in_how_many_ways_it_shows(smiles, centres, bonds, ways):
    stereo = stereo_of(smiles)
    assert (len(stereo.centres), len(stereo.bonds), len(stereo.accepted)) == (centres, bonds, ways)


def test_of_many_alike_centres_the_mirror_image_alone_is_tried():
    chain = "F[C@H](Cl)" + "[C@H](O)" * 8 + "[C@H](Cl)F"
    stereo = stereo_of(chain)
    assert len(stereo) == 10 > MOST_EXCHANGEABLE
    assert stereo.accepted.tolist() == [[True] * 10, [False] * 10]


def test_levels_carry_the_stereo_of_all_atoms():
    molecule = molecule_from_smiles("C[C@H](O)/C=C/F", "x")
    stereo = extract_levels(molecule).stereo
    assert stereo.centres[0, 0] == 1
    assert sorted(stereo.centres[0, 1:].tolist()) == [0, 2, 3, 9]
    assert stereo.bonds[0].tolist() == [1, 3, 4, 5, 0]


def test_what_the_arrays_accept_of_a_distorted_conformer_is_kept():
    """With a ring atom outside its neighbours RDKit first sees another stereoisomer."""
    molecule = molecule_from_smiles("CC[C@]1(O)[C@@H]2CCC[C@@H]21", "x")
    mol = to_rdkit(molecule)
    stereo = find_stereo(mol)
    positions = -embed_etkdg(molecule, 1, 1).positions  # the other way to show it
    atom = int(stereo.centres[1, 0])
    around = [bond.GetOtherAtomIdx(atom) for bond in mol.GetAtomWithIdx(atom).GetBonds()][:3]
    plane = positions[0, around].mean(axis=0)
    positions[0, atom] = plane + 0.7 * (plane - positions[0, atom])
    assert not same_stereoisomer(mol, positions[0])
    assert stereo.check(positions).kept[0] and stereo_kept(mol, positions)[0]
