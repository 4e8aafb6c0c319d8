"""The comparison of chains: tables, sentences made from numbers, costs, the figure of differences.
"""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up_jobs import ran
from made_up_run import NASTY, build_report, make_run
from matplotlib.colors import to_rgba
from test_report import Page

from pipeline_src.reports.chain_costs import count_training_molecules, read_costs, read_parameters
from pipeline_src.reports.comparison import comparison_view
from pipeline_src.reports.comparison_figure import draw_paired
from pipeline_src.reports.comparison_text import pair_sentences, signed, verdict
from pipeline_src.reports.inputs import COMPARISON, METRICS, PAIRED
from pipeline_src.reports.style import styled
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import write_text
from pipeline_src.run.settings.report import (
    ChainCost,
    ReportDataset,
    ReportSettings,
    ReportStage,
    Walk,
)

SETTINGS = ReportSettings(
    experiment="e", seeds=(1, 2), chains={"one": ("s",), "two": ("t", "u"), "rdkit": ("rdkit",)},
    baselines={"two": "one"}, samplers=("l",), train="d", notes=("Mind this.",),
    stages=(ReportStage(name="s", level="all", noise_levels=9, iterations=3000),
            ReportStage(name="t", level="heavy", noise_levels=9, iterations=1500),
            ReportStage(name="u", level="all", noise_levels=9, iterations=None, weights="geodiff")),
    walks={"two": {"l": Walk(kind="langevin", levels=1800, full=True)}},
    datasets=(ReportDataset(name="d", geometry="g", role="test", deltas_angstrom=(0.5, 1.0)),))
PARAMETERS = {"s": 40000, "t": 20000}
COSTS = pd.DataFrame([(c, "d", "l", seed, t, s) for c, seed, t, s in (
    ("one", 1, 100.0, 3.0), ("one", 2, 140.0, 5.0), ("two", 1, 90.0, 8.0),
    ("two", 2, math.nan, 10.0), ("rdkit", 1, 0.0, math.nan), ("rdkit", 2, 0.0, math.nan))],
    columns=["chain", "dataset", "sampler", "seed", "training", "sampling"])


def places(deltas=(0.5, 1.0)) -> list[dict]:
    return [{"dataset": "d", "sampler": "l", "delta": delta, "symmetrize": flag,
             "failure_policy": policy}
            for delta, flag, policy in product(deltas, (True, False), ("zero", "skip"))]


def comparison(chains=SETTINGS.chains) -> pd.DataFrame:
    """Means that tell the variants apart: 10 less where the RMSD is plain, 1 more when skipped."""
    rows = []
    for place, (k, chain) in product(places(), enumerate(chains)):
        mean = 50 + k - 10 * (not place["symmetrize"]) + (place["failure_policy"] == "skip")
        scale = {m: 1.0 if m[0] == "c" else 0.01 for m in METRICS}
        rows.append({"chain": chain, **place, "n_seeds": 2, **{
            f"{m}_{name}": value for m in METRICS for name, value in (
                ("mean", mean * scale[m]), ("low", (mean - 5) * scale[m]),
                ("high", (mean + 5) * scale[m]), ("seed_sd", 2 * scale[m]),
                ("n_molecules", 60 if m[0] == "c" else 58))}})
    return pd.DataFrame(rows)[[*COMPARISON[0], *COMPARISON[1]]]


def pair(metric, place, difference, low, high, p=0.03) -> dict:
    return {"chain": "two", "baseline": "one", **place, "metric": metric, "difference": difference,
            "low": low, "high": high, "seed_sd": 0.004, "n_better": 40, "n_equal": 2,
            "n_worse": 16, "n_molecules": 58, "n_unpaired": 2, "n_seeds": 2, "p_value": p,
            "p_holm": 2 * p, "n_family": 2}


def paired() -> pd.DataFrame:
    rows = [row for place in places() for row in (
        pair("cov_r", place, 3.24, -1.0, 7.4), pair("mat_r", place, -0.0312, -0.052, -0.0104, 1e-6),
        pair("cov_p", place, -2.0, -3.0, -1.0), pair("mat_p", place, 0.0, 0.0, 0.0, 0.5))]
    return pd.DataFrame(rows)[[*PAIRED[0], *PAIRED[1]]]


def view(frame=None, **changes) -> dict:
    settings = SETTINGS.model_copy(update=changes)
    return comparison_view(comparison(), paired() if frame is None else frame, COSTS, PARAMETERS,
                           240, settings)


def test_chains_over_seeds_with_their_costs():
    entry, = view()["sets"]
    assert len(entry["tables"]) == 4 and "symmetrised" in entry["tables"][0]["label"]
    rows = entry["tables"][0]["rows"]
    assert [(r["delta"], r["chain"]) for r in rows] == list(
        product(("0.5", "1"), ("one", "two", "rdkit")))
    one, two, rdkit = rows[:3]
    assert one["cells"][0] == {"mean": "50.0", "interval": "[45.0, 55.0]", "sd": "± 2.0",
                               "over": ""}
    assert two["cells"][1] == {"mean": "0.510", "interval": "[0.460, 0.560]", "sd": "± 0.020",
                               "over": "over 58 of 60"}
    assert one["stages"] == ["s: 3,000 steps, 40,000 parameters"]
    assert two["stages"] == ["t: 1,500 steps, 20,000 parameters", "u: imported (geodiff)"]
    assert rdkit["stages"] == ["rdkit: not trained"]
    assert one["training"] == {"mean": "120", "range": "100–140"}
    assert two["training"] == {"mean": "90", "range": "1 of 2 seeds"}
    assert rdkit["training"] == {"mean": "0", "range": ""}
    assert rdkit["sampling"] == {"mean": "–", "range": ""}
    assert (one["levels"], two["levels"]) == ("", "1,800 noise levels or steps")


def test_pairs_tell_interval_counts_and_both_p_values():
    pairs = view()["sets"][0]["tables"][0]["pairs"]
    # coverage at both δ, matching once
    assert [(r["metric"], r["delta"]) for r in pairs] == [
        ("COV-R", "0.5"), ("COV-R", "1"), ("MAT-R", "–"), ("COV-P", "0.5"), ("COV-P", "1"),
        ("MAT-P", "–")]
    coverage, matching = pairs[0], pairs[2]
    assert (coverage["difference"], coverage["interval"]) == ("+3.2", "[−1.0, +7.4]")
    assert (matching["difference"], matching["interval"]) == ("−0.031", "[−0.052, −0.010]")
    assert (coverage["apart"], matching["apart"]) == (False, True)
    assert (coverage["p"], coverage["holm"], matching["p"]) == ("0.0300", "0.0600", "< 0.0001")
    assert (matching["counts"], matching["molecules"]) == ("40 / 2 / 16", "58")
    assert matching["unpaired"] == "2 not paired" and matching["sd"] == "± 0.004"


def test_sentences_say_what_the_numbers_say():
    sentence, = view()["sentences"]
    assert (sentence["chain"], sentence["baseline"], sentence["where"]) == ("two", "one", "")
    assert sentence["text"] == (
        "MAT-R lower by 0.031 Å [−0.052, −0.010], the interval excludes zero; COV-R higher by 3.2 "
        "percentage points [−1.0, +7.4], the interval includes zero; MAT-P the same to Å of 3 "
        "decimals [0.000, 0.000], the interval includes zero; COV-P lower by 2.0 percentage points "
        "[−3.0, −1.0], the interval excludes zero.")


def test_the_verdict_counts_once_a_metric_and_knows_what_is_better():
    # at one δ: MAT-R is lower, so better; COV-P lower, so worse; of MAT-R alone p stays below 0.05
    assert view()["verdict"] == (
        "Of 4 differences 2 have an interval that excludes zero: 1 for the better, 1 for the "
        "worse. 1 has a p value below 0.05 after Holm's correction.")
    assert verdict(paired().iloc[:0]) == ""


def test_limits_are_this_runs_numbers():
    lines = view()["limits"]
    assert lines[0] == "240 molecules of d were trained on, 60 of d tested; 2 seeds of weights, " \
                       "training and sampling."
    assert lines[1] == "A stage has 20,000 to 40,000 trained parameters and was trained for " \
                       "1,500 to 3,000 steps."
    # means over seeds: 120 and 90 (the other is not known); rdkit's zero is no training
    assert "took 90 to 120 CPU seconds a seed" in lines[2] and "factor of 1.3" in lines[2]
    assert "took 4 to 9 CPU seconds" in lines[3] and "factor of 2.2" in lines[3]
    assert "COV-R 4.2 points, MAT-R 0.021 Å, COV-P 1.0 points." in lines[4]


def test_nothing_in_common_is_said():
    place = places()[0]
    nothing = pd.DataFrame([pair("mat_r", place, math.nan, math.nan, math.nan, math.nan)])
    assert pair_sentences(nothing, SETTINGS)[0]["text"] == (
        "MAT-R not comparable, as no molecule has it for both.")
    row, = view(nothing[[*PAIRED[0], *PAIRED[1]]])["sets"][0]["tables"][0]["pairs"]
    assert (row["difference"], row["interval"], row["p"], row["apart"]) == ("–", "–", "–", False)


@pytest.mark.parametrize("changes, compared", [
    ({"seeds": (1,)}, True), ({"baselines": {}}, True), ({"seeds": (1,), "baselines": {}}, False)])
def test_chains_are_compared_over_seeds_or_with_baselines(changes, compared):
    assert (view(**changes) is not None) == compared


@pytest.mark.parametrize("value, digits, text", [
    (-0.0004, 3, "0.000"), (np.float64(-0.0005), 3, "−0.001"), (-1234.5, 1, "−1,234.5"),
    (0.5, 1, "+0.5"), (-2.25, 2, "−2.25"), (math.nan, 1, "–")])
def test_signs(value, digits, text):
    assert signed(value, digits) == text


def test_costs_are_sums_over_files_and_unknown_when_one_is_missing(tmp_path):
    for name, seconds in (("a-1", 10.5), ("b-1", 2.0), ("b-2", 2.0)):
        ran(tmp_path, "sample_stage", name, 99, seconds)
    ran(tmp_path, "split_dataset", "a-2", 99)  # leaves no CPU time
    (tmp_path / "benchmarks/split_dataset/a-2.tsv").rename(
        tmp_path / "benchmarks/sample_stage/a-2.tsv")
    place = f"{tmp_path}/benchmarks/sample_stage"
    cost = ChainCost(chain="c", dataset="d", sampler="l", training=(
        f"{place}/a-{{seed}}.tsv", f"{place}/b-{{seed}}.tsv"),
        sampling=(f"{place}/b-{{seed}}.tsv",))
    found = read_costs([cost], (1, 2, 3)).set_index("seed")
    assert found.loc[1, "training"] == 12.5 and found.loc[1, "sampling"] == 2.0
    assert math.isnan(found.loc[2, "training"]) and found.loc[2, "sampling"] == 2.0
    assert math.isnan(found.loc[3, "sampling"])
    by_clock = read_costs([cost], (1, 2), "wall-clock").set_index("seed")
    assert by_clock.loc[1, "training"] == 198 and by_clock.loc[1, "sampling"] == 99
    assert by_clock.loc[2, "training"] == 198  # every job has a wall-clock time
    write_text(Path(place) / "b-3.tsv", "s\n1\n")
    with pytest.raises(InputError, match="b-3.tsv.*max_rss"):
        read_costs([cost], (3,))


@pytest.mark.parametrize("text", ["{}", "[]", "no json"])
def test_settings_of_a_stage_without_its_parameters_are_refused(tmp_path, text):
    write_text(tmp_path / "settings.json", text)
    stage = SETTINGS.stages[0].model_copy(update={"trained": str(tmp_path / "settings.json")})
    with pytest.raises(InputError, match="trainable_parameters"):
        read_parameters(SETTINGS.model_copy(update={"stages": (stage,)}))


def test_training_molecules_are_those_of_the_split(tmp_path):
    split = tmp_path / "split.csv"
    write_text(split, "# hash\nmolecule,subset\nC#N,train\nb,train\nc,val\nd,test\n")
    dataset = SETTINGS.datasets[0].model_copy(update={"split": str(split)})
    for role, count in (("train and test", 2), ("test", None)):
        seen = dataset.model_copy(update={"role": role})
        assert count_training_molecules(
            SETTINGS.model_copy(update={"datasets": (seen,)})) == count
    write_text(split, "# hash\nmolecule\nb\n")
    with pytest.raises(InputError, match="split.csv"):
        count_training_molecules(SETTINGS.model_copy(update={"datasets": (
            dataset.model_copy(update={"role": "train"}),)}))


def test_the_figure_fills_the_markers_of_intervals_without_zero():
    with styled():
        figure = draw_paired(paired(), SETTINGS)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "d: COV-R at δ = 0.5 Å", "d: MAT-R", "d: COV-P at δ = 0.5 Å", "d: MAT-P"]
    for axes, filled in zip(figure.axes, (False, True, True, False), strict=True):
        interval, point, zero = axes.lines
        assert (to_rgba(point.get_markerfacecolor()) != to_rgba("white")) == filled
        assert list(zero.get_xdata()) == [0, 0] and len(interval.get_xdata()) == 2
    first = figure.axes[0]
    assert [label.get_text() for label in first.get_yticklabels()] == ["two − one"]
    assert draw_paired(paired().iloc[:0], SETTINGS) is None


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Page:
    return Page(build_report(
        tmp_path_factory.mktemp("compared"), seeds=(1, 2, 3), molecules=6,
        baselines={"geodiff-msgen2": "geodiff", "geodiff-msgen3": "geodiff"},
        notes=("First note.", NASTY)))


def test_the_section_has_tables_words_figure_and_notes(page):
    assert page.errors == [] and page.open == [] and len(page.ids()) == len(set(page.ids()))
    assert {"comparison", "figure-paired"} <= set(page.ids())
    assert ("a", "href", "#comparison") in page.attributes
    text = page.text
    for words in ("geodiff-msgen2 against geodiff (mini_qm9): MAT-R",
                  "geodiff-msgen3 against geodiff (geom_drugs10): MAT-R", "Better / equal / worse",
                  "geodiff-all: 600 steps, 12,345 parameters", "First note.", NASTY,
                  "3 seeds of weights, training and sampling"):
        assert words in text, words


def test_a_run_that_compares_nothing_has_no_such_section(report):
    page = Page(report)
    assert "comparison" not in page.ids() and ("a", "href", "#comparison") not in page.attributes
    assert "Comparison of the chains" not in page.text


def test_seeds_without_baselines_have_no_pairs(tmp_path):
    page = Page(build_report(tmp_path, datasets={"one": 0.5}, seeds=(1, 2), molecules=3))
    assert "Comparison of the chains" in page.text and page.errors == []
    assert "In words" not in page.text and " against geodiff" not in page.text
    assert "Better / equal / worse" not in page.text and "figure-paired" not in page.ids()


def test_costs_that_are_not_known_are_dashes(tmp_path):
    run = make_run(tmp_path, datasets={"one": 0.5}, seeds=(1, 2), molecules=3)
    costs = read_costs(run["settings"].costs, (1, 2)).set_index(["chain", "seed"])
    assert costs.loc[("rdkit", 1), "training"] == 100.0
    assert math.isnan(costs.loc[("geodiff", 2), "sampling"])
