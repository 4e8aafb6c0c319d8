"""Samples after MMFF and GFN2-xTB: energies go down, failures are rows, a stopped job goes on."""

import csv
import os
import signal

import numpy as np
import pytest
from rdkit.Chem.rdForceFieldHelpers import MMFFGetMoleculeForceField, MMFFGetMoleculeProperties

from pipeline_src.chem.molecules import to_rdkit, with_conformers
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.drawing import drawn_conformers
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.quantum import mmff_relaxer
from pipeline_src.quantum.mmff_relaxer import MmffRelaxer
from pipeline_src.quantum.relaxers import not_uphill
from pipeline_src.quantum.xtb_relaxer import XtbRelaxer
from pipeline_src.relax_samples import relax_samples
from pipeline_src.run import allocation
from pipeline_src.run.errors import InputError, Interrupted
from pipeline_src.run.interrupt import immediate_stop
from pipeline_src.run.settings.experiment import GeometryScores
from pipeline_src.run.settings.jobs import RelaxJob, ScoreSettings
from pipeline_src.run.settings.validity import MmffRelaxation, XtbRelaxation
from pipeline_src.run.units import HARTREE_TO_KCAL_MOL
from pipeline_src.score_geometry import score_geometry

MMFF = RelaxJob(relaxer=MmffRelaxation())


@pytest.fixture
def relax(written, tmp_path):
    """A function: relaxed ensembles and rows of the energies, of these samples."""
    def run(ensembles, settings=MMFF, missing=()):
        samples, split = written(ensembles, missing)
        relax_samples(settings, samples, split, 0, tmp_path / "r.parquet", tmp_path / "r.csv")
        with open(tmp_path / "r.csv", newline="", encoding="utf-8") as file:
            return list(read_ensembles(tmp_path / "r.parquet")), list(csv.DictReader(file))

    return run


def test_energies_are_mmffs_and_go_down(relax, samples):
    relaxed, rows = relax([samples[0], samples[2], samples[4]])
    energies = {}
    for before, after in zip((samples[0], samples[2], samples[4]), relaxed, strict=True):
        for c, pair in enumerate(zip(before.positions, after.positions, strict=True)):
            mol = with_conformers(to_rdkit(before.molecule), pair)
            parameters = MMFFGetMoleculeProperties(mol, mmffVariant="MMFF94s")
            energies[before.molecule.id, str(c)] = [
                MMFFGetMoleculeForceField(mol, parameters, confId=k).CalcEnergy()
                for k in range(2)]
    assert len(rows) == 8 and all(row["status"] == "ok" for row in rows)
    for row in rows:
        start, end = energies[row["molecule"], row["conformer"]]
        assert float(row["strain_kcal_mol"]) == pytest.approx(start - end, abs=1e-5)
        assert float(row["strain_kcal_mol"]) > 0 and row["converged"] == "1"
        assert float(row["energy_after_hartree"]) * HARTREE_TO_KCAL_MOL == pytest.approx(
            end, abs=1e-5)
    assert relaxed[0].energies_hartree[2] == pytest.approx(
        float(rows[2]["energy_after_hartree"]), rel=1e-9)


def test_a_few_steps_are_no_failure_but_said(relax, samples):
    _, rows = relax(samples[2:3], RelaxJob(relaxer=MmffRelaxation(iterations=2)))
    assert {(row["status"], row["converged"]) for row in rows} == {("ok", "0")}
    assert all(float(row["strain_kcal_mol"]) >= 0 for row in rows)


def test_a_minimum_has_no_strain(relax, samples):
    relaxed, _ = relax(samples[:1], RelaxJob(relaxer=MmffRelaxation(iterations=5000)))
    _, rows = relax(relaxed)
    assert all(0 <= float(row["strain_kcal_mol"]) < 1e-4 for row in rows)


def test_the_end_is_never_above_the_start():
    start, end = np.zeros((1, 3)), np.ones((1, 3))
    up, down = not_uphill(start, -1.0, end, -0.9, True), not_uphill(start, -1.0, end, -1.1, True)
    assert up.positions is start and up.after_hartree == up.before_hartree == -1.0
    assert down.positions is end and down.after_hartree == -1.1


def test_failures_are_rows_and_have_no_positions(relax, samples):
    relaxed, rows = relax(samples, missing=("nobody",))
    reasons = {(r["molecule"], r["conformer"]): r["reason"] for r in rows if r["status"] != "ok"}
    assert reasons == {
        ("amide", "0"): "not sampled: diverged",
        ("nobody", ""): "molecule missing from the samples",
        **{("boron", c): "MMFF has no parameters for this molecule" for c in "01"}}
    amide, boron = relaxed[1], relaxed[3]
    assert amide.reasons == ("not sampled: diverged", "") and amide.notes == ("", "noted")
    assert not boron.ok.any() and np.isnan(boron.positions).all()
    assert len(rows) == sum(e.n_conformers for e in samples) + 1


def test_atoms_on_one_another_are_a_row(relax, samples):
    ethanol = samples[0]
    positions = ethanol.positions.copy()
    positions[1] = 0
    _, rows = relax([Ensemble(ethanol.molecule, positions)])
    assert [row["status"] for row in rows] == ["ok", "failed", "ok"] and "MMFF" in rows[1]["reason"]


def test_scores_take_relaxed_samples_as_they_are(relax, samples, tmp_path):
    relax(samples)
    references = tmp_path / "samples.parquet"
    settings = ScoreSettings(geometry=GeometryScores(symmetrize=(True,), grid_step_angstrom=1.0,
                                                     grid_stop_angstrom=1.0), deltas_angstrom=())
    score_geometry(settings, references, tmp_path / "split.csv", 0, tmp_path / "r.parquet", 1,
                   tmp_path / "scores.csv")
    with open(tmp_path / "scores.csv", newline="", encoding="utf-8") as file:
        rows = {row["molecule"]: row for row in csv.DictReader(file)}
    assert rows["ethanol"]["status"] == "ok" and 0 < float(rows["ethanol"]["mat_r"]) < 0.5
    assert rows["boron"]["status"] == "failed" and "no parameters" in rows["boron"]["reason"]
    assert (rows["amide"]["n_samples"], rows["amide"]["n_failed"]) == ("1", "1")


def test_the_order_of_molecules_changes_nothing_of_them(relax, samples):
    few = RelaxJob(relaxer=MmffRelaxation(conformers=1), seed=7)
    relaxed, rows = relax(samples, few)
    other, again = relax(samples[::-1], few)
    assert rows == again[::-1] and len(rows) == 5
    for one, two in zip(relaxed, other[::-1], strict=True):
        assert np.array_equal(one.positions, two.positions, equal_nan=True)


def test_draws_are_by_seed_and_molecule():
    draws = {(name, seed): tuple(drawn_conformers(name, 50, 5, seed))
             for name in "ab" for seed in (1, 2)}
    assert len(set(draws.values())) == 4 and all(len(set(d)) == 5 for d in draws.values())
    assert draws["a", 1] == tuple(drawn_conformers("a", 50, 5, 1)) == tuple(sorted(draws["a", 1]))
    assert list(drawn_conformers("a", 3, 5, 1)) == list(drawn_conformers("a", 3, None, None))


def test_a_stopped_job_goes_on_to_the_same_bytes(relax, samples, tmp_path, monkeypatch):
    relax(samples)
    whole = [(tmp_path / f"r.{end}").read_bytes() for end in ("parquet", "csv")]
    for end in ("parquet", "csv"):
        (tmp_path / f"r.{end}").unlink()
    calls = []

    class Stopped(MmffRelaxer):
        def relax(self, molecule, positions):
            calls.append(molecule.id)
            if calls == ["ethanol", "amide", "ring"]:
                os.kill(os.getpid(), signal.SIGTERM)
            return super().relax(molecule, positions)

    monkeypatch.setattr(mmff_relaxer, "MmffRelaxer", Stopped)
    with pytest.raises(Interrupted), immediate_stop():
        relax(samples)
    assert not (tmp_path / "r.parquet").exists() and not (tmp_path / "r.csv").exists()
    relax(samples)
    assert calls == ["ethanol", "amide", "ring", "ring", "boron", "chiral"]
    assert [(tmp_path / f"r.{end}").read_bytes() for end in ("parquet", "csv")] == whole
    assert not list(tmp_path.glob("*.partial"))


def test_a_job_stops_by_itself_before_its_allocation_ends(relax, samples, tmp_path, monkeypatch):
    monkeypatch.setattr(allocation, "slurm_end", lambda: 0.0)
    with pytest.raises(Interrupted, match="nearly over"):
        relax(samples)
    monkeypatch.undo()
    relax(samples)


def test_beads_are_refused(relax, samples):
    coarse = Ensemble(samples[0].molecule, samples[0].positions, level="heavy")
    with pytest.raises(InputError, match="all atoms"):
        relax([coarse])


def test_xtb_goes_down_and_a_reaction_is_a_failure(relax, embedded):
    water, glycine = embedded("water", "O", 1), embedded("zwitterion", "[NH3+]CC(=O)[O-]", 1)
    job = RelaxJob(relaxer=XtbRelaxation(conformers=None))
    relaxed, (first, second) = relax([water, glycine], job)
    assert float(first["energy_after_hartree"]) == pytest.approx(-5.070544, abs=2e-6)
    assert 0 < float(first["strain_kcal_mol"]) < 20 and first["converged"] == "1"
    assert second["status"] == "failed" and "xtb: the bond" in second["reason"]
    assert second["energy_before_hartree"] and not second["strain_kcal_mol"]
    assert list(relaxed[1].ok) == [False]


def test_xtb_keeps_its_reasons(embedded):
    ethanol = embedded("ethanol", "CCO", 1)
    broken = np.stack([ethanol.positions[0], np.zeros_like(ethanol.positions[0])])
    short = XtbRelaxer(XtbRelaxation(cycles=1, level="vtight"))
    first, second = short.relax(ethanol.molecule, broken)
    assert "did not converge" in first.reason and first.before_hartree < 0
    assert "apart" in second.reason and second.before_hartree is None
