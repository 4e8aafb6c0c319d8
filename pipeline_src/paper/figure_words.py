"""Sentences that captions of figures have in common, made of what was drawn.

``drawn`` below is the data of a figure as its CSV has it, all of it text.
"""

import pandas as pd

from pipeline_src.paper.learned import LOST_ANGSTROM

INTERVALS = "Lines are 95 % intervals of the mean over molecules."
PLAIN = "false"


def sentences(*parts: str) -> str:
    """Those that are not empty, one after another."""
    return " ".join(filter(None, parts))


def mode_words(drawn: pd.DataFrame) -> str:
    """Which RMSD the distances are, where only one was drawn; '' where none or both were."""
    words = {"true": "Symmetrised RMSD.", PLAIN: "Plain RMSD."}
    modes = set(drawn["symmetrize"]) & set(words)
    return words[modes.pop()] if len(modes) == 1 else ""


def clipped_words(drawn: pd.DataFrame) -> str:
    """Of a figure that clips distances; '' where none of those drawn is so long."""
    values = pd.to_numeric(drawn.loc[drawn["unit"] == "Å", "value"])
    return (f"Means above {LOST_ANGSTROM:g} Å stand at the edge with their number; intervals are "
            f"drawn up to {LOST_ANGSTROM:g} Å.") if (values > LOST_ANGSTROM).any() else ""
