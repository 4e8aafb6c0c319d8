"""Bars of right stereo: what is shown of which run, and where there is no whisker."""

import pytest
from matplotlib.container import BarContainer

from pipeline_src.reports.stereo_figure import draw_stereo, stereo_figure
from pipeline_src.reports.style import styled


def row(chain, centres, share, low, high, **changes):
    return {"chain": chain, "dataset": "d", "sampler": "s", "seed": 1, "centres": centres,
            "double_bonds": "all" if centres == "all" else 0, "molecules": 7,
            **dict.fromkeys(("share_at_first", "share_at_first_low", "share_at_first_high"), 0.25),
            "share": share, "share_low": low, "share_high": high, **changes}


@pytest.fixture(scope="module")
def rows():
    return [row("b", 0, 1.0, 1.0, 1.0), row("b", 1, 0.5, 0.25, 0.875),
            row("b", "all", 0.5, 0.25, 0.875),
            row("a", 1, None, None, None, double_bonds=2), row("a", "all", 0.75, 0.5, 1.0)]


def whiskers(bars):
    """Low and high end of each whisker that is drawn."""
    (lines,) = bars.errorbar.lines[2]
    return [tuple(ends[:, 0]) for ends in lines.get_segments() if len(ends)]


def pairs(panel):
    """The bars of a panel: at first, and after."""
    return [bars for bars in panel.containers if isinstance(bars, BarContainer)]


def test_all_molecules_stand_first_and_those_without_stereo_nowhere(rows):
    with styled():
        panels = stereo_figure(rows).axes
    assert [panel.get_title(loc="left") for panel in panels] == [
        "d, molecules: all (7)", "1 centre (7)", "1 centre,\n2 double bonds (7)"]


def test_bars_and_whiskers_are_those_of_the_rows(rows):
    panel = stereo_figure(rows).axes[0]
    assert [text.get_text() for text in panel.get_yticklabels()] == ["b", "a"]
    first, after = pairs(panel)
    assert [bar.get_width() for bar in first] == [25, 25] and whiskers(first) == []
    assert [bar.get_width() for bar in after] == [50, 75]
    assert whiskers(after) == [(25, 87.5), (50, 100)]


def test_a_run_without_a_share_has_no_bar(rows):
    assert [len(bars) for bars in pairs(stereo_figure(rows).axes[2])] == [1, 0]


def test_runs_are_told_apart_by_seed_where_there_are_several():
    rows = [row("a", "all", 0.5, 0.2, 0.9, seed=seed) for seed in (1, 2)]
    (panel,) = stereo_figure(rows).axes
    assert [text.get_text() for text in panel.get_yticklabels()] == ["a, 1", "a, 2"]


def test_nothing_to_show_is_an_empty_figure(tmp_path):
    draw_stereo([], tmp_path / "x.svg")
    assert "<svg" in (tmp_path / "x.svg").read_text()
