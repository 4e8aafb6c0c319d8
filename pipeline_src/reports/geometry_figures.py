"""Figures of COV and MAT: coverage against its threshold, matching per molecule."""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline_src.reports.style import (
    DASHES,
    INK,
    MUTED,
    Look,
    chain_colors,
    chain_looks,
    legend_below,
    panels,
    present,
)
from pipeline_src.run.settings.report import ReportSettings

_MOST_DOTS = 200  # per chain; more would hide the box
COVERAGE_SIDES = (("cov_r_mean", "COV-R"), ("cov_p_mean", "COV-P"))
MATCHING_SIDES = (("mat_r", "MAT-R (recall)"), ("mat_p", "MAT-P (precision)"))


def shown_symmetrize(frame: pd.DataFrame) -> bool:
    """The RMSD variant the figures show: symmetrised, unless only the plain one was scored."""
    return bool(frame["symmetrize"].any())


def draw_coverage(curve: pd.DataFrame, settings: ReportSettings) -> Figure | None:
    """COV-R and COV-P against δ, a row of panels per dataset; None without data.

    Seeds are averaged; a band spans the lowest and highest seed.
    """
    curve = curve[curve["symmetrize"] == shown_symmetrize(curve)].dropna(subset=["cov_r_mean"])
    datasets = present([d.name for d in settings.datasets], curve["dataset"])
    if not datasets:
        return None
    figure, axes = panels(len(datasets), 2, 4.7, 3.1)
    for row, dataset in zip(axes, datasets, strict=True):
        for panel, (column, title) in zip(row, COVERAGE_SIDES, strict=True):
            _coverage_panel(panel, curve[curve["dataset"] == dataset], column, settings)
            delta = settings.headline_delta(dataset)
            panel.set_title(f"{dataset}: {title}" + (f", dashed: δ = {delta:g} Å" if delta else ""))
            if delta:
                panel.axvline(delta, color=INK, lw=0.9, ls=(0, (4, 3)), zorder=1)
    legend_below(figure, axes[0][0])
    return figure


def _coverage_panel(panel: Axes, curve: pd.DataFrame, column: str,
                    settings: ReportSettings) -> None:
    looks = chain_looks(settings.chains)
    samplers = present(settings.samplers, curve["sampler"])
    for place, chain in enumerate(present(list(settings.chains), curve["chain"])):
        for number, sampler in enumerate(samplers):
            lines = curve[(curve["chain"] == chain) & (curve["sampler"] == sampler)]
            by_delta = lines.groupby("delta")[column]
            mean, low, high = by_delta.mean(), by_delta.min(), by_delta.max()
            label = chain if len(samplers) == 1 else f"{chain} ({sampler})"
            look, every = looks.get(chain, Look()), max(1, len(mean) // 6)
            if len(samplers) > 1:
                look = replace(look, dash=DASHES[number % len(DASHES)])
            panel.plot(mean.index, mean, label=label, markevery=(place % every, every),
                       **look.line())
            if lines["seed"].nunique() > 1:
                panel.fill_between(mean.index, low, high, color=look.color, alpha=0.15, lw=0)
    panel.set(xlabel="threshold δ (Å)", ylabel="coverage, mean (%)", ylim=(-3, 103))
    panel.set_xlim(0, float(curve["delta"].max()))


def draw_matching(scores: pd.DataFrame, settings: ReportSettings) -> Figure | None:
    """MAT-R and MAT-P of each molecule by chain, a row of panels per dataset; None without data."""
    scores = scores[scores["symmetrize"] == shown_symmetrize(scores)].dropna(subset=["mat_r"])
    datasets = present([d.name for d in settings.datasets], scores["dataset"])
    if not datasets:
        return None
    runs = ["chain", "dataset", "sampler", "molecule"]  # MAT knows no δ; seeds are averaged
    scores = scores.groupby(runs, as_index=False)[["mat_r", "mat_p"]].mean()
    lines = scores.groupby(["chain", "sampler"]).ngroups
    figure, axes = panels(len(datasets), 2, 4.7, 0.9 + 0.42 * lines)
    for row, dataset in zip(axes, datasets, strict=True):
        for panel, (column, title) in zip(row, MATCHING_SIDES, strict=True):
            of_dataset = scores[scores["dataset"] == dataset]
            draw_by_chain(panel, of_dataset, column, settings)
            panel.set_title(f"{dataset}: {title}")
            panel.set_xlabel(f"{title[:5]} per molecule (Å)")
            panel.set_xlim(left=0)
        row[1].tick_params(labelleft=False)
    return figure


def draw_by_chain(panel: Axes, values: pd.DataFrame, column: str,
                  settings: ReportSettings) -> None:
    """Draw the molecules' values as dots and a box, a line per chain, first chain on top."""
    colors = chain_colors(settings.chains)
    groups = [(chain, sampler, group[column].dropna().to_numpy())
              for chain in present(list(settings.chains), values["chain"])
              for sampler, group in values[values["chain"] == chain].groupby("sampler")]
    several = values["sampler"].nunique() > 1
    for height, (chain, _, numbers) in enumerate(groups):
        color = colors.get(chain, MUTED)
        if 0 < len(numbers) <= _MOST_DOTS:
            panel.scatter(numbers, height + _spread(len(numbers)), s=13, color=color, alpha=0.55,
                          linewidths=0)
        if len(numbers) > 3:
            panel.boxplot(numbers, positions=[height], orientation="horizontal", widths=0.62,
                          showfliers=len(numbers) > _MOST_DOTS, manage_ticks=False,
                          boxprops={"color": color}, whiskerprops={"color": color},
                          capprops={"color": color}, medianprops={"color": INK, "lw": 1.8},
                          flierprops={"marker": ".", "markersize": 2, "markeredgecolor": color})
        elif len(numbers):
            panel.plot([np.median(numbers)] * 2, [height - 0.3, height + 0.3], color=INK, lw=1.8)
    panel.set_yticks(range(len(groups)),
                     [f"{chain} ({s})" if several else chain for chain, s, _ in groups])
    panel.set_ylim(len(groups) - 0.4, -0.6)
    panel.xaxis.set_major_locator(MaxNLocator(5))
    panel.grid(axis="y", visible=False)


def _spread(count: int) -> np.ndarray:  # (count,) in [-0.2, 0.2]
    """Vertical offsets that keep dots apart: the golden-ratio sequence, the same every time."""
    return 0.4 * ((np.arange(count) * 0.6180339887498949) % 1.0) - 0.2
