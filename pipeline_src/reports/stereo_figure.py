"""Share of samples with right stereo, as drawn and after what was done for it, by chain."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline_src.reports.style import BARS, INK, legend_below, panels, save_svg, styled

_SHARES = (("share_at_first", "as drawn", BARS[1]),
           ("share", "after mirroring and drawing again", BARS[0]))
_COLUMNS = 5
_HEIGHT = 0.38  # of a bar; two a chain


def draw_stereo(rows: Sequence[Mapping], path: Path) -> None:
    """Write ``stereo_figure`` of the rows of ``tables/stereo.csv`` as SVG."""
    with styled():
        save_svg(stereo_figure(rows), path)


def stereo_figure(rows: Sequence[Mapping]) -> Figure:
    """A panel per dataset and kind of molecule, a pair of bars per run; none without stereo."""
    rows = [row for row in rows if row["centres"] or row["double_bonds"]]
    kinds = _kinds(rows)
    runs = list(dict.fromkeys(map(_run, rows)))
    columns = min(_COLUMNS, max(1, len(kinds)))
    figure, grid = panels(max(1, math.ceil(len(kinds) / columns)), columns,
                          10.5 / max(2, columns), 0.75 + 0.3 * max(2, len(runs)))
    axes = [panel for row in grid for panel in row]
    for number, (panel, kind) in enumerate(zip(axes, kinds, strict=False)):
        _panel(panel, {_run(row): row for row in rows if _kind(row) == kind}, runs)
        panel.set_title(_title(kind, rows), fontsize=8.5)
        panel.tick_params(labelleft=number % columns == 0)
    for panel in axes[len(kinds):]:
        panel.remove()
    if kinds:
        legend_below(figure, axes[0])
    return figure


def _panel(panel: Axes, found: Mapping[tuple, Mapping], runs: list[tuple]) -> None:
    """A pair of bars for each of ``runs`` that is ``found``, first on top.

    Molecules of one share, or one alone, have an interval of no width, which says nothing: it gets
    no whisker.
    """
    for offset, (share, label, color) in zip((-0.5, 0.5), _SHARES, strict=True):
        shown = [(place, found[run]) for place, run in enumerate(runs)
                 if run in found and found[run][share] is not None]
        values = [row[share] * 100 for _, row in shown]
        ends = [_whisker(row[share], row[f"{share}_low"], row[f"{share}_high"])
                for _, row in shown]
        panel.barh([place + offset * _HEIGHT for place, _ in shown], values, _HEIGHT, color=color,
                   xerr=list(zip(*ends, strict=True)) or None, label=label,
                   error_kw={"ecolor": INK, "elinewidth": 0.9, "capsize": 1.8})
    panel.set_yticks(range(len(runs)), _names(runs))
    panel.set(xlim=(0, 104), ylim=(len(runs) - 0.4, -0.6), xlabel="right samples (%)")
    panel.grid(axis="y", visible=False)


def _whisker(share: float, low: float, high: float) -> tuple[float, float]:
    """How far a whisker reaches to both sides, in %; NaN for none."""
    if low == high:
        return math.nan, math.nan
    return max(0.0, share - low) * 100, max(0.0, high - share) * 100


def _run(row: Mapping) -> tuple:
    return row["chain"], row["sampler"], row["seed"]


def _names(runs: list[tuple]) -> list[str]:
    """The chain of each run, and the sampler and seed where there are several."""
    several = [len(set(parts)) > 1 for parts in zip(*runs, strict=True)]
    return [", ".join(str(part) for part, shown in zip(run, (True, *several[1:]), strict=True)
                      if shown) for run in runs]


def _kind(row: Mapping) -> tuple:
    return row["dataset"], row["centres"], row["double_bonds"]


def _kinds(rows: Sequence[Mapping]) -> list[tuple]:
    """The dataset, centres and double bonds found; of each dataset all together first."""
    found = dict.fromkeys(map(_kind, rows))
    datasets = list(dict.fromkeys(kind[0] for kind in found))
    return sorted(found, key=lambda kind: (datasets.index(kind[0]), kind[1] != "all",
                                           *(n if n != "all" else 0 for n in kind[1:])))


def _title(kind: tuple, rows: Sequence[Mapping]) -> str:
    """What the molecules of a panel have, and how many there are."""
    dataset, *numbers = kind
    words = [f"{n} {what}{'s' if n != 1 else ''}"
             for n, what in zip(numbers, ("centre", "double bond"), strict=True) if n]
    what = f"{dataset}, molecules: all" if numbers[0] == "all" else ",\n".join(words)
    molecules = max(row["molecules"] for row in rows if _kind(row) == kind)
    return f"{what} ({molecules})"
