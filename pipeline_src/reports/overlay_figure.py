"""A flat picture of the overlays, for paper and for browsers without WebGL."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from pipeline_src.reports.style import MUTED, chain_colors, panels, present
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.report import ReportSettings

_HETERO = {"N": "#3050f8", "O": "#e02020", "S": "#b59b00", "F": "#3f9e2a", "Cl": "#1c8a1c",
           "Br": "#8c2a1c", "P": "#d97000"}
_COLUMNS = 4


def read_molblock(block: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Elements (N), positions (N, 3) in Å and bonded pairs (P, 2) of a V2000 mol block.

    Columns as in 'CTFile formats' (BIOVIA): three-digit counts, ten-digit coordinates.

    Raises:
        InputError: the text is no V2000 mol block.
    """
    lines = block.splitlines()
    try:
        n_atoms, n_bonds = int(lines[3][:3]), int(lines[3][3:6])
        atoms, bonds = lines[4:4 + n_atoms], lines[4 + n_atoms:4 + n_atoms + n_bonds]
        positions = [[float(a[k:k + 10]) for k in (0, 10, 20)] for a in atoms]
        pairs = [[int(b[:3]) - 1, int(b[3:6]) - 1] for b in bonds]
    except (IndexError, ValueError):
        raise InputError("mol block", block[:80], "a V2000 mol block") from None
    return ([a[31:34].strip() for a in atoms], np.array(positions).reshape(-1, 3),
            np.array(pairs, int).reshape(-1, 2))


def draw_overlays(overlays: list[dict], settings: ReportSettings) -> Figure | None:
    """Every chain's overlay of the first molecule of each dataset; None without overlays."""
    chosen = []
    for dataset in present([d.name for d in settings.datasets], (o["dataset"] for o in overlays)):
        of_dataset = [o for o in overlays if o["dataset"] == dataset]
        first = [o for o in of_dataset if o["molecule"] == of_dataset[0]["molecule"]]
        for chain in present(list(settings.chains), (o["chain"] for o in first)):
            chosen.append(next(o for o in first if o["chain"] == chain))
    if not chosen:
        return None
    columns = min(_COLUMNS, len(chosen))
    figure, grid = panels(-(-len(chosen) // columns), columns, 2.4, 2.3)
    axes = [panel for row in grid for panel in row]
    for panel, overlay in zip(axes, chosen, strict=False):
        draw_overlay(panel, overlay, chain_colors(settings.chains).get(overlay["chain"], MUTED))
    for panel in axes[len(chosen):]:
        panel.remove()
    return figure


def draw_overlay(panel: Axes, overlay: dict, color: str) -> None:
    """Draw one overlay: the reference in grey, the generated conformer in ``color`` over it."""
    reference = read_molblock(overlay["reference_molblock"])
    generated = read_molblock(overlay["generated_molblock"])
    center = reference[1].mean(axis=0)
    _, _, axes = np.linalg.svd(reference[1] - center, full_matrices=False)
    axes *= np.where(axes.sum(axis=1, keepdims=True) < 0, -1, 1)  # the sign of an SVD is arbitrary
    for (elements, positions, pairs), line, width in (
        (reference, "#9aa5b1", 4.2), (generated, color, 1.9)
    ):
        flat = (positions - center) @ axes[:2].T  # (N, 2)
        heavy = np.array([element != "H" for element in elements])
        inner = heavy[pairs].all(axis=1)
        for bonds, thin in ((pairs[inner], 1.0), (pairs[~inner], 0.45)):
            panel.add_collection(LineCollection(flat[bonds], colors=line, linewidths=width * thin,
                                                capstyle="round"))
        if line == color:
            marks = [k for k, element in enumerate(elements) if element in _HETERO]
            panel.scatter(*flat[marks].T, s=20, c=[_HETERO[elements[k]] for k in marks], zorder=3,
                          linewidths=0)
    panel.set_aspect("equal", adjustable="datalim")
    panel.autoscale_view()
    panel.margins(0.08)
    panel.set_axis_off()
    panel.set_title(f"{_short(overlay['chain'], 24)}, {float(overlay['rmsd_angstrom']):.2f} Å",
                    color=color, fontsize=8.5)
    panel.text(0.5, -0.02, f"{_short(overlay['dataset'], 14)}: {_short(overlay['molecule'], 16)}",
               fontsize=7.5, color=MUTED, transform=panel.transAxes, ha="center", va="top")


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most - 1] + "…"
