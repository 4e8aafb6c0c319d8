"""Each check finds what it is for, in conformers of which that alone is wrong."""

import csv

import numpy as np
import pytest
from rdkit.Chem import rdMolTransforms

from pipeline_src.chem.embed import embed_etkdg_mmff
from pipeline_src.chem.molecules import to_rdkit, with_conformers
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.jobs import ValidityJob
from pipeline_src.score_validity import score_validity
from pipeline_src.scores.posebusters_checks import CHECKS

ALL = ValidityJob(checks=("posebusters", "internal_energy", "stereo"))
PLAIN = ValidityJob(checks=("posebusters", "stereo"))


@pytest.fixture
def check(written, tmp_path):
    """A function: rows of the checks of these ensembles."""
    def run(ensembles, settings=PLAIN, missing=()):
        samples, split = written(ensembles, missing)
        score_validity(settings, samples, split, 0, tmp_path / "v.csv")
        with open(tmp_path / "v.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return run


def minimum(smiles: str) -> Ensemble:
    return embed_etkdg_mmff(molecule_from_smiles(smiles, smiles), 1, 2021)


def changed(smiles: str, change) -> Ensemble:
    """The minimum after ``change`` of its coordinates, which gets the molecule too."""
    good = minimum(smiles)
    mol = with_conformers(to_rdkit(good.molecule), good.positions)
    positions = change(mol, good.positions[0].astype(float))
    return Ensemble(good.molecule, np.asarray(positions, dtype=np.float32)[None])


def failed(row: dict) -> set[str]:
    return {name for name in (*CHECKS, "internal_energy", "stereo_kept") if row[name] == "0"}


@pytest.mark.parametrize("smiles", ["OC(=O)[C@@H](N)Cc1ccccc1", "C/C=C/C1CCCCC1"])
def test_good_conformers_pass_everything(check, smiles):
    (row,) = check([minimum(smiles)], ALL)
    assert not failed(row) and row["status"] == "ok"
    assert all(row[name] == "1" for name in (*CHECKS, "internal_energy", "stereo_kept"))
    assert row["clashes"] == "0" and 0 < float(row["energy_ratio"]) < 100


def squeezed(mol, positions):
    """The methyl group of ethanol moved towards the other carbon, which ends 1 Å apart."""
    group = [0, *(a.GetIdx() for a in mol.GetAtomWithIdx(0).GetNeighbors() if a.GetIdx() != 1)]
    bond = positions[1] - positions[0]
    positions[group] += bond * (1 - 1.0 / np.linalg.norm(bond))
    return positions


def curled(mol, positions):
    """Hexane with all dihedral angles of its carbons zero: its ends meet."""
    conformer = mol.GetConformer()
    for first in range(3):
        rdMolTransforms.SetDihedralDeg(conformer, *range(first, first + 4), 0.0)
    return conformer.GetPositions()


def flattened(mol, positions):
    """Cyclohexane's carbons as a regular hexagon of 1.53 Å, hydrogens above and below."""
    angles = np.arange(6) * np.pi / 3
    ring = np.stack([np.cos(angles), np.sin(angles), np.zeros(6)], axis=1)
    positions[:6] = 1.53 * ring
    for k in range(6):
        above = [a.GetIdx() for a in mol.GetAtomWithIdx(k).GetNeighbors() if a.GetAtomicNum() == 1]
        positions[above] = 1.53 * ring[k] + 0.63 * ring[k] + np.array([[0, 0, 0.9], [0, 0, -0.9]])
    return positions


def bent(mol, positions):
    """Benzene as a chair: its carbons, with their hydrogens, by turns above and below its plane."""
    normal = np.cross(positions[1] - positions[0], positions[2] - positions[0])
    for k in range(6):
        group = [k, *(a.GetIdx() for a in mol.GetAtomWithIdx(k).GetNeighbors()
                      if a.GetAtomicNum() == 1)]
        positions[group] += 0.35 * (-1) ** k * normal / np.linalg.norm(normal)
    return positions


def twisted(mol, positions):
    """Ethylene's ends at a right angle."""
    conformer = mol.GetConformer()
    rdMolTransforms.SetDihedralDeg(conformer, 2, 0, 1, 4, 90.0)
    return conformer.GetPositions()


@pytest.mark.parametrize("smiles, change, expected", [
    ("CCO", squeezed, {"bond_lengths"}),
    ("CCCCCC", curled, {"no_steric_clash"}),
    ("C1CCCCC1", flattened, {"other_rings_not_flat"}),
    ("c1ccccc1", bent, {"aromatic_rings_flat"}),
    ("C=C", twisted, {"double_bonds_flat"}),
    ("C[C@H](O)F", lambda mol, positions: -positions, {"stereo_kept"}),
])
def test_the_right_check_finds_it(check, smiles, change, expected):
    (row,) = check([changed(smiles, change)])
    assert failed(row) == expected and row["status"] == "ok"
    assert (row["clashes"] != "0") == (expected == {"no_steric_clash"})


def test_a_conformer_torn_up_has_an_energy_out_of_bounds(check):
    (row,) = check([changed("CCCO", lambda mol, positions: positions * 0.6)], ALL)
    assert {"bond_lengths", "internal_energy"} <= failed(row)


def test_what_does_not_apply_or_was_not_asked_for_is_empty(check, samples):
    rows = check(samples[:1])
    assert {row["stereo_kept"] for row in rows} == {""} == {row["internal_energy"] for row in rows}
    rows = check(samples[4:], ValidityJob(checks=("stereo",)))
    assert {(row["stereo_kept"], row["bond_lengths"], row["clashes"]) for row in rows} == {
        ("1", "", "")}


def test_failures_are_rows(check, samples):
    rows = check(samples[:2], missing=("nobody",))
    assert [(row["molecule"], row["conformer"], row["reason"]) for row in rows] == [
        *(("ethanol", c, "") for c in "012"), ("amide", "0", "not sampled: diverged"),
        ("amide", "1", ""), ("nobody", "", "molecule missing from the samples")]


def test_few_conformers_of_a_molecule_whatever_the_order(check, samples):
    few = ValidityJob(checks=("stereo",), conformers=1, seed=3)
    rows = check(samples, few)
    assert len(rows) == 5 and rows == check(samples[::-1], few)[::-1]


@pytest.mark.parametrize("smiles", ["[H][H]", "O", "[NH4+]", "C#N"])
def test_the_smallest_molecules_are_checked(check, smiles):
    (row,) = check([minimum(smiles) if smiles != "[H][H]" else Ensemble(
        molecule_from_smiles(smiles, smiles),
        np.array([[[0, 0, 0], [0, 0, 0.74]]], dtype=np.float32))])
    assert not failed(row)


def test_beads_are_refused(check, samples):
    with pytest.raises(InputError, match="all atoms"):
        check([Ensemble(samples[0].molecule, samples[0].positions, level="heavy")])
