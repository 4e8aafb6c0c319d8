"""Means of a table's rows with their intervals, a panel a metric; the paper's stand apart.

What the paper prints is drawn with open marks, in other panels and on other axes: the two are
never ranked together.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from pipeline_src.paper.names import axis_label
from pipeline_src.reports.style import BARS, INK, MUTED, PALETTE, panels, save_svg, styled
from pipeline_src.run.settings.paper_table import PaperTableSettings

DATA = ("row", "metric", "unit", "symmetrize", "source", "value", "low", "high")
_FAINT = "#8a96a3"


def draw_dots(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, after drawing it to ``path``; see ``draw_panels``."""
    return draw_panels(table, [row.label for row in settings.rows], path)


def draw_panels(table: pd.DataFrame, labels: Sequence[str], path: Path) -> list[dict]:
    """The data of the figure, with ``DATA``, after drawing it as SVG.

    Args:
        table: the cells of the table.
        labels: its rows, in order.
        path: of the SVG.
    """
    data = figure_data(table)
    ours = data[data["source"] == "measured"]
    metrics = list(dict.fromkeys(data["metric"]))
    printed = [m for m in metrics if ((data["metric"] == m) & (data["source"] == "paper")).any()]
    with styled():
        if not metrics:
            figure, axes = panels(1, 1, 6.0, 1.2)
            _nothing(axes[0][0], "neither measured here nor printed in the paper")
        else:
            height = 0.75 + 0.27 * len(labels)
            figure, axes = panels(len(metrics), 2 if printed else 1, 4.9, height)
            for line, metric in zip(axes, metrics, strict=True):
                _measured(line[0], ours[ours["metric"] == metric], labels, metric)
                if printed:
                    theirs = data[(data["metric"] == metric) & (data["source"] == "paper")]
                    _printed(line[1], theirs, labels, metric)
        save_svg(figure, path)
    return data.to_dict("records")


def figure_data(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn: the means that were measured, and those that the paper prints, apart."""
    means = table[table["statistic"] == "mean"]
    ours = means.dropna(subset=["measured"])
    ours = ours.assign(source="measured", value=ours["measured"], low=ours["ci_low"],
                       high=ours["ci_high"])
    theirs = means[means["paper"] != ""].drop_duplicates(["row", "metric"])
    theirs = theirs.assign(source="paper", symmetrize="", low=None, high=None, value=pd.to_numeric(
        theirs["paper"], errors="coerce")).dropna(subset=["value"])
    frames = [frame[list(DATA)].astype(object) for frame in (ours, theirs) if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*DATA])


def _measured(panel: Axes, rows: pd.DataFrame, labels: Sequence[str], metric: str) -> None:
    for row in rows.itertuples():
        plain = row.symmetrize == "false"
        height = labels.index(row.row) + (0.22 if plain else -0.05)
        colour = _FAINT if plain else PALETTE[0]
        panel.plot([row.low, row.high], [height, height], color=colour, lw=1.1 if plain else 1.9)
        panel.plot(row.value, height, marker="o", color=colour, markersize=3 if plain else 5.5,
                   ls="", label="plain RMSD" if plain else "symmetrised RMSD")
    _axes(panel, labels, metric, "measured here", INK)
    if rows.empty:
        _nothing(panel, "not measured")


def _printed(panel: Axes, rows: pd.DataFrame, labels: Sequence[str], metric: str) -> None:
    for row in rows.itertuples():
        panel.plot(row.value, labels.index(row.row), marker="D", color=BARS[2], ls="",
                   markerfacecolor="white", markersize=5, markeredgewidth=1.4)
    _axes(panel, labels, metric, "printed in the paper", "#8a5a00")
    panel.tick_params(labelleft=False)
    panel.set_facecolor("#fdf9ef")
    if rows.empty:
        _nothing(panel, "no value in the paper")


def _axes(panel: Axes, labels: Sequence[str], metric: str, whose: str, colour: str) -> None:
    panel.set_yticks(range(len(labels)), labels)
    panel.set_ylim(len(labels) - 0.4, -0.6)
    panel.margins(x=0.08)
    panel.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    panel.grid(axis="y", visible=False)
    panel.set_xlabel(axis_label(metric))
    panel.set_title(whose, color=colour)


def _nothing(panel: Axes, words: str) -> None:
    panel.text(0.5, 0.5, words, transform=panel.transAxes, ha="center", va="center", color=MUTED)
    panel.set_xticks([])
