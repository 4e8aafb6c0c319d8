"""Scores by how the noise levels of a chain are shared out among its stages (Table 16)."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from pipeline_src.paper import geometry
from pipeline_src.paper.dots import DATA, dots_caption, draw_dots, figure_data
from pipeline_src.paper.figure_words import mode_words, sentences
from pipeline_src.paper.names import axis_label
from pipeline_src.reports.style import PALETTE, panels, save_svg, styled
from pipeline_src.run.settings.paper_table import PaperTableSettings

rows = geometry.rows
SHARE = "first_stage_percent"


def figure(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, after drawing the scores against the share of the first stage.

    Where no row has two stages with noise levels, the rows are drawn as in other tables.
    """
    shares = {row.label: row.visited[0] / sum(row.visited) * 100 for row in settings.rows
              if len(row.visited) == 2 and sum(row.visited)}
    data = figure_data(table)
    data = data[(data["source"] == "measured") & data["row"].isin(list(shares))]
    if data.empty:
        return draw_dots(table, settings, path)
    data = data.assign(**{SHARE: data["row"].map(shares)}).sort_values(
        ["metric", "symmetrize", SHARE], ascending=[True, False, True])
    metrics = list(dict.fromkeys(table["metric"][table["metric"].isin(data["metric"])]))
    with styled():
        drawn, axes = panels(-(-len(metrics) // 2), 2, 4.6, 2.7)
        flat = [panel for line in axes for panel in line]
        for panel, metric in zip(flat, metrics, strict=False):
            _panel(panel, data[data["metric"] == metric], metric)
        for panel in flat[len(metrics):]:
            panel.set_axis_off()
        save_svg(drawn, path)
    return data[[*DATA, SHARE]].to_dict("records")


def caption(drawn: pd.DataFrame) -> str:
    """What the lines stand for; the figure's data as text."""
    if SHARE not in drawn:
        return dots_caption(drawn)
    both = drawn["symmetrize"].nunique() > 1
    return sentences("Blue: symmetrised RMSD; grey: plain." if both else mode_words(drawn),
                     "The bands are 95 % intervals of the mean over molecules.")


def _panel(panel: Axes, rows: pd.DataFrame, metric: str) -> None:
    for mode, colour in (("true", PALETTE[0]), ("false", "#8a96a3")):
        found = rows[rows["symmetrize"] == mode].astype({"value": float, "low": float,
                                                         "high": float})
        if len(found):
            panel.plot(found[SHARE], found["value"], color=colour, marker="o",
                       markersize=4, lw=1.5 if mode == "true" else 0.9)
            panel.fill_between(found[SHARE].astype(float), found["low"],
                               found["high"], color=colour, alpha=0.13, lw=0)
    panel.set_xlabel("noise levels of the first stage (% of both)")
    panel.set_ylabel(axis_label(metric).replace(", ", "\n", 1))
