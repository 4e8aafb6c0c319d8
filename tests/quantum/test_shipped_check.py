"""The shipped comparison of Psi4 with PySCF: its differences and their limits, worked out again."""

import json
from pathlib import Path

import pandas as pd
import pytest

from pipeline_src.run.settings.quantum_check import QuantumCheck

KEPT = Path(__file__).resolve().parents[2] / "resources/measured/check_quantum"
LIMITS_HARTREE = {"hf/6-31g**": 1e-5, "b3lyp/6-31g*": 1e-4}  # energies may differ by so much
GAP_LIMIT_EV = 0.005


@pytest.fixture(scope="module")
def rows():
    return pd.read_csv(KEPT / "psi4_pyscf.csv", keep_default_na=False)


def test_twenty_conformers_at_both_levels_and_none_failed(rows):
    assert set(rows["status"]) == {"ok"} and not rows.duplicated(["molecule", "conformer",
                                                                  "method"]).any()
    assert rows.groupby("method").size().to_dict() == {name: 20 for name in LIMITS_HARTREE}
    assert rows["n_atoms"].min() <= 9 and rows["n_atoms"].max() >= 18


def test_differences_are_those_of_the_two_columns_and_within_the_limits(rows):
    energy = rows["psi4_hartree"] - rows["pyscf_hartree"]
    gap = rows["psi4_gap_ev"] - rows["pyscf_gap_ev"]
    # as far as ten and seven decimals tell
    assert (energy - rows["energy_difference_hartree"]).abs().max() < 2e-10
    assert (gap - rows["gap_difference_ev"]).abs().max() < 2e-7
    assert (energy.abs() < rows["method"].map(LIMITS_HARTREE)).all()
    assert (gap.abs() < GAP_LIMIT_EV).all() and set(rows["within_limits"]) == {"yes"}
    assert not (energy == 0).all()  # two programs, not one twice


def test_the_summary_is_of_the_rows(rows):
    summary = pd.read_csv(KEPT / "summary.csv").set_index("method")
    for method, found in rows.groupby("method"):
        said = summary.loc[method]
        for what, column in (("energy", "energy_difference_hartree"), ("gap", "gap_difference_ev")):
            unit = "hartree" if what == "energy" else "ev"
            assert said[f"{what}_max_{unit}"] == pytest.approx(found[column].abs().max())
            assert said[f"{what}_mean_{unit}"] == pytest.approx(found[column].abs().mean())
        assert (said["n_conformers"], said["n_failed"], said["verdict"]) == (20, 0, "agree")


def test_it_was_made_with_the_settings_of_today():
    settings = json.loads((KEPT / "run.json").read_text())["settings"]
    assert QuantumCheck.model_validate(settings) == QuantumCheck()
