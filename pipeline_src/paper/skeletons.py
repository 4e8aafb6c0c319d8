"""Structural formulas in a figure."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from pipeline_src.chem.depiction import Depiction, depict
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.reports.style import INK, MUTED

_APART = 0.22  # between the lines of a double bond; a bond is 1.5 long


def depictions(ensembles: Path, molecules: Iterable[str]) -> dict[str, Depiction]:
    """Name -> formula of the molecules that the folder has."""
    return {ensemble.molecule.id: depict(ensemble.molecule)
            for ensemble in read_ensembles(ensembles, set(molecules))}


def draw_skeleton(panel: Axes, formula: Depiction, title: str, below: str) -> None:
    """Draw the formula with a line of text over and one under it."""
    ends = formula.positions[formula.bonds]  # (P, 2, 2)
    along = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(along, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.where(length == 0, 1, length)
    lines = [ends[bond] + shift * _APART * across[bond] for bond, order in enumerate(formula.orders)
             for shift in np.arange(order) - (order - 1) / 2]
    panel.add_collection(LineCollection(lines, colors=INK, linewidths=0.9, capstyle="round"))
    for label, (x, y) in zip(formula.labels, formula.positions, strict=True):
        if label or len(formula.labels) == 1:
            panel.text(x, y, label or "C", fontsize=6.5, ha="center", va="center", color=INK,
                       bbox={"boxstyle": "circle,pad=0.12", "fc": "white", "ec": "none"})
    panel.set_aspect("equal", adjustable="datalim")
    panel.autoscale_view()
    panel.margins(0.1)
    panel.set_axis_off()
    panel.set_title(title, fontsize=8)
    panel.text(0.5, -0.02, below, fontsize=7, color=MUTED, transform=panel.transAxes, ha="center",
               va="top")
