"""The README's tables of measured values, made of the files in ``resources/measured``."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from pipeline_src.reports.inputs import METRICS
from pipeline_src.reports.views import METRIC_NAMES, is_coverage
from pipeline_src.run.errors import InputError

BEGIN, END = "<!-- measured: {} -->", "<!-- end -->"


def comparison_table(comparison: pd.DataFrame) -> str:
    """The comparison over seeds in Markdown: symmetrised RMSD, failed molecules as zero."""
    shown = comparison[comparison["symmetrize"] & (comparison["failure_policy"] == "zero")]
    shown = shown[shown["delta"] == shown["delta"].iloc[0]]
    return _markdown(["chain", *map(_head, METRICS)], (
        [f"`{row['chain']}`", *(_interval(metric, *(row[f"{metric}_{name}"] for name in (
            "mean", "low", "high"))) for metric in METRICS)]
        for _, row in shown.iterrows()))


def paper_table(cells: pd.DataFrame) -> str:
    """A table of the paper in Markdown: its means and ours, the latter with their intervals.

    Args:
        cells: the CSV of a table of coverage and matching; of the symmetrised RMSD alone are shown.
    """
    plain = cells["symmetrize"].astype(str).str.lower() == "false"
    shown = cells[(cells["statistic"] == "mean") & ~plain]
    heads = [head for metric in METRICS for head in (f"{_head(metric)}, paper", "measured")]
    lines = []
    for row in shown["row"].unique():
        of_row = shown[shown["row"] == row].set_index("metric")
        lines.append([row])
        for metric in METRICS:
            values = of_row.loc[metric] if metric in of_row.index else {"paper": None,
                                                                        "measured": None}
            ours = "" if pd.isna(values["measured"]) else _interval(
                metric, values["measured"], values["ci_low"], values["ci_high"])
            lines[-1] += ["" if pd.isna(values["paper"]) else str(values["paper"]), ours]
    return _markdown(["row", *heads], lines)


# Kept file -> its table.
TABLES: dict[str, Callable[[pd.DataFrame], str]] = {
    "comparison/comparison.csv": comparison_table,
    "paper/mini/table2.csv": paper_table,
}


def with_tables(readme: str, kept: Path) -> str:
    """The README with each table of ``TABLES`` between its two marker lines.

    Args:
        readme: its text; a table without marker lines there is not shown.
        kept: folder of the kept files.

    Raises:
        InputError: marker lines without an end, or of none of the ``TABLES``.
    """
    parts = readme.split(BEGIN.partition("{}")[0])
    for k, part in enumerate(parts[1:], 1):
        name, closed, rest = part.partition(BEGIN.partition("{}")[2])
        _, end, after = rest.partition(END)
        if not (closed and end and name in TABLES):
            raise InputError("README.md", name.splitlines()[0],
                             f"the lines {BEGIN.format('<file>')} and {END}, with one of "
                             f"{', '.join(TABLES)}")
        table = TABLES[name](pd.read_csv(kept / name, dtype={"paper": str}))
        parts[k] = f"{name}{closed}\n{table}\n{end}{after}"
    return BEGIN.partition("{}")[0].join(parts)


def _head(metric: str) -> str:
    return f"{METRIC_NAMES[metric]} {'%' if is_coverage(metric) else 'Å'}"


def _interval(metric: str, mean: float, low: float, high: float) -> str:
    digits = 1 if is_coverage(metric) else 3
    return f"{mean:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _markdown(heads: list[str], lines: Iterable[list[str]]) -> str:
    rows = [f"| {' | '.join(row)} |" for row in (heads, *lines)]
    return "\n".join([rows[0], "|---" * len(heads) + "|", *rows[1:]])
