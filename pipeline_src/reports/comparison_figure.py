"""Paired differences of chains from their baselines, with their intervals about a zero line."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline_src.reports.comparison_text import default_variant, first_deltas
from pipeline_src.reports.inputs import METRICS
from pipeline_src.reports.style import INK, MUTED, chain_colors, chain_markers, panels, present
from pipeline_src.reports.views import METRIC_NAMES, is_coverage
from pipeline_src.run.settings.report import ReportSettings


def draw_paired(paired: pd.DataFrame, settings: ReportSettings) -> Figure | None:
    """Mean differences by pair, a panel per metric, two rows of panels per dataset; None without.

    Coverage at the first δ of the dataset.
    """
    paired = first_deltas(default_variant(paired.dropna(subset=["difference"])))
    datasets = present([d.name for d in settings.datasets], paired["dataset"])
    if not datasets:
        return None
    lines = paired.groupby(["chain", "sampler"]).ngroups
    figure, axes = panels(2 * len(datasets), 2, 4.9, 1.0 + 0.34 * lines)
    for number, dataset in enumerate(datasets):
        rows = paired[paired["dataset"] == dataset]
        for place, metric in enumerate(METRICS):
            panel = axes[2 * number + place // 2][place % 2]
            _panel(panel, rows[rows["metric"] == metric], metric, settings)
            at = f" at δ = {rows['delta'].iloc[0]:g} Å" if is_coverage(metric) else ""
            panel.set_title(f"{dataset}: {METRIC_NAMES[metric]}{at}")
            panel.tick_params(labelleft=place % 2 == 0)
    return figure


def _panel(panel: Axes, rows: pd.DataFrame, metric: str, settings: ReportSettings) -> None:
    colors, markers = chain_colors(settings.chains), chain_markers(settings.chains)
    several = rows["sampler"].nunique() > 1
    labels = []
    for chain in present(list(settings.chains), rows["chain"]):
        for row in rows[rows["chain"] == chain].itertuples():
            color, height = colors.get(chain, MUTED), len(labels)
            apart = row.low > 0 or row.high < 0
            panel.plot([row.low, row.high], [height, height], color=color, lw=1.8)
            panel.plot(row.difference, height, marker=markers.get(chain, "o"), color=color,
                       markersize=6, markerfacecolor=color if apart else "white")
            labels.append(f"{chain} − {row.baseline}" + (f" ({row.sampler})" if several else ""))
    panel.axvline(0, color=INK, lw=0.9, zorder=1)
    panel.set_yticks(range(len(labels)), labels)
    panel.set_ylim(len(labels) - 0.4, -0.6)
    panel.margins(x=0.08)
    panel.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    panel.grid(axis="y", visible=False)
    panel.set_xlabel("difference, higher is better (percentage points)" if is_coverage(metric)
                     else "difference, lower is better (Å)")
