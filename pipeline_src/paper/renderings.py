"""Generated conformers over their nearest references, of a chain and its baseline (Figures 5, 6).

Molecules are the first of the dataset by name, and of each the sample with the median distance to
its nearest reference is shown: a rule that does not look at the scores, nor picks the best.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from pipeline_src.paper.cells import cell, read_sidecar
from pipeline_src.reports.inputs import read_overlays
from pipeline_src.reports.overlay_figure import draw_overlay
from pipeline_src.reports.style import MUTED, chain_colors, panels, save_svg, styled
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings

RULE = ("the first molecules by name; of each the sample with the median distance to its nearest "
        "reference, not the best one")
DATA = ("chain", "dataset", "molecule", "smiles", "rmsd_angstrom", "reference_molblock",
        "generated_molblock")


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the figure: the distance of each sample that is shown; ``part``: the molecule.

    Args:
        settings: rows with the overlays of their experiment.
        paper: not looked at: the paper prints no numbers in its pictures.

    Raises:
        InputError: the overlays cannot be read, or have none of the row.
    """
    for row in settings.rows:
        for overlay in _of_row(row):
            yield cell(settings, row, "rmsd", "median", unit="Å", part=overlay["molecule"],
                       chain=overlay["chain"], measured=float(overlay["rmsd_angstrom"]), note=RULE,
                       symmetrize="true", commit=read_sidecar(row.overlays)["git_commit"])


def _of_row(row: PaperRow) -> list[dict]:
    """Overlays of the row's baseline and chain, the molecules in order."""
    if not row.overlays:
        return []
    found = [overlay for overlay in read_overlays(Path(row.overlays))
             if overlay["dataset"] == row.dataset]
    chains = [name for name in (row.baseline, row.chain) if name]
    molecules = dict.fromkeys(overlay["molecule"] for overlay in found)
    return [overlay for molecule in molecules for chain in chains for overlay in found
            if (overlay["molecule"], overlay["chain"]) == (molecule, chain)]


def figure(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, with mol blocks, after drawing it: a line a molecule.

    A molecule without a usable sample has no picture in the column of that chain.
    """
    shown = {(one["molecule"], one["chain"]): one for row in settings.rows for one in _of_row(row)}
    molecules = list(dict.fromkeys(molecule for molecule, _ in shown))
    chains = list(dict.fromkeys(chain for _, chain in shown))
    with styled():
        drawn, axes = panels(max(1, len(molecules)), max(1, len(chains)), 3.1, 2.7)
        colors = chain_colors(chains)
        for line, molecule in zip(axes, molecules, strict=False):
            for panel, chain in zip(line, chains, strict=False):
                if (molecule, chain) in shown:
                    draw_overlay(panel, shown[molecule, chain], colors[chain])
                else:
                    _empty(panel, f"{chain}: no usable sample")
        if not shown:
            _empty(axes[0][0], "no overlays")
        save_svg(drawn, path)
    return [{name: one[name] for name in DATA} for one in shown.values()]


def _empty(panel: Axes, words: str) -> None:
    panel.set_axis_off()
    panel.text(0.5, 0.5, words, transform=panel.transAxes, ha="center", va="center", color=MUTED)
