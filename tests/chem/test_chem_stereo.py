"""Stereo from coordinates."""

import numpy as np
import pytest
from rdkit import Chem

from pipeline_src.chem.embed import embed_etkdg
from pipeline_src.chem.molecules import canonical_smiles, from_rdkit, to_rdkit, with_conformers
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.chem.stereo import perceive_stereo, stereo_kept, without_imine_stereo


def test_all_shipped_conformers_show_the_stereo_of_their_molecule(ensembles):
    for ensemble in ensembles:
        mol = to_rdkit(ensemble.molecule)
        assert stereo_kept(mol, ensemble.positions).all(), ensemble.molecule.id
        seen = with_conformers(mol, ensemble.positions[:1])
        perceive_stereo(seen)
        assert from_rdkit(seen, "").smiles == ensemble.molecule.smiles


def test_mirror_images_keep_stereo_only_if_the_molecule_is_its_mirror_image(ensembles):
    achiral = 0
    for ensemble in ensembles:
        mol = to_rdkit(ensemble.molecule)
        mirror = Chem.Mol(mol)
        for atom in mirror.GetAtoms():
            atom.InvertChirality()
        Chem.AssignStereochemistry(mirror, cleanIt=True, force=True)
        same = canonical_smiles(mirror) == canonical_smiles(mol)
        achiral += same and any(atom.GetChiralTag() for atom in mol.GetAtoms())
        assert stereo_kept(mol, -ensemble.positions[:2]).all() == same
    assert achiral >= 8  # cis/trans rings, meso molecules


@pytest.mark.parametrize("smiles", ["C/C=C/C", "C/C=C\\F", "C[C@H](O)F", "C[S@](=O)CC",
                                    "[H]/N=C(/C)N", "C[C@H]1CC[C@@H](O)CC1", "C[N@@+](F)(Cl)Br"])
def test_perceived_stereo_is_the_embedded(smiles):
    molecule = molecule_from_smiles(smiles, smiles)
    positions = embed_etkdg(molecule, 3, 5).positions
    mol = to_rdkit(molecule)
    flat = Chem.Mol(mol)
    Chem.RemoveStereochemistry(flat)
    for coordinates in positions:
        seen = with_conformers(flat, [coordinates])
        perceive_stereo(seen)
        assert canonical_smiles(seen) == canonical_smiles(mol)


def test_e_and_z_are_told_apart():
    e = molecule_from_smiles("C/C=C/C", "x")
    z = molecule_from_smiles("C/C=C\\C", "x")
    positions = np.concatenate([embed_etkdg(m, 2, 1).positions for m in (e, z)])
    assert stereo_kept(to_rdkit(e), positions).tolist() == [True, True, False, False]
    assert stereo_kept(to_rdkit(z), positions).tolist() == [False, False, True, True]
    assert stereo_kept(to_rdkit(molecule_from_smiles("CC=CC", "x")), positions).all()


def test_a_carbon_outside_the_tetrahedron_of_its_neighbours(ensembles):
    """qm9train-1415: RDKit's perception from 3D turns over with the order of the bonds."""
    strained = next(e for e in ensembles if e.molecule.id == "qm9train-1415")
    mol = to_rdkit(strained.molecule)
    assert canonical_smiles(mol) == "OC[C@@]12C[C@H]1CN=CO2"
    order = np.random.default_rng(1).permutation(mol.GetNumAtoms())
    for turn in (np.arange(len(order)), order, order[::-1]):
        turned = Chem.RenumberAtoms(mol, turn.tolist())
        placed = with_conformers(turned, [strained.positions[0][turn]])
        perceive_stereo(placed)
        assert canonical_smiles(placed) == canonical_smiles(mol)


def test_failed_conformers_show_no_stereo():
    molecule = molecule_from_smiles("C[C@H](O)F", "x")
    positions = embed_etkdg(molecule, 2, 1).positions
    positions[0] = np.nan
    assert stereo_kept(to_rdkit(molecule), positions).tolist() == [False, True]


def test_only_imine_stereo_is_left_open():
    open_ = without_imine_stereo(molecule_from_smiles("[H]/N=C(/C)C/C=C/C", "x"))
    assert canonical_smiles(to_rdkit(open_)) == "C/C=C/CC(C)=N"
    oxime = molecule_from_smiles("C/C(=N\\O)CC", "x")
    assert without_imine_stereo(oxime).smiles == oxime.smiles
