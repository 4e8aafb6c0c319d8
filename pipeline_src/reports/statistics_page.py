"""The page of a dataset's statistics: one self-contained HTML file."""

import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline_src.reports.inputs import REJECTED, read_split_hash, read_table
from pipeline_src.reports.report import inline_svg
from pipeline_src.reports.statistics import COUNTS, PAPER
from pipeline_src.reports.statistics_figures import draw_chemistry, draw_ensembles, draw_sizes
from pipeline_src.reports.style import styled
from pipeline_src.run.settings.statistics import StatisticsSettings

_TEMPLATES = Path(__file__).parent / "templates"
_PAGE, _CSS = "statistics.html.j2", "report.css"
_FIGURES = {
    "sizes": (draw_sizes, "Sizes", "Left: beads of a molecule at each level, all molecules; a "
              "level that collapses has those of the next finer one. Right: RDKit's strict "
              "rotatable bonds, a line a subset. Each line sums to 100 %."),
    "ensembles": (draw_ensembles, "Conformers", "Left: conformers that did not fail. Right: "
                  "highest minus lowest energy of those that were kept at import, molecules with "
                  "two or more energies."),
    "chemistry": (draw_chemistry, "Elements and charges", "Share of the molecules of a subset that "
                  "have the element, hydrogen included, or the sum of formal charges."),
}


@dataclass(frozen=True)
class StatisticsFiles:
    """The tables a page is made of."""

    rejected: Path
    overlap: Path
    paper: Path
    split: Path


def render_statistics(settings: StatisticsSettings, molecules: pd.DataFrame, rows: list[dict],
                      files: StatisticsFiles) -> str:
    """The page as one HTML text.

    Args:
        settings: the dataset.
        molecules: a row per molecule, with its levels (``read_molecules``).
        rows: the statistics (``statistic_rows``).
        files: rejections, what subsets share, the paper's values, the split (for its hash).
    """
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    subsets = list(dict.fromkeys(row["subset"] for row in rows))
    rejected = read_table(files.rejected, REJECTED)
    return environment.get_template(_PAGE).render(
        settings=settings, subsets=subsets, groups=_groups(rows, subsets),
        n_molecules=len(molecules), figures=_figures(molecules),
        split_hash=read_split_hash(files.split),
        paper=read_table(files.paper, PAPER).to_dict("records"),
        overlap=read_table(files.overlap, COUNTS).to_dict("records"),
        rejected=_reasons(rejected), n_rejected=len(rejected),
        css=Markup((_TEMPLATES / _CSS).read_text(encoding="utf-8")))


def _groups(rows: list[dict], subsets: list[str]) -> list[dict]:
    """The statistics group by group: a line a quantity, a cell a subset."""
    table: dict[str, dict[str, dict[str, dict]]] = {}
    for row in rows:
        table.setdefault(row["group"], {}).setdefault(row["quantity"], {})[row["subset"]] = {
            "value": _number(row["value"]), "n": row["n"]}
    empty = {"value": "–", "n": 0}
    return [{"name": group, "rows": [
                {"quantity": quantity, "cells": [cells.get(s, empty) for s in subsets]}
                for quantity, cells in quantities.items()]}
            for group, quantities in table.items()]


def _number(value: float) -> str:
    """A count as it is, anything else with two decimals; an en dash where there is none."""
    if pd.isna(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.2f}"


def _reasons(rejected: pd.DataFrame) -> list[dict]:
    """Reason -> molecules and conformers refused for it, most frequent first."""
    counts = rejected.assign(whole=rejected["conformer"] == "").groupby("reason")["whole"]
    table = counts.agg(["sum", "size"]).sort_values("size", ascending=False, kind="stable")
    return [{"reason": reason, "molecules": int(whole), "conformers": int(size - whole)}
            for reason, (whole, size) in zip(table.index, table.to_numpy(), strict=True)]


def _figures(molecules: pd.DataFrame) -> dict[str, dict]:
    """Title, caption and inline SVG by name."""
    figures = {}
    with styled():
        for name, (draw, title, caption) in _FIGURES.items():
            text = io.StringIO()
            draw(molecules).savefig(text, format="svg", metadata={"Date": None, "Creator": None})
            figures[name] = {"title": title, "caption": caption,
                             "svg": inline_svg(text.getvalue(), name, title)}
    return figures
