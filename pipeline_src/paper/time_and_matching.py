"""Matching score against what sampling took (Figure 3): lower and further left is better.

The times are those of ``paper.times``, the scores those of ``paper.geometry``.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from matplotlib.patheffects import withStroke

from pipeline_src.paper import times
from pipeline_src.paper.cells import Published
from pipeline_src.paper.dots import dots_caption, draw_panels
from pipeline_src.paper.figure_words import INTERVALS, mode_words, sentences
from pipeline_src.paper.geometry import Geometry
from pipeline_src.paper.learned import LOST_ANGSTROM
from pipeline_src.paper.names import axis_label
from pipeline_src.reports.style import chain_looks, legend_below, panels, save_svg, styled
from pipeline_src.run.settings.paper_table import PaperTableSettings

METRIC, TIME = "mat_r", times.METRIC
DATA = ("row", "chain", "seconds", "mat_r", "low", "high", "symmetrize")
_HALO = [withStroke(linewidth=2.5, foreground="white")]


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the figure: the scores of all rows, then what they took.

    Args:
        settings: rows with score files and benchmarks.
        paper: folder of the published values.
    """
    made, printed = Geometry(settings, paper), Published(settings, paper)
    for mode in made.modes():
        yield from made.of_metric(METRIC, mode, printed)
    yield from times.rows(settings, paper)


def figure(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, after drawing it; the means alone where no time is known."""
    means = table[(table["statistic"] == "mean") & table["measured"].notna()]
    seconds = means[means["metric"] == TIME].set_index("row")["measured"]
    scores = means[(means["metric"] == METRIC) & means["row"].isin(seconds.index)]
    scores = scores[scores["symmetrize"] == max(scores["symmetrize"], default="")]
    if scores.empty:
        return draw_panels(table, [row.label for row in settings.rows], path)
    data = pd.DataFrame({
        "row": scores["row"], "chain": scores["chain"], "seconds": scores["row"].map(seconds),
        "mat_r": scores["measured"], "low": scores["ci_low"], "high": scores["ci_high"],
        "symmetrize": scores["symmetrize"]})
    looks = chain_looks(data["chain"])
    with styled():
        figure, axes = panels(1, 1, 6.4, 4.2)
        panel = axes[0][0]
        for place, (chain, rows) in enumerate(
                data.sort_values("seconds").groupby("chain", sort=False)):
            colour = looks[chain].color
            panel.plot(rows["seconds"], rows["mat_r"], label=_name(rows), **looks[chain].line())
            panel.vlines(rows["seconds"], rows["low"], rows["high"], lw=1.1, color=colour)
            for row in rows.itertuples():  # of every other chain below its marks
                panel.annotate(_split(row.row)[0], (row.seconds, row.mat_r), fontsize=8,
                               xytext=(5, -11 if place % 2 else 5), textcoords="offset points",
                               color=colour, path_effects=_HALO)
        panel.set_xlabel("seconds of sampling a molecule, all its samples")
        panel.set_ylabel(axis_label(METRIC))
        panel.set_xlim(left=0)
        if data["mat_r"].max() > LOST_ANGSTROM:  # a chain whose samples are lost
            panel.set_yscale("log")
            panel.set_ylabel(f"{axis_label(METRIC)}, logarithmic")
        legend_below(figure, panel)
        save_svg(figure, path)
    return data[list(DATA)].to_dict("records")


def _split(label: str) -> tuple[str, str]:
    """What stands at a mark and what names its line: before and after the colon of the row."""
    before, colon, after = label.partition(": ")
    return (before, after) if colon else (label, "")


def _name(rows: pd.DataFrame) -> str:
    """Of the line through these rows: what all of their labels end with, or the chain."""
    names = {_split(label)[1] for label in rows["row"]}
    return next(iter(names)) if len(names) == 1 and all(names) else rows["chain"].iloc[0]


def caption(drawn: pd.DataFrame) -> str:
    """What the marks and colours stand for; the figure's data as text."""
    if "seconds" not in drawn:
        return dots_caption(drawn)
    return sentences("A colour and a mark for each chain.", mode_words(drawn), INTERVALS)
