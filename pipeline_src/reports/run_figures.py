"""Figures of how the run went: learning curves, level sizes, property errors, run times."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline_src.reports.geometry_figures import draw_by_chain
from pipeline_src.reports.inputs import level_order
from pipeline_src.reports.style import (
    BARS,
    INK,
    PALETTE,
    legend_below,
    logarithmic,
    panels,
    present,
)
from pipeline_src.run.settings.report import ReportSettings

QUANTITIES = {
    "e_mean": "mean energy", "e_min": "lowest energy", "gap_mean": "mean gap",
    "gap_min": "smallest gap", "gap_max": "largest gap",
}
TIME_UNITS = ((7200, 3600, "h"), (180, 60, "min"), (0, 1, "s"))


def draw_learning(curves: pd.DataFrame, settings: ReportSettings) -> Figure | None:
    """Training and validation loss against the step, a panel per stage; None without data."""
    stages = present([s.name for s in settings.stages], curves["stage"])
    if not stages:
        return None
    columns = min(3, len(stages))
    figure, grid = panels(math.ceil(len(stages) / columns), columns, 9.4 / max(2, columns), 2.9)
    axes = [panel for row in grid for panel in row]
    for panel, stage in zip(axes, stages, strict=False):
        for _, curve in curves[curves["stage"] == stage].groupby("seed"):
            _loss_lines(panel, curve)
        panel.set_title(stage)
        panel.set(xlabel="training step (count)", ylabel="loss per bead (dimensionless)")
        panel.margins(x=0.03)
    for panel in axes[len(stages):]:
        panel.remove()
    legend_below(figure, axes[0])
    return figure


def _loss_lines(panel: Axes, curve: pd.DataFrame) -> None:
    train = curve.dropna(subset=["train_loss"])
    validation = curve.dropna(subset=["validation_loss"])
    panel.plot(train["step"], train["train_loss"], color=PALETTE[5], lw=1.3,
               marker="." if len(train) < 40 else None, label="training")
    panel.plot(validation["step"], validation["validation_loss"], color=PALETTE[1], lw=1.7,
               marker="s", markersize=3.5, markevery=max(1, len(validation) // 12),
               label="validation")
    values = pd.concat([train["train_loss"], validation["validation_loss"]])
    if len(values) and values.min() > 0:
        logarithmic(panel, "y", values.min(), values.max())


def draw_levels(levels: pd.DataFrame, settings: ReportSettings) -> Figure | None:
    """Mean beads a level and the share of molecules that collapse there; None without data."""
    datasets = present([d.name for d in settings.datasets], levels["dataset"])
    if not datasets:
        return None
    names = level_order(levels["level"])
    long = any(" of " in name for name in names)
    figure, [[sizes, collapsed]] = panels(1, 2, 4.7, 3.9 if long else 2.9)
    width = 0.8 / len(datasets)
    for number, dataset in enumerate(datasets):
        by_level = levels[levels["dataset"] == dataset].groupby("level")
        places = [k + (number - (len(datasets) - 1) / 2) * width for k in range(len(names))]
        for panel, values, text in (
            (sizes, by_level["n_beads"].mean(), "{:.1f}"),
            (collapsed, by_level["collapsed"].mean() * 100, "{:.0f}"),
        ):
            bars = panel.bar(places, [values.get(n, math.nan) for n in names], width * 0.92,
                             color=BARS[number % len(BARS)], label=dataset)
            panel.bar_label(bars, [text.format(values[n]) if n in values else "" for n in names],
                            padding=2, fontsize=8 if len(names) * len(datasets) < 13 else 6)
    sizes.set(ylabel="mean beads a molecule (count)", xlabel="level (coarse to fine)")
    collapsed.set(ylabel="collapsed molecules (%)", xlabel="level (coarse to fine)", ylim=(0, 108))
    sizes.set_title("Size of each level")
    collapsed.set_title("Molecules where the level adds nothing")
    sizes.margins(y=0.12)
    for panel in (sizes, collapsed):
        panel.set_xticks(range(len(names)), names, rotation=25 if long else 0,
                         ha="right" if long else "center")
        panel.grid(axis="x", visible=False)
    legend_below(figure, sizes)
    return figure


def draw_properties(errors: pd.DataFrame, settings: ReportSettings) -> Figure | None:
    """Absolute error of every ensemble property by chain, in eV; None without data."""
    errors = errors.dropna(subset=["absolute_error_ev"])
    quantities = present(list(QUANTITIES), errors["quantity"])
    if not quantities:
        return None
    keys = ["chain", "sampler", "dataset", "molecule", "quantity"]
    errors = errors.groupby(keys, as_index=False)["absolute_error_ev"].mean()
    columns, lines = min(3, len(quantities)), errors.groupby(["chain", "sampler"]).ngroups
    figure, grid = panels(math.ceil(len(quantities) / columns), columns, 9.8 / columns,
                          1.0 + 0.36 * lines)
    axes = [panel for row in grid for panel in row]
    for number, (panel, quantity) in enumerate(zip(axes, quantities, strict=False)):
        values = errors[errors["quantity"] == quantity]
        draw_by_chain(panel, values, "absolute_error_ev", settings)
        panel.set_title(QUANTITIES.get(quantity, quantity))
        panel.set_xlabel("absolute error (eV)")
        _error_axis(panel, values["absolute_error_ev"])
        panel.tick_params(labelleft=number % columns == 0)
    for panel in axes[len(quantities):]:
        panel.remove()
    return figure


def _error_axis(panel: Axes, values: pd.Series) -> None:
    """Logarithmic when the errors span more than a factor 100, else from zero."""
    if values.min() > 0 and values.max() > 100 * values.min():
        logarithmic(panel, "x", values.min(), values.max())
    else:
        panel.set_xlim(left=0)


def time_unit(seconds: float) -> tuple[int, str]:
    """Seconds a unit has and its symbol: the unit in which ``seconds`` reads well."""
    return next((size, unit) for least, size, unit in TIME_UNITS if seconds >= least)


def format_time(seconds: float) -> str:
    """``seconds`` in a unit that reads well, e.g. '4.3 min'."""
    size, unit = time_unit(seconds)
    return f"{seconds / size:.1f} {unit}"


def draw_times(times: pd.DataFrame, settings: ReportSettings) -> Figure | None:
    """Wall time of each rule, summed over its jobs, longest on top; None without data."""
    if not len(times):
        return None
    by_rule = times.groupby("rule")["seconds"].agg(["sum", "count"]).sort_values("sum")
    size, unit = time_unit(by_rule["sum"].max())
    figure, [[panel]] = panels(1, 1, 9.4, 0.9 + 0.28 * len(by_rule))
    bars = panel.barh(by_rule.index, by_rule["sum"] / size, color=BARS[0], height=0.66)
    panel.bar_label(bars, [f"{format_time(total)}  ({jobs:.0f} job{'s' if jobs > 1 else ''})"
                           for total, jobs in by_rule.to_numpy()], padding=4, fontsize=8, color=INK)
    panel.set_xlabel(f"wall time, summed over jobs ({unit})")
    panel.margins(x=0.2)
    panel.set_xlim(left=0)
    panel.grid(axis="y", visible=False)
    return figure
