"""RMSD over symmetry mappings: known answers, agreement with RDKit, hard cases."""

import time
import weakref

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdMolAlign
from scipy.spatial.transform import Rotation

from pipeline_src.chem import rmsd
from pipeline_src.chem.molecules import from_rdkit, to_rdkit, with_conformers
from pipeline_src.chem.rmsd import align_onto, rmsd_matrices, rmsd_matrix
from pipeline_src.chem.symmetry import symmetry_mappings
from pipeline_src.ensembles import Molecule
from pipeline_src.run.errors import InputError

DRUG_LIKE = [
    "CC(C)CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "CC(=O)Oc1ccccc1C(=O)[O-]",
    "O=[N+]([O-])c1ccc(CC(N)=O)cc1", "NC(=N)NCCCC(N)C(=O)O", "OP(=O)(O)OCc1ccccc1",
    "CS(=O)(=O)Nc1ccc(C(F)(F)F)cc1", "C[N+](C)(C)CC([O-])=O", "O=C(O)CCC(=O)O",
    "O=C([O-])C(C(=O)[O-])C(=O)O", "CC(C)(C)c1cc(C(C)(C)C)cc(C(F)(F)F)c1", "CC#CC",
]


def embedded(smiles: str, count: int, shuffle: bool = True) -> tuple[Molecule, np.ndarray]:
    """A molecule in shuffled atom order (hydrogens in between) and conformers  # (C, N, 3)"""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    if shuffle:
        order = np.random.default_rng(7).permutation(mol.GetNumAtoms())
        mol = Chem.RenumberAtoms(mol, order.tolist())
    rdDistGeom.EmbedMultipleConfs(mol, count, randomSeed=11)
    positions = np.array([c.GetPositions() for c in mol.GetConformers()])
    return from_rdkit(mol, smiles), positions


def rdkit_matrix(molecule: Molecule, positions: np.ndarray, symmetrize: bool) -> np.ndarray:
    """The oracle: GetBestRMS after RemoveHs  # (C, C)"""
    mol = Chem.RemoveHs(with_conformers(to_rdkit(molecule), positions))
    indices = range(len(positions))
    return np.array([[
        rdMolAlign.GetBestRMS(Chem.Mol(mol), mol, g, r,
                              symmetrizeConjugatedTerminalGroups=symmetrize)
        for g in indices] for r in indices])


def moved(positions: np.ndarray, seed: int = 3) -> np.ndarray:
    rotation = Rotation.random(random_state=seed).as_matrix()
    return positions @ rotation.T + np.array([4.0, -7.0, 2.0])


def swapped(positions: np.ndarray, i: int, j: int) -> np.ndarray:
    result = positions.copy()
    result[..., [i, j], :] = positions[..., [j, i], :]
    return result


def terminal_oxygens(molecule: Molecule) -> list[int]:
    """Oxygens with one heavy neighbour and no hydrogen."""
    degree = np.bincount(molecule.bonds.reshape(-1), minlength=molecule.n_atoms)
    return np.flatnonzero((molecule.numbers == 8) & (degree == 1)).tolist()


@pytest.mark.parametrize("symmetrize", [True, False])
@pytest.mark.parametrize("smiles", DRUG_LIKE)
def test_agrees_with_rdkit_on_conformers_with_hydrogens_between(smiles, symmetrize):
    molecule, positions = embedded(smiles, 6)
    expected = rdkit_matrix(molecule, positions, symmetrize)
    np.testing.assert_allclose(
        rmsd_matrix(molecule, positions, positions, symmetrize), expected, atol=1e-6)


def test_the_two_modes_differ_where_terminal_groups_are_conjugated():
    molecule, positions = embedded("O=[N+]([O-])c1ccc(CC(N)=O)cc1", 4)
    new = rmsd_matrix(molecule, positions, positions, True)
    old = rmsd_matrix(molecule, positions, positions, False)
    assert (new <= old + 1e-9).all() and (old - new).max() > 0.05


@pytest.mark.parametrize("smiles", ["C[N+](=O)[O-]", "CCC(=O)[O-]", "Cc1ccccc1[N+](=O)[O-]"])
def test_flipped_oxygens_of_nitro_and_carboxylate(smiles):
    molecule, positions = embedded(smiles, 1)
    flipped = moved(swapped(positions, *terminal_oxygens(molecule)))
    assert rmsd_matrix(molecule, positions, flipped, True)[0, 0] < 1e-5
    both = np.concatenate([positions, flipped])
    plain = rmsd_matrix(molecule, positions, flipped, False)[0, 0]
    assert plain == pytest.approx(rdkit_matrix(molecule, both, False)[0, 1], abs=1e-6)
    # what of it a rotation undoes depends on the rest; methyl and nitro alone are nearly C2v
    assert plain > 0.001


def test_flipped_carboxylic_acid_and_phosphate_follow_rdkit():
    for smiles in ("CCC(=O)O", "COP(=O)(O)O"):
        molecule, positions = embedded(smiles, 3)
        for symmetrize in (True, False):
            np.testing.assert_allclose(rmsd_matrix(molecule, positions, positions, symmetrize),
                                       rdkit_matrix(molecule, positions, symmetrize), atol=1e-6)


@pytest.mark.parametrize("smiles", DRUG_LIKE[:4] + ["C", "CO", "N#N", "C#N", "C#CC#C", "CC"])
def test_shift_and_rotation_give_zero(smiles):
    molecule, positions = embedded(smiles, 2)
    np.testing.assert_array_less(
        np.diag(rmsd_matrix(molecule, positions, moved(positions), False)), 1e-5)


def test_mirror_image_of_a_chiral_molecule_is_far():
    molecule, positions = embedded("F[C@](Cl)(Br)I", 1)
    assert rmsd_matrix(molecule, positions, positions * [-1, 1, 1], True)[0, 0] > 0.3


def test_mirror_image_of_a_flat_molecule_is_itself():
    molecule, positions = embedded("Nc1ccc(F)c(Cl)c1", 1)
    flat = positions * [1, 1, 0]
    assert rmsd_matrix(molecule, flat, flat * [-1, 1, 1], True)[0, 0] < 1e-5


def test_imine_hydrogen_that_rdkit_keeps_is_left_out():
    mol = Chem.AddHs(Chem.MolFromSmiles("[H]/N=C(\\C)CC"))
    assert any(a.GetAtomicNum() == 1 for a in Chem.RemoveHs(mol).GetAtoms())
    rdDistGeom.EmbedMolecule(mol, randomSeed=5)
    mol = Chem.RenumberAtoms(mol, list(range(mol.GetNumAtoms()))[::-1])  # that H is last no more
    molecule = from_rdkit(mol, "imine")
    positions = mol.GetConformer().GetPositions()[None]
    hydrogens = molecule.numbers == 1
    other = positions.copy()
    other[:, hydrogens] += np.random.default_rng(0).normal(size=(hydrogens.sum(), 3))
    assert rmsd_matrix(molecule, positions, moved(other), True)[0, 0] < 1e-5


def test_one_heavy_atom_is_zero_and_two_are_their_bond_difference():
    methane, positions = embedded("C", 2)
    assert (rmsd_matrix(methane, positions, positions + 1, True) == 0).all()
    molecule = Molecule("CO", "", np.array([6, 8]), np.zeros(2, dtype=np.int64),
                        np.array([[0, 1]]), np.array([1]))
    short = np.array([[[0, 0, 0], [1.0, 0, 0]]])
    long = np.array([[[5, 0, 0], [5, 0, 1.4]]])
    # both atoms are 0.2 Å off after superposition
    assert rmsd_matrix(molecule, short, long, False)[0, 0] == pytest.approx(0.2, abs=1e-12)


def test_nearly_linear_molecules_choose_the_right_mapping():
    molecule, positions = embedded("N#CC#N", 6)
    heavy = np.flatnonzero(molecule.numbers > 1)
    maps = symmetry_mappings(molecule, True, 10).maps
    assert len(maps) == 2
    result = rmsd_matrix(molecule, positions, positions, True)
    for r, g in np.ndindex(result.shape):
        a, b = (p[heavy] - p[heavy].mean(axis=0) for p in (positions[r], positions[g]))
        misfits = [Rotation.align_vectors(a[m], b)[1] / np.sqrt(len(heavy)) for m in maps]
        assert result[r, g] == pytest.approx(min(misfits), abs=1e-6)


def test_thousands_of_mappings_take_seconds_and_agree_with_rdkit():
    molecule, positions = embedded("CC(C)(C)c1c(C(F)(F)F)cc(CC(C)(C)C)c(OC(F)(F)F)c1C(F)(F)F", 2)
    rng = np.random.default_rng(1)
    samples = (positions[:, None] + rng.normal(0, 0.4, (2, 10, *positions.shape[1:])))
    samples = samples.reshape(20, *positions.shape[1:])
    mappings = symmetry_mappings(molecule, True, 1_000_000)
    assert mappings.complete and mappings.count == 6 ** 5
    started = time.perf_counter()
    result = rmsd_matrix(molecule, positions, samples, True)
    assert time.perf_counter() - started < 10
    both = np.concatenate([positions[:1], samples[:1]])
    assert result[0, 0] == pytest.approx(rdkit_matrix(molecule, both, True)[0, 1], abs=1e-6)


def test_neopentane_permutations_give_zero():
    molecule, positions = embedded("CC(C)(C)C", 1)
    ends = np.flatnonzero((molecule.numbers == 6) & (np.bincount(
        molecule.bonds[(molecule.numbers[molecule.bonds] == 6).all(axis=1)].reshape(-1),
        minlength=molecule.n_atoms) == 1))
    turned = swapped(swapped(positions, ends[0], ends[1]), ends[1], ends[2])
    assert rmsd_matrix(molecule, positions, turned, False)[0, 0] < 1e-5


def test_more_mappings_than_allowed_are_flagged_and_bound_from_above():
    molecule, positions = embedded("CC(C)(C)c1cc(C(C)(C)C)cc(C(F)(F)F)c1", 3)
    assert not symmetry_mappings(molecule, True, 431).complete
    assert symmetry_mappings(molecule, True, 432).complete
    few = rmsd_matrix(molecule, positions, positions, True, max_matches=1)
    all_of_them = rmsd_matrix(molecule, positions, positions, True)
    assert (few >= all_of_them - 1e-9).all() and (few - all_of_them).max() > 0.01


def test_blocks_do_not_change_the_answer(monkeypatch):
    molecule, positions = embedded("O=C([O-])C(C(=O)[O-])C(=O)O", 5)
    whole = rmsd_matrix(molecule, positions, positions[:3], True)
    monkeypatch.setattr("pipeline_src.chem.best_mapping._BLOCK", 7)
    np.testing.assert_array_equal(rmsd_matrix(molecule, positions, positions[:3], True), whole)


@pytest.mark.parametrize("block", [7, 3000])
def test_molecules_together_are_each_alone(block, monkeypatch):
    monkeypatch.setattr("pipeline_src.chem.best_mapping._BLOCK", block)
    found = [embedded(smiles, 3) for smiles in DRUG_LIKE]  # one of them with branches
    molecules, samples = [m for m, _ in found], [x for _, x in found]
    references = [x[:2] for x in samples]
    references[1] = references[1][:0]
    together = rmsd_matrices(molecules, references, samples, True)
    for each, *alone in zip(together, molecules, references, samples, strict=True):
        np.testing.assert_allclose(each, rmsd_matrix(*alone, True), atol=1e-9)
    assert together[1].shape == (0, 3)


@pytest.mark.parametrize("smiles, samples", [
    ("FC(F)(F)c1cc(C(F)(F)F)cc(C(F)(F)F)c1", 2),  # with branches
    ("CC(C)(C)C", 200)])  # 24 mappings: each molecule fills blocks
def test_mappings_of_finished_molecules_are_not_held(smiles, samples, monkeypatch):
    """They take N times the room of the RMSDs."""
    molecule, positions = embedded(smiles, 2)
    held, reduce = [], rmsd._rmsd

    def watched(best):
        held.append(weakref.ref(best.chosen))
        assert sum(chosen() is not None for chosen in held) <= 2
        return reduce(best)

    monkeypatch.setattr(rmsd, "_rmsd", watched)
    generated = np.resize(positions, (samples, *positions.shape[1:]))
    rmsd_matrices([molecule] * 6, [positions] * 6, [generated] * 6, True)
    assert len(held) == 6


def test_float32_positions_and_beads_of_a_level_without_smiles():
    molecule, positions = embedded("CC(C)c1ccccc1", 3)
    heavy = np.flatnonzero(molecule.numbers > 1)
    beads = molecule.induced(heavy)
    np.testing.assert_allclose(
        rmsd_matrix(beads, positions[:, heavy].astype(np.float32), positions[:, heavy], True),
        rmsd_matrix(molecule, positions, positions, True), atol=1e-5)


def test_alignment_moves_all_atoms_rigidly_to_the_best_rmsd():
    molecule, positions = embedded("O=C(O)CC(C)c1ccccc1", 2)
    target, conformer = positions[0], moved(positions[1])
    aligned = align_onto(target, conformer, molecule, symmetrize=True)
    heavy = molecule.numbers > 1
    maps = symmetry_mappings(molecule, True, 1000).maps
    residual = min(np.sqrt(((target[heavy][m] - aligned[heavy]) ** 2).sum(axis=1).mean())
                   for m in maps)
    best = rmsd_matrix(molecule, target[None], conformer[None], True)[0, 0]
    assert residual == pytest.approx(best, abs=1e-9)
    before = np.linalg.norm(conformer[:, None] - conformer[None], axis=-1)
    after = np.linalg.norm(aligned[:, None] - aligned[None], axis=-1)
    np.testing.assert_allclose(after, before, atol=1e-9)
    volume = [np.linalg.det(p[1:4] - p[0]) for p in (conformer, aligned)]
    assert volume[0] == pytest.approx(volume[1])  # no reflection


def test_bad_input_is_named():
    molecule, positions = embedded("CCO", 1)
    with pytest.raises(InputError, match=r"shape \(C, 9, 3\)"):
        rmsd_matrix(molecule, positions[:, :4], positions, True)
    with pytest.raises(InputError, match="NaN"):
        rmsd_matrix(molecule, positions, positions * np.nan, True)
    with pytest.raises(InputError, match="max_matches"):
        rmsd_matrix(molecule, positions, positions, True, max_matches=0)
    hydrogen = Molecule("H2", "", np.array([1, 1]), np.zeros(2, dtype=np.int64),
                        np.array([[0, 1]]), np.array([1]))
    with pytest.raises(InputError, match="no heavy atom"):
        rmsd_matrix(hydrogen, np.zeros((1, 2, 3)), np.zeros((1, 2, 3)), True)


@pytest.mark.parametrize("smiles", DRUG_LIKE)
def test_a_turned_copy_has_no_rmsd_but_rounding(smiles):
    molecule, positions = embedded(smiles, 2)
    for symmetrize in (True, False):
        result = rmsd_matrix(molecule, positions, moved(positions), symmetrize)
        assert np.diag(result).max() < 1e-12
