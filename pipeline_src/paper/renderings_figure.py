"""Formula and overlays of each molecule, a line a molecule and a column a chain."""

from pathlib import Path

from matplotlib.axes import Axes

from pipeline_src.paper.skeletons import depictions, draw_skeleton
from pipeline_src.reports.overlay_figure import draw_overlay
from pipeline_src.reports.style import MUTED, chain_colors, panels, save_svg, styled


def draw_renderings(shown: list[dict], folders: list[str], path: Path) -> None:
    """Draw what is shown of each molecule; a chain without a usable sample says so.

    Args:
        shown: overlays, in order.
        folders: of the reference ensembles.
        path: of the SVG.
    """
    molecules = list(dict.fromkeys(one["molecule"] for one in shown))
    chains = list(dict.fromkeys(one["chain"] for one in shown))
    places = {(one["molecule"], one["chain"]): one for one in shown}
    formulas = {name: formula for folder in dict.fromkeys(folders)
                for name, formula in depictions(Path(folder), molecules).items()}
    colors = chain_colors(chains)
    with styled():
        drawn, axes = panels(max(1, len(molecules)), 1 + len(chains), 3.0, 2.6)
        if not shown:
            _empty(axes[0][0], "no molecule with a usable sample")
        for line, molecule in zip(axes, molecules, strict=False):
            draw_skeleton(line[0], formulas[molecule], molecule, "")
            for panel, chain in zip(line[1:], chains, strict=True):
                if (molecule, chain) in places:
                    draw_overlay(panel, places[molecule, chain], colors[chain])
                else:
                    _empty(panel, f"{chain}: no usable sample")
        if shown:
            drawn.supxlabel("grey: the nearest reference; in colour: the generated conformer, with "
                            "the RMSD of its heavy atoms", fontsize=8, color=MUTED)
        save_svg(drawn, path)


def _empty(panel: Axes, words: str) -> None:
    panel.set_axis_off()
    panel.text(0.5, 0.5, words, transform=panel.transAxes, ha="center", va="center", color=MUTED)
