"""Figures of a dataset's statistics: distributions over molecules, a line or bar a subset."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline_src.reports.statistics import element_shares, subsets_of
from pipeline_src.reports.style import BARS, DASHES, PALETTE, legend_below, panels

_BINS = 30
_PERCENT = "molecules (%)"


def draw_sizes(molecules: pd.DataFrame) -> Figure:
    """Beads at each level, and rotatable bonds."""
    figure, [[levels, rotatable]] = panels(1, 2, 4.7, 3.0)
    for number, column in enumerate(c for c in molecules if str(c).startswith("beads ")):
        values = molecules[column].dropna()
        if len(values):
            _outline(levels, values, _edges(values), str(column).removeprefix("beads "), number)
    levels.set(xlabel="beads a molecule (count)", ylabel=_PERCENT, title="Sizes of the levels")
    levels.legend(title="level")
    _by_subset(rotatable, molecules, "rotatable_bonds")
    rotatable.set(xlabel="rotatable bonds (count)", ylabel=_PERCENT, title="Rotatable bonds")
    rotatable.legend(title="subset")
    for panel in (levels, rotatable):
        panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    return figure


def draw_ensembles(molecules: pd.DataFrame) -> Figure:
    """Conformers of a molecule, and the window of their energies."""
    figure, [[conformers, energies]] = panels(1, 2, 4.7, 3.0)
    _by_subset(conformers, molecules, "n_conformers")
    conformers.set(xlabel="conformers a molecule (count)", ylabel=_PERCENT,
                   title="Conformers a molecule")
    conformers.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    _by_subset(energies, molecules, "energy_window_kcal_mol", whole=False)
    energies.set(xlabel="highest minus lowest energy (kcal/mol)", ylabel=_PERCENT,
                 title="Energy window of a molecule's conformers")
    legend_below(figure, conformers)
    return figure


def draw_chemistry(molecules: pd.DataFrame) -> Figure:
    """Shares of molecules with an element, and with a net charge."""
    figure, [[elements, charges]] = panels(1, 2, 4.7, 3.0)
    parts = _parts(molecules)
    names = list(element_shares(molecules))
    _grouped(elements, names, {s: element_shares(rows) for s, rows in parts.items()})
    elements.set(xlabel="element", ylabel=_PERCENT, title="Molecules that have an element")
    found = sorted(molecules["charge"].astype(int).unique())
    _grouped(charges, [f"{charge:+d}" if charge else "0" for charge in found], {
        s: {f"{c:+d}" if c else "0": 100.0 * (rows["charge"] == c).mean() for c in found}
        for s, rows in parts.items()})
    charges.set(xlabel="net charge (e)", ylabel=_PERCENT, title="Net charge")
    legend_below(figure, elements)
    return figure


def _parts(molecules: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The subsets, and what is in none, without 'all'."""
    return {name: rows for name, rows in subsets_of(molecules).items() if name != "all"}


def _edges(values: pd.Series, whole: bool = True) -> np.ndarray:
    """Edges of at most ``_BINS`` bins; whole numbers lie in the middle of theirs."""
    low, high = float(values.min()), float(values.max())
    if not whole:
        bins = int(np.clip(np.ceil(len(values) ** 0.5), 5, _BINS))
        return np.linspace(min(low, 0.0), high or 1.0, bins + 1)
    width = max(1, int(np.ceil((high - low + 1) / _BINS)))
    return np.arange(low, high + width + 1, width) - 0.5


def _outline(panel: Axes, values: pd.Series, edges: np.ndarray, label: str, number: int) -> None:
    weights = np.full(len(values), 100.0 / len(values))
    panel.hist(values, edges, weights=weights, histtype="step", lw=1.6, label=label,
               color=PALETTE[number % len(PALETTE)], ls=DASHES[number % len(DASHES)])


def _by_subset(panel: Axes, molecules: pd.DataFrame, column: str, whole: bool = True) -> None:
    """Outlines of a column's distribution in every subset, on the same bins."""
    known = molecules[column].dropna()
    if not len(known):
        panel.text(0.5, 0.5, "not known", transform=panel.transAxes, ha="center")
        return
    edges = _edges(known, whole)
    for number, (subset, rows) in enumerate(_parts(molecules).items()):
        values = rows[column].dropna()
        if len(values):
            _outline(panel, values, edges, subset, number)


def _grouped(panel: Axes, names: list[str], shares: dict[str, dict[str, float]]) -> None:
    """Bars of every subset beside each other at every name."""
    width = 0.8 / max(1, len(shares))
    for number, (subset, values) in enumerate(shares.items()):
        places = [k + (number - (len(shares) - 1) / 2) * width for k in range(len(names))]
        panel.bar(places, [values.get(name, 0.0) for name in names], width * 0.92,
                  color=(*BARS, *PALETTE)[number], label=subset)
    panel.set_xticks(range(len(names)), names)
    panel.grid(axis="x", visible=False)
