"""Psi4 and PySCF with equal settings on small molecules; `snakemake check_quantum` has twenty."""

import numpy as np
import pytest
from pyscf import dft, gto
from water_molecule import WATER

from pipeline_src.ensembles import Molecule
from pipeline_src.quantum.conformer_jobs import ConformerJob
from pipeline_src.quantum.cross_check import compared_row
from pipeline_src.quantum.pyscf_engine import PySCF
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.quantum_check import ExactScf, QuantumCheck, SinglePointLevel

SETTINGS = QuantumCheck()
FORMALDEHYDE = np.array([[0, 0, 0], [1.205, 0, 0], [-0.58, 0.94, 0], [-0.58, -0.94, 0]],
                        dtype=np.float32)  # Å
NUMBERS = {"water": [8, 1, 1], "formaldehyde": [6, 8, 1, 1], "hydroxide": [8, 1]}
POSITIONS = {"water": WATER, "formaldehyde": FORMALDEHYDE, "hydroxide": WATER[:2]}


def job(name: str) -> ConformerJob:
    numbers = np.array(NUMBERS[name])
    charges = np.zeros(len(numbers), dtype=np.int64)
    charges[0] = -1 if name == "hydroxide" else 0
    bonds = np.zeros((0, 2), dtype=np.int64)
    return ConformerJob(name, 0, Molecule(name, "", numbers, charges, bonds, bonds[:, 0]),
                        POSITIONS[name])


@pytest.mark.psi4
@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("level", SETTINGS.levels, ids=lambda level: level.name)
def test_energies_and_gaps_agree(name, level):
    single_points = SETTINGS.single_points(level)
    results = {engine: load_part("orbitals", engine)(single_points).orbitals(
        job(name).molecule, job(name).positions) for engine in ("psi4", "pyscf")}
    row = compared_row(job(name), level, results, SETTINGS.gap_limit_ev)
    assert row["reason"] == ""
    assert row["within_limits"] == "yes", row


def test_the_other_variant_of_b3lyp_would_be_noticed():
    """VWN5 in place of VWN_RPA moves water by far more than the limit."""
    level = SETTINGS.levels[1]
    ours = PySCF(SETTINGS.single_points(level)).orbitals(job("water").molecule, WATER)
    mol = gto.M(atom=list(zip(NUMBERS["water"], WATER.tolist(), strict=True)),
                basis=level.basis, cart=True, verbose=0)
    energies = {xc: dft.RKS(mol, xc=xc).kernel() for xc in ("b3lypg", "b3lyp5")}
    assert ours.energy_hartree == pytest.approx(energies["b3lypg"], abs=1e-5)
    assert abs(ours.energy_hartree - energies["b3lyp5"]) > 100 * level.energy_limit_hartree


def test_d_functions_are_cartesian():
    engine = PySCF(SinglePointLevel(method="hf", basis="6-31g*"))
    field = engine._field(job("water").molecule, WATER)
    assert field.mol.nao == 9 + 6 + 2 * 2  # O: 3 s, 2 p, 6 d; H: 2 s; with 5 d it were one less


def hydrogen_iodide() -> tuple[Molecule, np.ndarray]:
    bonds = np.array([[0, 1]])
    molecule = Molecule("HI", "", np.array([53, 1]), np.zeros(2, dtype=np.int64), bonds,
                        np.array([1]))
    return molecule, np.array([[0, 0, 0], [0, 0, 1.61]], dtype=np.float32)


def test_what_pyscf_refuses_is_a_reason():
    hf = PySCF(SinglePointLevel(method="hf", basis="6-31g**"))
    assert hf.orbitals(*hydrogen_iodide()).reason.startswith("BasisNotFoundError")
    near = hf.orbitals(job("water").molecule, WATER * 0.1)
    assert near.reason.startswith("atoms 1 and 2 are") and near.energy_hartree is None
    hasty = SinglePointLevel(method="hf", basis="6-31g**", scf=ExactScf(cycles=2))
    assert PySCF(hasty).orbitals(job("water").molecule, WATER).reason == (
        "SCF not converged in 2 cycles")


def test_no_empty_orbital_is_a_reason():
    bonds = np.zeros((0, 2), dtype=np.int64)
    helium = Molecule("He", "", np.array([2]), np.zeros(1, dtype=np.int64), bonds, bonds[:, 0])
    minimal = PySCF(SinglePointLevel(method="hf", basis="sto-3g"))
    assert minimal.orbitals(helium, WATER[:1]).reason == "no empty orbital in basis sto-3g"
