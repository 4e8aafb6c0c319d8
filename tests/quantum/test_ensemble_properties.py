"""Ensemble properties and their errors, worked out by hand."""

import csv

import numpy as np
import pytest

from pipeline_src.quantum.ensemble_properties import ensemble_properties
from pipeline_src.quantum.property_table import COLUMNS, read_property_rows
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import write_rows
from pipeline_src.run.quantities import QUANTITIES
from pipeline_src.score_properties import score_properties
from pipeline_src.scores import property_error

EV = 27.211386245988


def _row(molecule, conformer, energy=None, gap=None, reason=""):
    return {"molecule": molecule, "conformer": conformer, "energy_hartree": energy,
            "homo_hartree": None, "lumo_hartree": None, "gap_ev": gap,
            "status": "failed" if reason else "ok", "reason": reason}


def _score(tmp_path, reference, generated):
    for name, rows in (("reference", reference), ("generated", generated)):
        write_rows(tmp_path / f"{name}.csv", COLUMNS, rows)
    out = tmp_path / "out.csv"
    score_properties([tmp_path / "reference.csv"], [tmp_path / "generated.csv"], out)
    with open(out, newline="") as opened:
        return list(csv.DictReader(opened))


def test_plain_means_and_extremes():
    values = ensemble_properties(np.array([-1.0, -4.0, -1.0]), np.array([5.0, 9.0, 4.0]))
    assert values == pytest.approx({
        "e_mean": -2 * EV, "e_min": -4 * EV, "gap_mean": 6, "gap_min": 4, "gap_max": 9})


@pytest.mark.parametrize(("energies", "gaps"), [([], []), ([1.0], []), ([np.nan], [1.0])])
def test_ensemble_without_values_is_refused(energies, gaps):
    with pytest.raises(InputError, match="ensemble properties"):
        ensemble_properties(np.array(energies), np.array(gaps))


def test_both_rooms_name_the_same_quantities():
    assert property_error.QUANTITIES == QUANTITIES


def test_errors_by_hand(tmp_path):
    rows = _score(
        tmp_path,
        [_row("a", 0, -1.0, 5.0), _row("a", 1, -2.0, 7.0), _row("a", 2, reason="SCF")],
        [_row("a", 0, -1.5, 5.0), _row("a", 4, reason="NaN"), _row("a", 5, reason="NaN")],
    )
    errors = {r["quantity"]: float(r["absolute_error_ev"]) for r in rows}
    assert errors == pytest.approx(
        {"e_mean": 0, "e_min": 0.5 * EV, "gap_mean": 1, "gap_min": 0, "gap_max": 2}, abs=1e-6)
    assert {(r["n_reference"], r["n_generated"], r["n_failed"]) for r in rows} == {("2", "1", "2")}
    assert {(r["status"], r["reason"]) for r in rows} == {
        ("ok", "failed reference conformers: 1")}


def test_molecules_without_properties_are_failed_rows(tmp_path):
    rows = _score(
        tmp_path,
        [_row("a", 0, -1.0, 5.0), _row("b", 0, -1.0, 5.0)],
        [_row("b", 0, reason="SCF"), _row("b", 1, reason="SCF"), _row("c", 0, -1.0, 5.0),
         _row("d", None, reason="no conformer")],
    )
    reasons = {r["molecule"]: r["reason"] for r in rows}
    assert [r["molecule"] for r in rows] == [m for m in "abcd" for _ in QUANTITIES]
    assert reasons == {
        "a": "generated: molecule not in the table",
        "b": "generated: 2 of 2 conformers failed, the first: SCF",
        "c": "reference: molecule not in the table",
        "d": "reference: molecule not in the table; generated: no conformer",
    }
    assert {r["status"] for r in rows} == {"failed"}
    assert {r["absolute_error_ev"] for r in rows} == {""}
    assert [r["reference_ev"] for r in rows[:1]] != [""]  # the side that is there is shown


def test_bad_tables_are_refused(tmp_path):
    with pytest.raises(InputError, match="FileNotFoundError"):
        read_property_rows([tmp_path / "missing.csv"])
    (tmp_path / "odd.csv").write_text("molecule,energy\nwater,1\n")
    with pytest.raises(InputError, match="columns"):
        read_property_rows([tmp_path / "odd.csv"])
    write_rows(tmp_path / "a.csv", COLUMNS, [_row("a", 0, -1.0, 5.0)])
    with pytest.raises(InputError, match="twice"):
        read_property_rows([tmp_path / "a.csv", tmp_path / "a.csv"])
