"""How many conformers a reference set has, beside GEOM's own counts: table and plot."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import mean, median

from pipeline_src.reports.style import INK, PALETTE, logarithmic, panels, save_svg, styled

COUNT_COLUMNS = ("geom_conformers", "molecules", "mean_geom", "mean_found", "median_share",
                 "at_least_geom")
_BINS = ((1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (50, None))


def count_rows(rows: Iterable[Mapping]) -> list[dict]:
    """A row per range of GEOM's counts, and one for all; only molecules that both have.

    ``median_share`` is the median over molecules of found / GEOM's, ``at_least_geom`` the number
    of molecules with as many conformers as GEOM's or more.
    """
    pairs = _pairs(rows)
    named = [(_name(low, high), [p for p in pairs if low <= p[0] and (not high or p[0] <= high)])
             for low, high in _BINS]
    return [_summary(name, chosen) for name, chosen in [*named, ("all", pairs)] if chosen]


def draw_counts(rows: Iterable[Mapping], path: Path) -> None:
    """Write the plot: a point per molecule, found against GEOM's, both axes logarithmic."""
    pairs = _pairs(rows)
    with styled():
        figure, ((panel,),) = panels(1, 1, 4.2, 3.9)
        most = max([10.0, *(float(n) for pair in pairs for n in pair)]) * 1.2
        panel.plot([0.8, most], [0.8, most], color=INK, lw=0.8)
        panel.scatter(*zip(*pairs, strict=True) if pairs else ((), ()), s=14, alpha=0.5,
                      color=PALETTE[0], linewidths=0)
        for axis in "xy":
            logarithmic(panel, axis, 0.8, most)
        panel.set(xlim=(0.8, most), ylim=(0.8, most), title=f"{len(pairs)} molecules",
                  xlabel="conformers in GEOM (count)", ylabel="conformers found (count)")
        save_svg(figure, path)


def _pairs(rows: Iterable[Mapping]) -> list[tuple[int, int]]:
    """(GEOM's count, ours) of the molecules that have both."""
    return [(int(row["geom_n_conformers"]), int(row["n_conformers"])) for row in rows
            if row["status"] == "ok" and row["geom_n_conformers"]]


def _name(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} or more"
    return str(low) if low == high else f"{low} to {high}"


def _summary(name: str, pairs: list[tuple[int, int]]) -> dict:
    return {"geom_conformers": name, "molecules": len(pairs),
            "mean_geom": float(mean(geom for geom, _ in pairs)),
            "mean_found": float(mean(found for _, found in pairs)),
            "median_share": float(median(found / geom for geom, found in pairs)),
            "at_least_geom": sum(found >= geom for geom, found in pairs)}
