"""Scores by section of the molecules: a panel a number that sections are made by."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from pipeline_src.paper.figure_words import INTERVALS, mode_words, sentences
from pipeline_src.paper.names import axis_label
from pipeline_src.reports.style import (
    MUTED,
    Look,
    chain_looks,
    legend_below,
    panels,
    save_svg,
    styled,
)
from pipeline_src.run.settings.paper_table import PaperTableSettings

METRICS = ("cov_r", "mat_r")
DATA = ("row", "part", "metric", "symmetrize", "measured", "ci_low", "ci_high", "molecules",
        "paper")


def draw_strata(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, after drawing the means of each section with their intervals.

    The first RMSD mode is drawn. Sections of the item without molecules are named and empty; those
    made of the molecules at hand (their names have a colon) are left out then.
    """
    means = table[(table["statistic"] == "mean") & table["metric"].isin(METRICS)]
    means = means[means["symmetrize"] == max(means["symmetrize"], default="")]
    counts = table[table["metric"] == "molecules"].drop_duplicates("part")
    sizes = {part: int(size) for part, size in zip(counts["part"], counts["molecules"], strict=True)
             if size or ": " not in part}
    means = means[means["part"].isin(list(sizes))]
    labels = [row.label for row in settings.rows if row.label in set(means["row"])]
    looks = chain_looks(labels)
    with styled():
        drawn, axes = panels(1, len(METRICS), 4.8, 1.2 + 0.3 * max(3, len(sizes)))
        for panel, metric in zip(axes[0], METRICS, strict=True):
            for number, label in enumerate(labels):
                found = means[(means["metric"] == metric) & (means["row"] == label)]
                _draw(panel, found.dropna(subset=["measured"]), list(sizes), looks[label],
                      (number - (len(labels) - 1) / 2) * 0.7 / max(1, len(labels)))
            _axes(panel, sizes, metric)
        axes[0][1].tick_params(labelleft=False)
        legend_below(drawn, axes[0][0])
        save_svg(drawn, path)
    return means[list(DATA)].to_dict("records")


def strata_caption(drawn: pd.DataFrame) -> str:
    """What the marks and colours stand for; the figure's data as text."""
    return sentences("A colour and a mark for each row of the table; in brackets the molecules of "
                     "a section.", mode_words(drawn), INTERVALS)


def _draw(panel: Axes, rows: pd.DataFrame, parts: list[str], look: Look, shift: float) -> None:
    heights = [parts.index(part) + shift for part in rows["part"]]
    panel.hlines(heights, rows["ci_low"], rows["ci_high"], color=look.color, lw=1.3)
    panel.plot(rows["measured"], heights, label=rows["row"].iloc[0] if len(rows) else None,
               **{**look.line(), "ls": ""})


def _axes(panel: Axes, sizes: dict[str, int], metric: str) -> None:
    panel.set_yticks(range(len(sizes)), [f"{part} ({size})" for part, size in sizes.items()])
    for height, size in enumerate(sizes.values()):
        if not size:
            panel.axhspan(height - 0.4, height + 0.4, color=MUTED, alpha=0.08, lw=0)
    panel.set_ylim(len(sizes) - 0.4, -0.6)
    panel.grid(axis="y", visible=False)
    panel.set_xlabel(axis_label(metric))
