"""Molecule <-> RDKit: the same graph, order and stereo both ways."""

from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem

from pipeline_src.chem.molecules import (
    canonical_smiles,
    from_rdkit,
    to_rdkit,
    with_conformers,
)
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.run.errors import InputError


def test_shipped_molecules_survive_the_round_trip(ensembles):
    for ensemble in ensembles:
        mol = to_rdkit(ensemble.molecule)
        again = from_rdkit(mol, ensemble.molecule.id)
        assert again.smiles == ensemble.molecule.smiles
        for name in ("numbers", "charges", "bonds", "orders"):
            assert np.array_equal(getattr(again, name), getattr(ensemble.molecule, name))
        assert not any(atom.GetAtomMapNum() for atom in mol.GetAtoms())


@pytest.mark.parametrize("smiles", [
    "C/C=C/C", "C/C=C\\C", "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "C[S@](=O)c1ccccc1",
    "[H]/N=C(\\C)N", "c1ccc2[nH]ccc2c1", "C[N+](=O)[O-]", "[2H]C([2H])Cl", "O=C([O-])C[NH3+]",
    "F/C=C/[C@H](Cl)Br", "[H][H]", "C1CC[C@@H]2CCCC[C@H]2C1", "N[Pt](N)(Cl)Cl",
])
def test_smiles_round_trip(smiles):
    molecule = molecule_from_smiles(smiles, "x")
    expected = Chem.MolToSmiles(Chem.MolFromSmiles(smiles))
    assert canonical_smiles(to_rdkit(molecule)) == expected


def test_order_of_shuffled_atoms_is_kept():
    mol = Chem.AddHs(Chem.MolFromSmiles("C[C@H](O)/C=C/c1ccncc1"))
    order = np.random.default_rng(0).permutation(mol.GetNumAtoms())  # hydrogens interleaved
    shuffled = Chem.RenumberAtoms(mol, order.tolist())
    molecule = from_rdkit(shuffled, "x")
    assert molecule.numbers.tolist() == [a.GetAtomicNum() for a in shuffled.GetAtoms()]
    assert 12 in molecule.orders and 2 in molecule.orders
    assert canonical_smiles(to_rdkit(molecule)) == canonical_smiles(mol)
    assert (np.diff(molecule.bonds[:, 0]) >= 0).all()


def test_missing_hydrogens_are_refused():
    with pytest.raises(InputError, match="hydrogens"):
        from_rdkit(Chem.MolFromSmiles("CCO"), "x")


def test_smiles_that_disagrees_with_the_arrays_is_refused():
    molecule = molecule_from_smiles("CCO", "x")
    numbers = molecule.numbers.copy()
    numbers[0] = 7
    with pytest.raises(InputError, match="numbers"):
        to_rdkit(replace(molecule, numbers=numbers))
    for smiles in ("", "nonsense", "[CH4:1]", "CCO"):
        with pytest.raises(InputError, match="smiles"):
            to_rdkit(replace(molecule, smiles=smiles))


def test_with_conformers_holds_the_positions():
    molecule = molecule_from_smiles("CO", "x")
    positions = np.random.default_rng(1).normal(size=(2, molecule.n_atoms, 3)).astype(np.float32)
    mol = with_conformers(to_rdkit(molecule), positions)
    assert [c.GetId() for c in mol.GetConformers()] == [0, 1]
    held = np.stack([c.GetPositions() for c in mol.GetConformers()])
    assert np.array_equal(held.astype(np.float32), positions)
