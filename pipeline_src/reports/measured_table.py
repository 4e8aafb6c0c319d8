"""The README's table of measured values, made of the tables in ``resources/measured``."""

import pandas as pd

from pipeline_src.reports.inputs import METRICS
from pipeline_src.reports.views import METRIC_NAMES, is_coverage
from pipeline_src.run.errors import InputError

BEGIN, END = "<!-- measured: by `python -m pipeline_src.reports.measured` -->", "<!-- end -->"


def main_table(comparison: pd.DataFrame) -> str:
    """The comparison over seeds in Markdown: symmetrised RMSD, failed molecules as zero."""
    shown = comparison[comparison["symmetrize"] & (comparison["failure_policy"] == "zero")]
    first = shown["delta"].iloc[0]
    units = {metric: "%" if is_coverage(metric) else "Å" for metric in METRICS}
    heads = [f"{METRIC_NAMES[metric]} {units[metric]}" for metric in METRICS]
    lines = ["| chain | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for _, row in shown[shown["delta"] == first].iterrows():
        digits = {metric: 1 if is_coverage(metric) else 3 for metric in METRICS}
        cells = [f"{row[f'{m}_mean']:.{digits[m]}f} [{row[f'{m}_low']:.{digits[m]}f}, "
                 f"{row[f'{m}_high']:.{digits[m]}f}]" for m in METRICS]
        lines.append(f"| `{row['chain']}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def with_main_table(readme: str, table: str) -> str:
    """The README with the table between its two marker lines.

    Raises:
        InputError: the markers are not there.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError("README.md", "no markers", f"the lines {BEGIN} and {END}")
    return f"{before}{begin}\n{table}\n{end}{after}"
