"""Chains whose samples are lost: so far off that other scores of them say nothing."""

import math

import pandas as pd

from pipeline_src.paper.claims import first_mode

LOST_ANGSTROM = 5.0  # a median MAT-R above it: no reference of most molecules has a sample near it


def lost(cells: pd.DataFrame) -> dict[str, float]:
    """Row -> its median MAT-R in Å, of the rows where that is above ``LOST_ANGSTROM``.

    The median over molecules, or the mean where a table has no other; the least of a row's parts.
    NaN: it was scored, and no molecule has a usable sample.

    Args:
        cells: of a table, as ``cells.read_cells``.
    """
    scores = cells[(cells["metric"] == "mat_r") & (cells["chain"] != "")
                   & cells["statistic"].isin(["mean", "median"])]
    typical = first_mode(scores).sort_values("statistic", kind="stable")
    typical = typical.drop_duplicates(["row", "part"], keep="last")
    least = typical.groupby("row", sort=False)["measured"].min()
    return least[~(least <= LOST_ANGSTROM)].to_dict()


def lost_words(angstrom: float) -> str:
    """What is said of such a row."""
    return ("samples lost (none is usable)" if math.isnan(angstrom)
            else f"samples lost (MAT-R {angstrom:.1f} Å)")
