"""Checks passed and strain, by chain, the references among them."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from pipeline_src.reports.style import BARS, INK, MUTED, panels, present
from pipeline_src.run.settings.report import ReportSettings
from pipeline_src.run.settings.validity import REFERENCE

_PANELS = (
    ("sound conformers (%)", {"posebusters": "all of PoseBusters", "stereo_kept": "stereo kept"}),
    ("strain (kcal/mol)", {"strain_mmff": "MMFF94s", "strain_gfn2-xtb": "GFN2-xTB"}))
_HEIGHT = 0.36  # of a bar; two a chain
_WIDE = 300  # kcal/mol; with more the small strains would not be seen


def draw_validity(table: pd.DataFrame, settings: ReportSettings) -> Figure | None:
    """Two panels a dataset, shares and strain, each a mean over the seeds; None without data."""
    table = table.dropna(subset=["value"])
    datasets = present([d.name for d in settings.datasets], table["dataset"])
    if not datasets:
        return None
    several = table.loc[table["chain"] != REFERENCE, "sampler"].nunique() > 1
    table = table.assign(line=[f"{c} ({s})" if several and s else c for c, s in zip(
        table["chain"], table["sampler"], strict=True)])
    lines = list(dict.fromkeys(table["line"]))
    figure, axes = panels(len(datasets), 2, 4.9, 1.1 + 0.34 * len(lines))
    for row, dataset in zip(axes, datasets, strict=True):
        found = table[table["dataset"] == dataset].groupby(["check", "line"])[
            ["value", "q25", "q75"]].mean()
        for panel, (label, checks) in zip(row, _PANELS, strict=True):
            panel.set(xlabel=label, title=dataset)
            _panel(panel, found, checks, lines, share=label.endswith("(%)"))
        row[1].tick_params(labelleft=False)
    for panel, place in zip(axes[0], ("left", "right"), strict=True):
        handles, labels = panel.get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc=f"outside lower {place}", ncols=2)
    return figure


def _panel(panel: Axes, found: pd.DataFrame, checks: dict[str, str], lines: list[str],
           share: bool) -> None:
    """Bars of each of ``lines``, first on top; of strain the line spans the quartiles."""
    for offset, color, (check, label) in zip((-0.5, 0.5), BARS, checks.items(), strict=False):
        rows = found.loc[check] if check in found.index.get_level_values(0) else found.iloc[:0]
        shown = [(place, rows.loc[line]) for place, line in enumerate(lines) if line in rows.index]
        if not shown:
            continue
        places = [place + offset * _HEIGHT for place, _ in shown]
        scale = 100 if share else 1
        panel.barh(places, [row["value"] * scale for _, row in shown], _HEIGHT, color=color,
                   label=label)
        if not share:
            panel.hlines(places, [row["q25"] for _, row in shown], [row["q75"] for _, row in shown],
                         color=INK, lw=1.1)
    panel.set_yticks(range(len(lines)), lines)
    panel.set_ylim(len(lines) - 0.4, -0.6)
    panel.set_xlim(left=0, right=104 if share else None)
    if panel.get_xlim()[1] > _WIDE:
        panel.set_xscale("symlog", linthresh=10)
        panel.xaxis.set_major_formatter(FuncFormatter(
            lambda value, _: f"{value:,.0f}" if value < 1e5 else f"1e{math.log10(value):.0f}"))
        panel.set_xlabel(f"{panel.get_xlabel()}, logarithmic above 10")
    panel.axvline(0, color=MUTED, lw=0.8)
    panel.grid(axis="y", visible=False)
