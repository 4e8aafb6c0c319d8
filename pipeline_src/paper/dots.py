"""Means of a table's rows with their intervals, a panel a metric; the paper's stand apart.

What the paper prints is drawn with open marks, in other panels: the two are never ranked together.
They share an axis where both can be read on it; otherwise the panel says that its axis is another.
A row whose samples are lost (``learned``) is drawn at the edge, with its number.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from pipeline_src.paper.beyond import mark_beyond
from pipeline_src.paper.figure_words import (
    INTERVALS,
    PLAIN,
    clipped_words,
    mode_words,
    sentences,
)
from pipeline_src.paper.learned import LOST_ANGSTROM, lost
from pipeline_src.paper.names import axis_label, unit_of
from pipeline_src.reports.style import BARS, INK, MUTED, PALETTE, panels, save_svg, styled
from pipeline_src.run.settings.paper_table import PaperTableSettings

DATA = ("row", "metric", "unit", "symmetrize", "source", "value", "low", "high")
_FAINT = "#8a96a3"
_SHARED = 0.25  # of a common axis that the values of each panel must cover at least


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
                own = ours[ours["metric"] == metric]
                _measured(line[0], own, labels, metric, set(lost(table)))
                line[0].set_yticks(range(len(labels)), _with_deltas(table, labels, metric))
                if printed:
                    theirs = data[(data["metric"] == metric) & (data["source"] == "paper")]
                    _printed(line[1], theirs, labels, metric)
                    _share(line[0], line[1], own, theirs)
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


def dots_caption(drawn: pd.DataFrame) -> str:
    """What the marks of ``draw_panels`` stand for; its data as text."""
    ours = drawn[drawn["source"] == "measured"]
    modes = set(ours["symmetrize"])
    plain = ours[(ours["symmetrize"] == PLAIN) & (ours["unit"] == "Å")]
    far = (pd.to_numeric(plain["value"]) > LOST_ANGSTROM).any()
    return sentences(
        "Blue: symmetrised RMSD; grey: plain." if {"true", PLAIN} <= modes else mode_words(ours),
        INTERVALS if len(ours) else "",
        clipped_words(ours[ours["symmetrize"] != PLAIN]),
        f"Small grey marks at the edge: plain means above {LOST_ANGSTROM:g} Å." if far else "",
        "Open diamonds: printed in the paper." if len(ours) < len(drawn) else "")


def _with_deltas(table: pd.DataFrame, labels: Sequence[str], metric: str) -> list[str]:
    """The labels, with the threshold of a coverage where the rows have different ones."""
    rows = table[(table["metric"] == metric) & table["measured"].notna()]
    deltas = rows.dropna(subset=["delta_angstrom"]).groupby("row")["delta_angstrom"].first()
    if unit_of(metric) != "%" or deltas.nunique() < 2:
        return list(labels)
    return [f"{label} (δ {deltas[label]:g} Å)" if label in deltas else label for label in labels]


def _measured(panel: Axes, rows: pd.DataFrame, labels: Sequence[str], metric: str,
              failed: set[str]) -> None:
    clip = unit_of(metric) == "Å"
    for row in rows.itertuples():
        plain = row.symmetrize == "false"
        height = labels.index(row.row) + (0.22 if plain else -0.05)
        colour = _FAINT if plain else PALETTE[0]
        if clip and row.value > LOST_ANGSTROM:
            words = f"{row.value:.1f} Å{', samples lost' * (row.row in failed)}"
            mark_beyond(panel, "" if plain else words, height, *((colour, 3.5) if plain else ()))
            continue
        high = min(row.high, LOST_ANGSTROM) if clip else row.high
        panel.plot([row.low, high], [height, height], color=colour, lw=1.1 if plain else 1.9)
        panel.plot(row.value, height, marker="o", color=colour, markersize=3 if plain else 5.5,
                   ls="", label="plain RMSD" if plain else "symmetrised RMSD")
    if clip and len(rows) and rows["value"].min() > LOST_ANGSTROM:
        panel.set_xlim(0, LOST_ANGSTROM)
    _axes(panel, labels, metric, "measured here", INK)
    if rows.empty:
        _nothing(panel, "not measured")


def _share(measured: Axes, printed: Axes, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Give both panels one axis, or say that they have two."""
    shown = ours[~((ours["unit"] == "Å") & (ours["value"] > LOST_ANGSTROM))]
    if shown.empty or theirs.empty:
        return
    ends = [panel.get_xlim() for panel in (measured, printed)]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    if min(end[1] - end[0] for end in ends) < _SHARED * (high - low):
        printed.set_title("printed in the paper (another axis)", color="#8a5a00")
        return
    for panel in (measured, printed):
        panel.set_xlim(low, high)


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
