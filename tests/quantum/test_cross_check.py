"""Which conformers both programs get, what their results' table says, and going on after a stop."""

import csv

import numpy as np
import pytest

from pipeline_src import check_quantum as step
from pipeline_src.check_quantum import check_quantum
from pipeline_src.ensembles import Ensemble, Molecule
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.quantum.cross_check import chosen, compared_row, summary_rows, summary_text
from pipeline_src.quantum.single_point import Result
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.quantum_check import QuantumCheck
from pipeline_src.run.units import HARTREE_TO_EV

TWO = QuantumCheck(smallest=2, largest=4, conformers=4)
HF, B3LYP = TWO.levels


def chain_of(name: str, n_atoms: int, energies=(0.0,), charge: int = 0, reasons=()) -> Ensemble:
    """Hydrogen atoms an ångström apart; no molecule that there is."""
    charges = np.zeros(n_atoms, dtype=np.int64)
    charges[0] = charge
    positions = np.zeros((len(energies), n_atoms, 3), dtype=np.float32)
    positions[:, :, 0] = np.arange(n_atoms)
    positions[:, :, 1] = np.arange(len(energies))[:, None]
    bonds = np.array([[i, i + 1] for i in range(n_atoms - 1)])
    molecule = Molecule(name, "", np.ones(n_atoms, dtype=np.int64), charges, bonds,
                        np.ones(n_atoms - 1, dtype=np.int64))
    return Ensemble(molecule, positions, energies_hartree=np.array(energies), reasons=reasons)


ENSEMBLES = [chain_of("d", 2), chain_of("b", 3, (-1.0, -3.0, -2.0)), chain_of("a", 3),
             chain_of("c", 2, (-5.0, -1.0), reasons=("diverged", "")), chain_of("e", 5),
             chain_of("ion", 4, charge=2), chain_of("f", 2), chain_of("g", 4)]


def test_choice_goes_round_the_sizes_and_takes_the_lowest_conformer():
    jobs = chosen(iter(ENSEMBLES), TWO)
    # first of 2, 3 and 4 atoms by id, then the second of 2; e is too large, ion is charged
    assert [(job.name, job.conformer) for job in jobs] == [("c", 1), ("a", 0), ("g", 0), ("d", 0)]
    more = chosen(iter(ENSEMBLES), TWO.model_copy(update={"conformers": 6}))
    assert [(job.name, job.conformer) for job in more[4:]] == [("b", 1), ("f", 0)]
    with pytest.raises(InputError, match="at most the 6 molecules"):
        chosen(iter(ENSEMBLES), TWO.model_copy(update={"conformers": 7}))


def results(energy=0.0, gap_ev=0.0, reason="") -> dict[str, Result]:
    """Psi4's, that much above PySCF's."""
    gap = gap_ev / HARTREE_TO_EV
    psi4 = Result(reason=reason) if reason else Result(-1 + energy, -0.5, 0.25 + gap, seconds=1.26)
    return {"psi4": psi4, "pyscf": Result(-1.0, -0.5, 0.25, seconds=2.0)}


@pytest.mark.parametrize(("level", "energy", "gap", "within"), [
    (HF, 0.9e-5, 0.0, "yes"), (HF, -1.1e-5, 0.0, "no"), (B3LYP, -1.1e-5, 0.0, "yes"),
    (B3LYP, 1.1e-4, 0.0, "no"), (HF, 0.0, -0.0049, "yes"), (B3LYP, 0.0, 0.0051, "no")])
def test_limits_hold_for_either_sign(level, energy, gap, within):
    job = chosen(iter(ENSEMBLES), TWO)[0]
    row = compared_row(job, level, results(energy, gap), TWO.gap_limit_ev)
    assert row["within_limits"] == within and row["status"] == "ok"
    assert row["energy_difference_hartree"] == pytest.approx(energy, abs=1e-12)
    assert row["gap_difference_ev"] == pytest.approx(gap, abs=1e-9)
    assert (row["pyscf_hartree"], row["psi4_seconds"]) == ("-1.0000000000", "1.3")
    assert float(row["pyscf_gap_ev"]) == pytest.approx(0.75 * 27.211386245988, abs=1e-6)


def test_summary_by_hand():
    job = chosen(iter(ENSEMBLES), TWO)[0]
    rows = [compared_row(job, HF, results(energy), 0.005) for energy in (2e-6, -4e-6)]
    failed = compared_row(job, B3LYP, results(reason="no SCF"), 0.005)
    assert (failed["reason"], failed["within_limits"]) == ("psi4: no SCF", "no")
    first, second = summary_rows([*rows, failed], TWO)
    assert first["energy_max_hartree"] == pytest.approx(4e-6)
    assert first["energy_mean_hartree"] == pytest.approx(3e-6)
    assert (first["verdict"], first["n_failed"]) == ("agree", 0)
    assert (second["verdict"], second["n_failed"], second["gap_max_ev"]) == ("differ", 1, None)
    text = summary_text([first, second])
    assert "hf/6-31g**: Psi4 and PySCF agree; 2 conformers, 0 failed" in text
    assert "4.0e-06 hartree at most (mean 3.0e-06, limit 1e-05)" in text


@pytest.fixture
def engines(monkeypatch) -> list:
    """Stand-ins for both programs; every call is an entry of the list."""
    calls = []

    class StandIn:
        def __init__(self, settings, name):
            self.name, self.version, self.settings = name, "9", settings
            self.identity = [name, settings.model_dump()]

        def orbitals(self, molecule, positions):
            if len(calls) == 5 and calls[-1] != "stopped":
                calls.append("stopped")
                raise KeyboardInterrupt
            calls.append((self.name, molecule.id, self.settings.method))
            return Result(-float(positions.sum()), -0.5, 0.25)

    monkeypatch.setattr(step, "load_part", lambda seam, name: lambda s: StandIn(s, name))
    return calls


def test_goes_on_where_it_was_stopped(engines, tmp_path):
    write_ensembles(tmp_path / "e.parquet", ENSEMBLES)
    paths = (tmp_path / "e.parquet", tmp_path / "out.csv", tmp_path / "summary.csv")
    with pytest.raises(KeyboardInterrupt):
        check_quantum(TWO, *paths)
    assert not (tmp_path / "out.csv").exists()
    assert len(list((tmp_path / "out.csv.partial").iterdir())) == 5
    assert check_quantum(TWO, *paths) == {"versions": {"psi4": "9", "pyscf": "9"}}
    computed = [call for call in engines if call != "stopped"]
    assert len(computed) == len(set(computed)) == 4 * 2 * 2
    assert not (tmp_path / "out.csv.partial").exists()
    with open(tmp_path / "out.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["molecule"], row["method"]) for row in rows[:3]] == [
        ("c", "hf/6-31g**"), ("c", "b3lyp/6-31g*"), ("a", "hf/6-31g**")]
    assert {row["status"] for row in rows} == {"ok"}


def test_other_settings_take_nothing_up(engines, tmp_path):
    write_ensembles(tmp_path / "e.parquet", ENSEMBLES)
    paths = (tmp_path / "e.parquet", tmp_path / "out.csv", tmp_path / "summary.csv")
    with pytest.raises(KeyboardInterrupt):
        check_quantum(TWO, *paths)
    finer = TWO.model_copy(update={"scf": TWO.scf.model_copy(update={"angular_points": 590})})
    check_quantum(finer, *paths)
    assert len([call for call in engines if call != "stopped"]) == 5 + 16
