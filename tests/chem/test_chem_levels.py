"""Levels are nested for every shipped molecule and equal RDKit's Murcko scaffold."""

import re

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from pipeline_src.chem.levels import all_atoms, extract_levels, heavy_atoms, scaffold_atoms
from pipeline_src.chem.molecules import canonical_smiles, to_rdkit
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.run.parts import PARTS


def test_levels_of_all_shipped_molecules_are_nested(ensembles):
    reasons = set()
    for ensemble in ensembles:
        hierarchy = extract_levels(ensemble.molecule, ensemble.n_conformers)
        assert list(hierarchy.levels) == ["scaffold", "heavy", "all"]
        assert hierarchy.n_references == ensemble.n_conformers
        heavy = hierarchy.levels["heavy"]
        assert (ensemble.molecule.numbers[heavy] > 1).all()
        assert len(heavy) == (ensemble.molecule.numbers > 1).sum()
        for coarse, fine in (("scaffold", "heavy"), ("heavy", "all")):
            same = len(hierarchy.levels[coarse]) == len(hierarchy.levels[fine])
            assert same == (coarse in hierarchy.collapsed)
        reasons |= set(hierarchy.collapsed.values())
    assert reasons == {"no scaffold (acyclic)", "the scaffold is all heavy atoms"}


def test_scaffold_atoms_are_rdkits_murcko_scaffold(ensembles):
    for ensemble in ensembles:
        mol = to_rdkit(ensemble.molecule)
        flat = Chem.RemoveHs(mol)
        Chem.RemoveStereochemistry(flat)
        expected = MurckoScaffold.GetScaffoldForMol(flat)
        atoms = scaffold_atoms(mol).tolist()
        assert len(atoms) == expected.GetNumAtoms()
        if atoms:
            Chem.RemoveStereochemistry(mol)
            part = Chem.MolFragmentToSmiles(mol, atoms, allHsExplicit=False)
            again = Chem.MolFragmentToSmiles(expected, range(expected.GetNumAtoms()))
            assert _bare(part) == _bare(again)


def _bare(smiles):
    return re.sub(r"H\d?|[\[\]]", "", smiles)


def test_interleaved_hydrogens_keep_their_indices():
    mol = Chem.AddHs(Chem.MolFromSmiles("CCc1ccc(O)cc1"))
    order = np.random.default_rng(3).permutation(mol.GetNumAtoms())
    shuffled = Chem.RenumberAtoms(mol, order.tolist())
    place = np.argsort(order)
    for rule in (scaffold_atoms, heavy_atoms, all_atoms):
        assert np.array_equal(np.sort(place[rule(mol)]), rule(shuffled))


@pytest.mark.parametrize(("smiles", "sizes", "collapsed"), [
    ("CCO", (3, 3, 9), {"scaffold": "no scaffold (acyclic)"}),
    ("c1ccccc1", (6, 6, 12), {"scaffold": "the scaffold is all heavy atoms"}),
    ("Cc1ccccc1", (6, 7, 15), {}),
    ("O=C1CCCC1C", (6, 7, 17), {}),
    ("C", (1, 1, 5), {"scaffold": "no scaffold (acyclic)"}),
    ("[H][H]", (2, 2, 2), {"scaffold": "no scaffold (acyclic)", "heavy": "no heavy atom"}),
    ("ClC(Cl)(Cl)Cl", (5, 5, 5), {"scaffold": "no scaffold (acyclic)",
                                  "heavy": "every atom is a heavy atom"}),
])
def test_known_levels(smiles, sizes, collapsed):
    hierarchy = extract_levels(molecule_from_smiles(smiles, "x"))
    assert tuple(len(atoms) for atoms in hierarchy.levels.values()) == sizes
    assert hierarchy.collapsed == collapsed


def test_a_new_level_is_one_line_in_the_table(monkeypatch):
    table = {"ring": f"{__name__}:ring_atoms", **PARTS["level"]}
    monkeypatch.setitem(PARTS, "level", table)
    hierarchy = extract_levels(molecule_from_smiles("O=C1CCCC1C", "x"))
    assert [len(a) for a in hierarchy.levels.values()] == [5, 6, 7, 17]
    acyclic = extract_levels(molecule_from_smiles("CC", "x"))
    assert acyclic.collapsed["ring"] == "level 'ring' picks too few atoms"


def ring_atoms(mol):
    return np.array([a.GetIdx() for a in mol.GetAtoms() if a.IsInRing()], dtype=np.int64)


def test_the_scaffold_of_a_drug_is_the_manifests(ensembles):
    drug = next(e for e in ensembles if e.molecule.id == "geom_drugs_t03")
    assert canonical_smiles(to_rdkit(drug.molecule)) == "S=C(NCc1ccc2c(c1)OCO2)NC1CC1"
    hierarchy = extract_levels(drug.molecule)
    assert hierarchy.collapsed == {"scaffold": "the scaffold is all heavy atoms"}
    assert len(hierarchy.levels["scaffold"]) == 17
