"""One look for all figures: colours that colour-blind readers can tell apart, SVG that repeats."""

import math
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

# Okabe & Ito, 'Color universal design' (2008), without yellow and black, which are hard to see as
# thin lines or look like text; then indigo and olive of Paul Tol's 'muted' scheme.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#332288", "#999933")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
FILLS = ("full", "none", "left", "right")  # of a marker; what is not filled is white
DASHES = ("-", "--", ":", "-.")
SHADES = (0.0, -0.45, 0.3)  # towards black, or white, of the colour of a family of chains
INK, MUTED, GRID = "#1f2933", "#66727f", "#e3e8ed"
BARS = ("#4a6785", "#93aac0", "#c9b98f")
RC = {
    "svg.hashsalt": "msgen", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 9,
    "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.labelsize": 9, "axes.labelcolor": INK, "text.color": INK, "axes.edgecolor": "#b8c2cc",
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": GRID,
    "grid.linewidth": 0.8, "axes.axisbelow": True, "xtick.color": MUTED, "ytick.color": MUTED,
    "xtick.labelcolor": INK, "ytick.labelcolor": INK, "legend.frameon": False,
    "lines.linewidth": 1.7, "text.parse_math": False,  # a name with $ is text
}


@dataclass(frozen=True)
class Look:
    """How a line is drawn: colour, marker, how that is filled, dashes."""

    color: str = MUTED
    marker: str = MARKERS[0]
    fill: str = FILLS[0]
    dash: str = DASHES[0]

    def line(self) -> dict[str, Any]:
        """The arguments of ``Axes.plot``."""
        half = {"fillstyle": self.fill, "markerfacecoloralt": "white"}
        fill = {"markerfacecolor": "white"} if self.fill == "none" else half
        return {"color": self.color, "marker": self.marker, "ls": self.dash, "markersize": 4.5,
                **(fill if self.fill != "full" else {})}


def chain_looks(chains: Iterable[str]) -> dict[str, Look]:
    """Look of every chain, fixed by its place in the experiment, in all figures.

    As long as there are enough colours each chain has one of its own. More chains are families by
    what stands before the first '-' of their names: a family has a colour and a marker, and its
    chains have shades, fillings and dashes. Marker and filling together are unlike for up to 32
    chains, so that colour is never the only difference.
    """
    chains = list(dict.fromkeys(chains))
    families: dict[str, list[str]] = {}
    for chain in chains:
        families.setdefault(chain.split("-")[0], []).append(chain)
    if len(chains) <= len(PALETTE) or len(families) == 1:
        families = {chain: [chain] for chain in chains}
    looks: dict[str, Look] = {}
    taken: set[tuple[str, str]] = set()
    for number, members in enumerate(families.values()):
        for variant, chain in enumerate(members):
            marker, fill = _free_marker(number, variant, taken)
            taken.add((marker, fill))
            looks[chain] = Look(_shade(PALETTE[number % len(PALETTE)], variant), marker, fill,
                                DASHES[variant % len(DASHES)])
    return {chain: looks[chain] for chain in chains}


def chain_colors(chains: Iterable[str]) -> dict[str, str]:
    """Colour of every chain, as in its look."""
    return {chain: look.color for chain, look in chain_looks(chains).items()}


def chain_markers(chains: Iterable[str]) -> dict[str, str]:
    """Marker of every chain, as in its look, where there is no room for how it is filled."""
    return {chain: look.marker for chain, look in chain_looks(chains).items()}


def _free_marker(number: int, variant: int, taken: set[tuple[str, str]]) -> tuple[str, str]:
    """The marker of the family and the filling of the variant, or the next ones not ``taken``."""
    markers = [MARKERS[(number + k) % len(MARKERS)] for k in range(len(MARKERS))]
    fills = [FILLS[(variant + k) % len(FILLS)] for k in range(len(FILLS))]
    pairs = list(product(markers, fills))
    return next((pair for pair in pairs if pair not in taken), pairs[0])


def _shade(color: str, variant: int) -> str:
    """``color`` for the first variant, darker for the second, lighter for the third and so on."""
    share = SHADES[variant % len(SHADES)]
    if not share:
        return color
    if sum(to_rgb(color)) < 1:  # darker would be black
        share = abs(share)
    goal = float(share > 0)
    return to_hex([part + abs(share) * (goal - part) for part in to_rgb(color)]).upper()


def panels(rows: int, columns: int, width: float, height: float) -> tuple[Figure, list[list[Axes]]]:
    """A figure of ``rows`` x ``columns`` axes, each ``width`` x ``height`` inches."""
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08, wspace=0.03, hspace=0.03)
    return figure, [list(row) for row in figure.subplots(rows, columns, squeeze=False)]


def legend_below(figure: Figure, axes: Axes, columns: int = 4) -> None:
    """One legend for the whole figure, under the axes, each label once."""
    handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    if handles:
        figure.legend(handles.values(), handles.keys(), loc="outside lower center",
                      ncols=min(columns, len(handles)))


def save_svg(figure: Figure, path: Path) -> None:
    """Write ``figure`` as SVG without a date, so equal data gives equal bytes."""
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def present(order: Sequence[str], found: Iterable[str]) -> list[str]:
    """The names ``found``, in the experiment's ``order``; others after them, sorted."""
    names = set(found)
    return [n for n in order if n in names] + sorted(names - set(order))


def styled() -> AbstractContextManager:
    """Context in which figures are drawn in this module's look; no display is needed."""
    return matplotlib.rc_context(RC)


def logarithmic(panel: Axes, which: str, low: float, high: float) -> None:
    """Make an axis logarithmic, its ticks plain numbers (math text is off: a $ is a $).

    Args:
        panel: the axes.
        which: 'x' or 'y'.
        low, high: smallest and largest value shown, both positive.
    """
    panel.set(**{f"{which}scale": "log"})
    axis = panel.xaxis if which == "x" else panel.yaxis
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    axis.set_major_formatter(FuncFormatter(_plain))
    axis.set_minor_formatter(NullFormatter())


def _plain(value: float, position: int | None) -> str:
    """0.001, 50, 2,000 or 1e7."""
    exponent = math.floor(math.log10(value))
    if exponent < 5:
        return f"{value:,.0f}" if exponent >= 0 else f"{value:g}"
    return f"{value / 10**exponent:g}e{exponent}"
