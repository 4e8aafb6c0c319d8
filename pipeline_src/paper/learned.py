"""Chains that did not learn: their samples lie so far off that other scores say nothing."""

import pandas as pd

from pipeline_src.paper.claims import first_mode

LOST_ANGSTROM = 5.0  # a mean MAT-R above it: no reference has any sample near it


def lost(cells: pd.DataFrame) -> dict[str, float]:
    """Row -> its mean MAT-R in Å, of the rows where that is above ``LOST_ANGSTROM``.

    Args:
        cells: of a table, as ``cells.read_cells``.
    """
    means = first_mode(cells[(cells["metric"] == "mat_r") & (cells["statistic"] == "mean")])
    means = means[(means["measured"] > LOST_ANGSTROM) & (means["chain"] != "")]
    return means.groupby("row", sort=False)["measured"].max().to_dict()


def lost_words(angstrom: float) -> str:
    """What is said of such a row."""
    return f"failed to learn (MAT-R {angstrom:.1f} Å)"
