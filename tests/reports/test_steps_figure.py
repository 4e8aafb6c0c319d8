"""Scores against the levels visited: means known by hand, drawn only where there is a curve."""

import pandas as pd
import pytest
from made_up_run import make_run

from pipeline_src.reports.steps_figure import draw_steps, steps_table
from pipeline_src.reports.style import styled
from pipeline_src.run.settings.report import Walk

WALKS = {"long": Walk(kind="langevin", levels=1000, full=True),
         "short": Walk(kind="langevin", levels=50, full=False),
         "other": Walk(kind="generalized", levels=50, full=False)}


def rows(sampler, mat, cov, symmetrize=True, delta=0.5, dataset="one"):
    """Two molecules; the second has failed where its coverage is None."""
    return [{"chain": "geodiff", "dataset": dataset, "sampler": sampler, "seed": 1,
             "molecule": f"m{k}", "symmetrize": symmetrize, "delta": delta, "mat_r": m,
             "mat_p": m and 2 * m, "cov_r": c, "cov_p": c and c / 2}
            for k, (m, c) in enumerate(zip(mat, cov, strict=True))]


@pytest.fixture
def settings(tmp_path):
    made = make_run(tmp_path, datasets={"one": 0.5, "two": 1.25})["settings"]
    return made.model_copy(update={"walks": {"geodiff": WALKS}})


@pytest.fixture
def scores():
    return pd.DataFrame([
        *rows("long", (0.2, 0.4), (100.0, 50.0)), *rows("short", (0.6, None), (80.0, None)),
        *rows("other", (0.5, 0.7), (60.0, 40.0)), *rows("long", (9.0, 9.0), (0.0, 0.0), False),
        *rows("long", (0.2, 0.4), (0.0, 0.0), delta=0.05),
        *rows("long", (0.2, 0.4), (30.0, 30.0), delta=1.25, dataset="two")])


def test_means_at_the_headline_threshold_with_failures_as_zero_coverage(scores, settings):
    table = steps_table(scores, settings)
    found = {(row.line, row.levels): row for row in table.itertuples()}
    assert set(found) == {("langevin", 1000), ("langevin", 50), ("generalized", 50)}
    full, short = found["langevin", 1000], found["langevin", 50]
    assert full.full and not short.full
    assert (full.mat_r, full.mat_p, full.cov_r, full.cov_p) == pytest.approx((0.3, 0.6, 75, 37.5))
    assert (short.mat_r, short.cov_r) == pytest.approx((0.6, 40))
    assert set(table["dataset"]) == {"one"}  # the other was sampled in one way only


def test_a_line_for_each_kind_and_a_band_about_the_full_schedule(scores, settings):
    with styled():
        figure = draw_steps(scores, settings)
    panel = figure.axes[0]
    assert [line.get_label() for line in panel.lines] == [
        "geodiff (generalized)", "geodiff (langevin)"]
    assert panel.lines[1].get_xdata().tolist() == [50, 1000]
    band = panel.patches[0].get_extents().transformed(panel.transData.inverted())
    assert (band.y0, band.y1) == pytest.approx((0.294, 0.306))
    for axes in figure.axes:
        assert axes.get_xlabel().endswith(")") and axes.get_ylabel().endswith(")")


def test_one_length_of_walk_is_no_curve(scores, settings):
    assert draw_steps(scores[scores["sampler"] == "long"], settings) is None
    assert draw_steps(scores, settings.model_copy(update={"walks": {}})) is None


def test_samplers_of_one_kind_and_other_settings_are_other_lines(scores, settings):
    """Else a line would go up and down between two samplers of the same number of levels."""
    steps = {"long": 4e-6, "short": 4e-6, "other": 1e-6}
    walks = {name: walk.model_copy(update={
        "kind": "langevin", "options": {"step_size": steps[name], "clip_local": None}})
        for name, walk in WALKS.items()}
    told = settings.model_copy(update={"walks": {"geodiff": walks}})
    panel = draw_steps(scores, told).axes[0]
    found = {line.get_label(): line.get_xdata().tolist() for line in panel.lines}
    assert found == {"geodiff (langevin, step_size 1e-06)": [50],
                     "geodiff (langevin, step_size 4e-06)": [50, 1000]}
    assert len({line.get_color() for line in panel.lines}) == 2  # of one chain only
