"""What a training molecule consists of on average (Table 6).

Table 6 counts a bond once in each direction, as a graph network does; Table 12 counts it once.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pipeline_src.paper.cells import Published, cell
from pipeline_src.paper.comparable import SIZE
from pipeline_src.paper.molecule_counts import read_counts, words
from pipeline_src.paper.provenance import made_by
from pipeline_src.reports.inputs import LEVELS, read_table
from pipeline_src.reports.style import BARS, PALETTE, panels, save_svg, styled
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings

SUBSET = "train"
OTHER = "other molecules than the paper's"
# Metric -> what is counted of a molecule, how often, and a note. The first four are the paper's.
METRICS = {
    "atoms": ("atoms", 1, ""), "heavy_atoms": ("heavy_atoms", 1, ""),
    "edges": ("bonds", 2, "each bond in both directions"),
    "heavy_edges": ("heavy_bonds", 2, "bonds without hydrogen, each in both directions"),
    "scaffold_atoms": ("scaffold_atoms", 1, (
        "heavy atoms of the Murcko scaffold, 0 for a molecule without rings")),
    "rotatable_bonds": ("rotatable_bonds", 1, ""), "rings": ("rings", 1, ""),
    "ring_systems": ("ring_systems", 1, "rings that share an atom are one")}
DATA = ("row", "metric", "source", "value")


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the table, dataset by dataset.

    Args:
        settings: rows with their tables of molecules and levels.
        paper: folder of the published values.

    Raises:
        InputError: a file cannot be read.
    """
    printed = Published(settings, paper)
    for row in settings.rows:
        if row.molecules:
            yield from _measured(settings, row, printed)
        else:
            yield from printed.cells(settings, row)


def _measured(settings: PaperTableSettings, row: PaperRow, printed: Published) -> Iterator[dict]:
    counts = read_counts(row.molecules)
    counts = counts[counts["subset"] == SUBSET]
    alike = {"molecules": len(counts), "train_dataset": row.dataset, **made_by([row.molecules])}
    empty = "" if len(counts) else "no molecule of it is trained on"
    for metric, (name, times, note) in METRICS.items():
        digits = printed.digits(row, metric, "mean")
        other = digits is not None and settings.size != SIZE
        yield cell(settings, row, metric, "mean", paper=digits, **alike,
                   measured=times * float(counts[name].mean()) if len(counts) else None,
                   comparable="" if digits is None else "no" if other else "yes",
                   note="; ".join(filter(None, (OTHER if other else "", empty, note))))
    levels = read_table(Path(row.levels), LEVELS)
    scaffold = levels[(levels["level"] == "scaffold") & levels["molecule"].isin(counts.index)]
    if len(scaffold):
        collapsed = int(scaffold["collapsed"].sum())
        yield cell(settings, row, "scaffold_level_atoms", "mean", **alike,
                   measured=float(scaffold["n_beads"].mean()),
                   note=(f"what a stage of level scaffold places; heavy atoms of the {collapsed} "
                         "molecules without a scaffold of its own"))


def figure(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, after drawing the counts of each dataset, the paper's beside them."""
    metrics = [metric for metric in METRICS if metric in set(table["metric"])]
    data = [{"row": found["row"], "metric": found["metric"], "source": source, "value": value}
            for found in table[table["metric"].isin(metrics)].to_dict("records")
            for source, value in (("measured", found["measured"]),
                                  ("paper", pd.to_numeric(found["paper"] or None)))
            if pd.notna(value)]
    labels = [row.label for row in settings.rows]
    with styled():
        drawn, axes = panels(1, max(1, len(labels)), 4.6, 0.9 + 0.36 * max(3, len(metrics)))
        for panel, label in zip(axes[0], labels, strict=False):
            for source, shift, look in (("measured", -0.18, {"color": PALETTE[0]}), (
                    "paper", 0.18, {"color": "white", "edgecolor": BARS[2], "hatch": "///"})):
                bars = {d["metric"]: d["value"] for d in data
                        if (d["row"], d["source"]) == (label, source)}
                panel.barh([metrics.index(metric) + shift for metric in bars],
                           list(bars.values()), height=0.34, label=source, **look)
            panel.set_yticks(range(len(metrics)), [words(metric) for metric in metrics])
            panel.set_ylim(len(metrics) - 0.4, -0.6)
            panel.grid(axis="y", visible=False)
            panel.set_title(label)
            panel.set_xlabel("mean of a training molecule (count)")
            panel.legend(loc="lower right")
        save_svg(drawn, path)
    return data


def caption(drawn: pd.DataFrame) -> str:
    """What the marks and colours stand for; the figure's data as text."""
    printed = "paper" in set(drawn["source"])
    return f"Blue: counted here{'; hatched: printed in the paper' * printed}."
