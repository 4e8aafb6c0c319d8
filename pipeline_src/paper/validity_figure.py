"""Shares of sound conformers, strain, and matching before and after a relaxation, row by row."""

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipeline_src.paper.beyond import mark_beyond
from pipeline_src.paper.figure_words import clipped_words, sentences
from pipeline_src.paper.learned import LOST_ANGSTROM
from pipeline_src.paper.names import metric_name, unit_of
from pipeline_src.reports.style import MARKERS, MUTED, PALETTE, panels, save_svg, styled
from pipeline_src.run.settings.paper_table import PaperTableSettings

DATA = ("row", "metric", "statistic", "unit", "value", "low", "high")
_PANELS = {  # title -> metrics
    "sound conformers": ("posebusters", "stereo_kept"),
    "strain": ("strain_mmff", "strain_gfn2-xtb"),
    "matching": ("mat_r", "mat_r_mmff")}
_LOGARITHMIC = 100  # kcal/mol: with more, small strains would not be seen


def draw_validity(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, with ``DATA``, after drawing it as SVG: symmetrised RMSDs."""
    data = _drawn(table)
    labels = [row.label for row in settings.rows if row.label in set(data["row"])]
    with styled():
        if not labels:
            figure, axes = panels(1, 1, 6.0, 1.2)
            axes[0][0].text(0.5, 0.5, "not measured", transform=axes[0][0].transAxes, ha="center",
                            va="center", color=MUTED)
            axes[0][0].set(xticks=[], yticks=[])
        else:
            figure, axes = panels(1, len(_PANELS), 4.1, 1.2 + 0.27 * len(labels))
            for panel, (title, metrics) in zip(axes[0], _PANELS.items(), strict=True):
                panel.set_title(title)
                _panel(panel, data, metrics, labels)
            for panel in axes[0][1:]:
                panel.tick_params(labelleft=False)
            for panel, place in zip(axes[0], ("left", "center", "right"), strict=True):
                figure.legend(*panel.get_legend_handles_labels(), loc=f"outside lower {place}",
                              ncols=2)
        save_svg(figure, path)
    return data.to_dict("records")


def validity_caption(drawn: pd.DataFrame) -> str:
    """What the marks and colours stand for; the figure's data as text."""
    distances = "Symmetrised RMSD." if (drawn["unit"] == "Å").any() else ""
    return sentences("Colours and marks are the scores named under each panel.", distances,
                     "Lines are 95 % intervals.", clipped_words(drawn))


def _drawn(table: pd.DataFrame) -> pd.DataFrame:
    """The cells that are drawn; of several statistics of a metric the first."""
    metrics = [metric for found in _PANELS.values() for metric in found]
    kept = table[table["metric"].isin(metrics) & (table["symmetrize"] != "false")
                 & table["statistic"].isin(["mean", "median"])].dropna(subset=["measured"])
    kept = kept.drop_duplicates(["row", "metric"])
    return kept.rename(columns={"measured": "value", "ci_low": "low", "ci_high": "high"})[[*DATA]]


def _panel(panel: Axes, data: pd.DataFrame, metrics: Sequence[str], labels: Sequence[str]) -> None:
    """A mark and its interval for each row and metric, the first row on top."""
    found = data[data["metric"].isin(metrics)]
    for number, metric in enumerate(metrics):
        rows = found[found["metric"] == metric]
        if unit_of(metric) == "Å":
            for row in rows[rows["value"] > LOST_ANGSTROM].itertuples():
                mark_beyond(panel, f"{row.value:.1f} Å",
                            labels.index(row.row) + (0.18 if number else -0.12))
            rows = rows[rows["value"] <= LOST_ANGSTROM]
            rows = rows.assign(high=rows["high"].clip(upper=LOST_ANGSTROM))
        heights = [labels.index(row) + (0.18 if number else -0.12) for row in rows["row"]]
        panel.hlines(heights, rows["low"], rows["high"], color=PALETTE[number], lw=1.6)
        panel.plot(rows["value"], heights, marker=MARKERS[number], ls="", color=PALETTE[number],
                   markersize=5, label=_legend(metric))
    unit = unit_of(metrics[0])
    panel.set_yticks(range(len(labels)), labels)
    panel.set_ylim(len(labels) - 0.4, -0.6)
    panel.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    panel.grid(axis="y", visible=False)
    words = {"%": "conformers (%), higher is better", "Å": "MAT-R (Å), lower is better",
             "kcal/mol": "median strain (kcal/mol), lower is better"}[unit]
    if unit == "%":
        panel.set_xlim(-3, 103)
    elif unit == "kcal/mol" and found["value"].max() > _LOGARITHMIC:
        panel.set_xscale("symlog", linthresh=10)
        panel.set_xlim(left=0)
        panel.xaxis.set_major_formatter(FuncFormatter(
            lambda value, _: f"{value:,.0f}" if value < 1e5 else f"1e{math.log10(value):.0f}"))
        words += ",\nlogarithmic above 10"
    panel.set_xlabel(words)


def _legend(metric: str) -> str:
    if metric == "mat_r":
        return "as drawn"
    return metric_name(metric).removeprefix("strain, ").removeprefix("MAT-R ")
