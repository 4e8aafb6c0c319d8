"""COV and MAT against the number of noise levels a sampler visits."""

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline_src.reports.geometry_figures import shown_symmetrize
from pipeline_src.reports.style import (
    DASHES,
    INK,
    chain_looks,
    legend_below,
    logarithmic,
    panels,
    present,
)
from pipeline_src.run.settings.report import ReportSettings, Walk

WITHIN = 0.02  # of the full schedule's MAT: the grey band
_SIDES = (("mat_r", "MAT-R (Å)"), ("mat_p", "MAT-P (Å)"), ("cov_r", "COV-R (%)"),
          ("cov_p", "COV-P (%)"))


def steps_table(scores: pd.DataFrame, settings: ReportSettings) -> pd.DataFrame:
    """Mean scores by chain, dataset, line and levels visited.

    Only chains that were sampled with at least two numbers of levels; coverage at the headline δ,
    failed molecules as zero; seeds averaged.

    Returns:
        Columns chain, dataset, line (samplers alike but for their levels), levels, full (whether
        all levels), mat_r, mat_p, cov_r, cov_p.
    """
    scores = scores[scores["symmetrize"] == shown_symmetrize(scores)]
    rows = []
    for (chain, dataset, sampler), group in scores.groupby(["chain", "dataset", "sampler"]):
        walks = settings.walks.get(chain, {})
        if sampler not in walks:
            continue
        walk = walks[sampler]
        delta = settings.headline_delta(dataset)
        at_delta = group[group["delta"] == delta]  # none where the dataset has no threshold
        rows.append({"chain": chain, "dataset": dataset, "line": _line(walk, walks.values()),
                     "levels": walk.levels, "full": walk.full, **group[["mat_r", "mat_p"]].mean(),
                     **at_delta[["cov_r", "cov_p"]].fillna(0.0).mean()})
    table = pd.DataFrame(rows, columns=["chain", "dataset", "line", "levels", "full",
                                        *(column for column, _ in _SIDES)])
    several = table.groupby(["chain", "dataset"])["levels"].transform("nunique") > 1
    return table[several].sort_values("levels", ignore_index=True)


def _line(walk: Walk, walks: Iterable[Walk]) -> str:
    """The kind of a walk, with the settings that others of its kind have otherwise."""
    others = [other.options for other in walks if other.kind == walk.kind]
    own = [f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
           for name, value in walk.options.items()
           if any(options.get(name) != value for options in others)]
    return ", ".join([walk.kind, *own])


def draw_steps(scores: pd.DataFrame, settings: ReportSettings) -> Figure | None:
    """MAT and COV against the levels visited, a row of panels per dataset; None without data."""
    table = steps_table(scores, settings)
    datasets = present([d.name for d in settings.datasets], table["dataset"])
    if not datasets:
        return None
    figure, axes = panels(len(datasets), len(_SIDES), 3.1, 2.9)
    for row, dataset in zip(axes, datasets, strict=True):
        for panel, (column, title) in zip(row, _SIDES, strict=True):
            _panel(panel, table[table["dataset"] == dataset], column, settings)
            panel.set_title(f"{dataset}: {title.split()[0]}")
            panel.set(xlabel="noise levels visited (count)", ylabel=title)
    legend_below(figure, axes[0][0])
    return figure


def _panel(panel: Axes, table: pd.DataFrame, column: str, settings: ReportSettings) -> None:
    chains = present(list(settings.chains), table["chain"])
    told_apart = list(settings.chains) if len(chains) > 1 else sorted(set(table["line"]))
    looks = chain_looks(told_apart)
    for chain in chains:
        of_chain = table[table["chain"] == chain]
        for number, (name, line) in enumerate(of_chain.groupby("line", sort=True)):
            key = chain if len(chains) > 1 else name
            look = replace(looks[key], dash=DASHES[number % len(DASHES)])
            panel.plot(line["levels"], line[column], label=f"{chain} ({name})", **look.line())
            full = line[line["full"]]
            if column.startswith("mat") and len(full):
                value = float(full[column].iloc[0])
                panel.axhspan((1 - WITHIN) * value, (1 + WITHIN) * value, color=INK, alpha=0.08,
                              lw=0)
    logarithmic(panel, "x", float(table["levels"].min()), float(table["levels"].max()))
    panel.set_ylim(bottom=0)
