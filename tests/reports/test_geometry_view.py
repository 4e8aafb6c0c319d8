"""MAT means say how many molecules they are over, and unlike sets are not ranked."""

import pandas as pd
import pytest

from pipeline_src.reports.headlines import headline_view
from pipeline_src.reports.inputs import COMPARISON, METRICS
from pipeline_src.reports.views import geometry_view
from pipeline_src.run.settings.report import ReportDataset, ReportSettings

NONE = pd.DataFrame(columns=[*COMPARISON[0], *COMPARISON[1]])
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
    assert {leader["metric"] for leader in headline_view(table, NONE, SETTINGS)[0]["leaders"]} == {
        "COV-R", "COV-P"}


def test_mats_over_the_same_molecules_are_ranked():
    _, (a, b) = default_rows(matched=4)
    assert [cell["best"] for cell in a["cells"]] == [False, True, False, True]
    assert not any(cell["over"] for cell in (*a["cells"], *b["cells"]))


@pytest.mark.parametrize("policy", ["zero", "skip"])
def test_one_chain_alone_leads_without_being_best(policy):
    table = pd.DataFrame([row("a", policy, 4, 1.0)])
    assert len(headline_view(table, NONE, SETTINGS)[0]["leaders"]) == 4


def test_with_several_seeds_their_means_are_ranked_and_no_seed_is():
    table = pd.DataFrame([row(chain, "zero", 4, value) | {"seed": seed} for chain, seed, value in (
        ("a", "1", 90.0), ("a", "2", 10.0), ("b", "1", 60.0), ("b", "2", 62.0))])
    rows = geometry_view(table, SETTINGS)[0]["tables"][0]["blocks"][0]["rows"]
    assert not any(cell["best"] for each in rows for cell in each["cells"])
    over = {f"{m}_{end}": 4 for m in METRICS for end in ("n_molecules",)}
    comparison = pd.DataFrame([{
        "chain": chain, "dataset": "d", "sampler": "s", "delta": 0.5, "symmetrize": True,
        "failure_policy": "zero", **over,
        **{f"{m}_{end}": mean for m in METRICS for end in ("mean", "low", "high")}}
        for chain, mean in (("a", 50.0), ("b", 61.0))])
    headline, = headline_view(table, comparison, SETTINGS)
    assert headline["seeds"] == 2 and headline["several"]
    assert {leader["metric"]: leader["chain"] for leader in headline["leaders"]} == {
        "COV-R": "b", "MAT-R": "a", "COV-P": "b", "MAT-P": "a"}
    assert headline["leaders"][0]["value"] == "61.0\u00a0%"
