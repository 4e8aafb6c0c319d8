"""COV and MAT against the number of noise levels a sampler visits."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline_src.reports.geometry_figures import shown_symmetrize
from pipeline_src.reports.style import (
    INK,
    chain_colors,
    chain_markers,
    legend_below,
    logarithmic,
    panels,
    present,
)
from pipeline_src.run.settings.report import ReportSettings

WITHIN = 0.02  # of the full schedule's MAT: the grey band
_SIDES = (("mat_r", "MAT-R (Å)"), ("mat_p", "MAT-P (Å)"), ("cov_r", "COV-R (%)"),
          ("cov_p", "COV-P (%)"))


def steps_table(scores: pd.DataFrame, settings: ReportSettings) -> pd.DataFrame:
    """Mean scores by chain, dataset, kind of sampler and levels visited.

    Only chains that were sampled with at least two numbers of levels; coverage at the headline δ,
    failed molecules as zero; seeds averaged.

    Returns:
        Columns chain, dataset, kind, levels, full (whether all levels), mat_r, mat_p, cov_r, cov_p.
    """
    scores = scores[scores["symmetrize"] == shown_symmetrize(scores)]
    rows = []
    for (chain, dataset, sampler), group in scores.groupby(["chain", "dataset", "sampler"]):
        walk = settings.walks.get(chain, {}).get(sampler)
        if walk is None:
            continue
        delta = settings.headline_delta(dataset)
        at_delta = group[group["delta"] == delta]  # none where the dataset has no threshold
        rows.append({"chain": chain, "dataset": dataset, "kind": walk.kind, "levels": walk.levels,
                     "full": walk.full, **group[["mat_r", "mat_p"]].mean(),
                     **at_delta[["cov_r", "cov_p"]].fillna(0.0).mean()})
    table = pd.DataFrame(rows, columns=["chain", "dataset", "kind", "levels", "full",
                                        *(column for column, _ in _SIDES)])
    several = table.groupby(["chain", "dataset"])["levels"].transform("nunique") > 1
    return table[several].sort_values("levels", ignore_index=True)


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
    colors, markers = chain_colors(settings.chains), chain_markers(settings.chains)
    for chain in present(list(settings.chains), table["chain"]):
        of_chain = table[table["chain"] == chain]
        for number, (kind, line) in enumerate(of_chain.groupby("kind", sort=True)):
            panel.plot(line["levels"], line[column], color=colors[chain], marker=markers[chain],
                       markersize=4.5, ls=("-", "--", ":")[number % 3], label=f"{chain} ({kind})")
            full = line[line["full"]]
            if column.startswith("mat") and len(full):
                value = float(full[column].iloc[0])
                panel.axhspan((1 - WITHIN) * value, (1 + WITHIN) * value, color=INK, alpha=0.08,
                              lw=0)
    logarithmic(panel, "x", float(table["levels"].min()), float(table["levels"].max()))
    panel.set_ylim(bottom=0)
