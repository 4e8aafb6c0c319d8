"""MAT means say how many molecules they are over, and unlike sets are not ranked."""

import pandas as pd
import pytest

from pipeline_src.reports.inputs import METRICS
from pipeline_src.reports.views import geometry_view, headline_view
from pipeline_src.run.settings.report import ReportDataset, ReportSettings

SETTINGS = ReportSettings(
    experiment="e", seeds=(1,), chains={"a": ("a",), "b": ("b",)},
    datasets=(ReportDataset(name="d", geometry="g", role="test", deltas_angstrom=(0.5,)),))


def row(chain: str, policy: str, n_molecules: int, value: float) -> dict:
    scores = {f"{m}_{s}": value for m in METRICS for s in ("mean", "median", "low", "high")}
    return {"chain": chain, "dataset": "d", "seed": "1", "sampler": "s", "delta": 0.5,
            "symmetrize": True, "failure_policy": policy, **scores, "n_molecules": n_molecules,
            "n_conformers": 10, "n_failed": 0}


def default_rows(matched: int) -> tuple[pd.DataFrame, list[dict]]:
    """Chain a has scores for ``matched`` of 4 molecules, chain b for all; a's numbers are lower."""
    table = pd.DataFrame([row("a", "zero", 4, 1.0), row("a", "skip", matched, 1.0),
                          row("b", "zero", 4, 2.0), row("b", "skip", 4, 2.0)])
    return table, geometry_view(table, SETTINGS)[0]["tables"][0]["blocks"][0]["rows"]


def test_a_mat_over_fewer_molecules_says_so_and_wins_nothing():
    table, (a, b) = default_rows(matched=3)
    assert [cell["over"] for cell in a["cells"]] == ["", "over 3 of 4", "", "over 3 of 4"]
    assert [cell["over"] for cell in b["cells"]] == [""] * 4
    assert [cell["best"] for cell in a["cells"]] == [False] * 4
    assert [cell["best"] for cell in b["cells"]] == [True, False, True, False]  # coverage only
    assert {leader["metric"] for leader in headline_view(table, SETTINGS)[0]["leaders"]} == {
        "COV-R", "COV-P"}


def test_mats_over_the_same_molecules_are_ranked():
    _, (a, b) = default_rows(matched=4)
    assert [cell["best"] for cell in a["cells"]] == [False, True, False, True]
    assert not any(cell["over"] for cell in (*a["cells"], *b["cells"]))


@pytest.mark.parametrize("policy", ["zero", "skip"])
def test_one_chain_alone_leads_without_being_best(policy):
    table = pd.DataFrame([row("a", policy, 4, 1.0)])
    assert len(headline_view(table, SETTINGS)[0]["leaders"]) == 4
