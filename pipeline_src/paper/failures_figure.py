"""How much better or worse each molecule got, and the formulas of the worst."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline_src.reports.style import BARS, INK, MUTED, PALETTE, panels, save_svg, styled
from pipeline_src.run.settings.paper_table import PaperRow

MOST = 8  # formulas drawn
_COLORS = {"< 0": PALETTE[2], "0 ~ 0.1": BARS[2], "> 0.1": PALETTE[1]}
_COLUMNS = 4


def draw_failures(found: pd.DataFrame | None, bad: tuple[str, ...], told: str,
                  row: PaperRow | None, path: Path) -> list[dict]:
    """The data of the figure, a row per molecule, after drawing it.

    Args:
        found: as ``failures.differences``; None: nothing was measured.
        bad: names of the worst, the worst first.
        told: which they are.
        row: of the table.
        path: of the SVG.
    """
    with styled():
        if found is None or not (found["interval"] != "").any():
            drawn, axes = panels(1, 1, 6.0, 1.2)
            axes[0][0].text(0.5, 0.5, "no molecule was scored for both chains", ha="center",
                            va="center", color=MUTED, transform=axes[0][0].transAxes)
            axes[0][0].set_axis_off()
        else:
            drawn = _draw(found, bad[:MOST], told, row)
        save_svg(drawn, path)
    if found is None:
        return []
    data = found.reset_index(names="molecule").assign(
        chain=row.chain, baseline=row.baseline, worst=[int(name in bad) for name in found.index])
    return data.drop(columns="subset").to_dict("records")


def _draw(found: pd.DataFrame, bad: tuple[str, ...], told: str, row: PaperRow) -> Figure:
    from pipeline_src.paper.skeletons import depictions, draw_skeleton  # imports RDKit

    formulas = depictions(Path(row.ensembles), bad) if row.ensembles else {}
    lines = 1 + -(-len(bad) // _COLUMNS) * bool(formulas)
    drawn = Figure(figsize=(2.3 * _COLUMNS, 2.9 + 2.2 * (lines - 1)), layout="constrained")
    grid = drawn.add_gridspec(lines, _COLUMNS, height_ratios=[2.9] + [2.2] * (lines - 1))
    _histogram(drawn.add_subplot(grid[0, :]), found, row)
    for place, name in enumerate(bad if formulas else ()):
        panel = drawn.add_subplot(grid[1 + place // _COLUMNS, place % _COLUMNS])
        molecule = found.loc[name]
        if name in formulas:
            draw_skeleton(panel, formulas[name], _short(name), (
                f"{molecule['difference']:+.2f} Å\nrotatable bonds: "
                f"{molecule['rotatable_bonds']:.0f}, ring systems: {molecule['ring_systems']:.0f}"))
    if formulas:
        drawn.supxlabel(f"The worst of these molecules ({told}), without hydrogen", fontsize=8,
                        color=MUTED)
    return drawn


def _histogram(panel: Axes, found: pd.DataFrame, row: PaperRow) -> None:
    values = found["difference"].dropna()
    reach = max(0.2, float(values.abs().max()))
    edges = [0.05 * k for k in range(-int(reach / 0.05) - 1, int(reach / 0.05) + 2)]
    parts = {name: values[found.loc[values.index, "interval"] == name] for name in _COLORS}
    panel.hist(list(parts.values()), bins=edges, stacked=True, color=list(_COLORS.values()),
               label=[f"{name} Å: {len(part)}" for name, part in parts.items()])
    panel.axvline(0, color=INK, lw=0.8)
    panel.set_xlabel(f"MAT-R of {row.chain} minus that of {row.baseline} (Å), lower is better")
    panel.set_ylabel("molecules (count)")
    panel.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    panel.legend()


def _short(text: str, most: int = 22) -> str:
    return text if len(text) <= most else text[:most - 1] + "…"
