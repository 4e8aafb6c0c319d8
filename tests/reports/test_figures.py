"""The figures: there when their data is, the same bytes again, one colour a chain."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest
from made_up_run import CHAINS, make_run, molblock

from pipeline_src.plot_figures import plot_figures
from pipeline_src.reports.figures import FIGURES
from pipeline_src.reports.geometry_figures import draw_coverage, draw_matching
from pipeline_src.reports.inputs import COVERAGE, CURVE, GEOMETRY_SCORES, read_sources, read_table
from pipeline_src.reports.overlay_figure import read_molblock
from pipeline_src.reports.run_figures import draw_times, format_time
from pipeline_src.reports.style import PALETTE, chain_colors, present, styled
from pipeline_src.run.errors import InputError


def draw(folder, **options):
    run = make_run(folder, **options)
    plot_figures(settings=run["settings"], coverage=run["coverage"], paired=run["paired"],
                 overlays=run["overlays"], out=folder / "figures")
    return {path.stem: path.read_bytes() for path in (folder / "figures").iterdir()}


def test_all_figures_are_drawn_and_parse(tmp_path):
    figures = draw(tmp_path)
    assert set(figures) == set(FIGURES) - {"steps", "paired", "validity"}  # not asked for
    for content in figures.values():
        assert ElementTree.fromstring(content).tag.endswith("svg")
        assert b"<dc:date>" not in content


def test_figures_repeat_byte_for_byte(tmp_path):
    assert draw(tmp_path / "a", molecules=4) == draw(tmp_path / "b", molecules=4)


def test_figures_without_data_are_left_out(tmp_path):
    figures = draw(tmp_path, chains={"rdkit": ["rdkit"]}, datasets={"one": 0.5}, molecules=1,
                   properties=False, failures=False, extras=False)
    assert set(figures) == {"coverage", "matching"}


def test_eight_chains_three_datasets_two_seeds(tmp_path):
    chains = {f"chain-{k}": [f"stage-{k}"] for k in range(8)}
    figures = draw(tmp_path, chains=chains, datasets={"a": 0.5, "b": 1.25, "c": 0.75},
                   molecules=5, seeds=(1, 2))
    assert set(figures) == set(FIGURES) - {"steps", "paired", "validity"}  # not asked for
    assert len(set(chain_colors(chains).values())) == 8


def test_a_chain_keeps_its_colour_when_another_has_no_data(tmp_path):
    run = make_run(tmp_path)
    curve = read_table(run["coverage"], COVERAGE)
    with styled():
        figure = draw_coverage(curve[curve["chain"] != "rdkit"], run["settings"])
    lines = {line.get_label(): line.get_color() for line in figure.axes[0].lines}
    assert lines["geodiff"] == PALETTE[list(CHAINS).index("geodiff")]
    assert "rdkit" not in lines


def test_every_axis_has_a_unit(tmp_path):
    run = make_run(tmp_path)
    scores = read_sources(run["settings"].geometry, GEOMETRY_SCORES)
    with styled():
        figures = [draw_coverage(read_table(run["coverage"], COVERAGE), run["settings"]),
                   draw_matching(scores, run["settings"])]
    for axes in (axes for figure in figures for axes in figure.axes):
        labels = [text for text in (axes.get_xlabel(), axes.get_ylabel()) if text]
        assert labels and all(text.endswith(")") for text in labels)


def test_failed_molecules_are_not_drawn_as_numbers(tmp_path):
    run = make_run(tmp_path, molecules=5)
    scores = read_sources(run["settings"].geometry, GEOMETRY_SCORES)
    with styled():
        figure = draw_matching(scores, run["settings"])
    dots = [len(c.get_offsets()) for c in figure.axes[0].collections]
    assert dots == [5, 4, 4, 4]  # the first chain has no failure


def test_run_times_are_summed_and_sorted():
    times = pd.DataFrame({"rule": ["a", "b", "b"], "seconds": [100.0, 200.0, 400.0],
                          "max_rss_mb": [1.0, np.nan, 3.0]})
    figure = draw_times(times, None)
    assert [round(bar.get_width(), 3) for bar in figure.axes[0].patches] == [1.667, 10.0]
    assert "10.0 min  (2 jobs)" in [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize(("seconds", "text"), [(0.44, "0.4 s"), (179, "179.0 s"), (240, "4.0 min"),
                                               (7200, "2.0 h")])
def test_times_read_well(seconds, text):
    assert format_time(seconds) == text


def test_molblock_is_read():
    elements, positions, pairs = read_molblock(molblock(0.25))
    assert elements == ["C", "C", "O", "H"]
    assert positions.shape == (4, 3) and positions[2, 2] == 0.25
    assert pairs.tolist() == [[0, 1], [1, 2], [0, 3]]


def test_what_is_no_molblock_is_refused():
    with pytest.raises(InputError, match="V2000"):
        read_molblock("not a molecule")


def test_text_in_a_number_column_is_refused(tmp_path):
    table = tmp_path / "curve.csv"
    table.write_text("step,train_loss,validation_loss,learning_rate\n1,two,,0.1\n", "utf-8")
    with pytest.raises(InputError, match="train_loss.*two"):
        read_table(table, CURVE)


def test_names_outside_the_experiment_come_last():
    assert present(["b", "a"], ["z", "a", "b", "y"]) == ["b", "a", "y", "z"]
