"""For which molecules it helps: the sections of Table 12, in a sentence."""

import pandas as pd

from pipeline_src.paper.claims import BETTER, WORSE, Claim, claims_of, states
from pipeline_src.paper.names import metric_name
from pipeline_src.paper.sections import named
from pipeline_src.paper.words import listed, spread
from pipeline_src.reports.comparison_text import LEVEL

STRATA = "table12"


def for_whom(cells: pd.DataFrame) -> str:
    """What came out by size and flexibility of the molecules; '' where nothing was compared.

    Rows that the paper has too count, in the sections that the table names.

    Args:
        cells: of the table of strata.
    """
    papers = set(cells.loc[cells["paper"] != "", "row"])
    claims = [claim for claim in claims_of(STRATA, cells)
              if claim.row in papers and named(claim.part)]
    if not claims:
        return ""
    found, sections = states(claims), dict.fromkeys(claim.part for claim in claims)
    decided = [f"{_ways(claims, part)} for {part}" for part in sections if _ways(claims, part)]
    words = (f"By size and flexibility of the molecules: of {len(claims)} differences in "
             f"{len(sections)} sections {found[BETTER]} "
             f"{'is' if found[BETTER] == 1 else 'are'} better and {found[WORSE]} worse"
             f"{': ' if decided else ''}{'; '.join(decided)}.")
    return f"{words} {_too_few(claims)}".strip()


def _ways(claims: list[Claim], part: str) -> str:
    """'better in COV-R and MAT-R, worse in COV-P'."""
    ways = []
    for state in (BETTER, WORSE):
        metrics = [metric_name(c.metric) for c in claims if (c.part, c.state) == (part, state)]
        ways += [f"{state} in {listed(list(dict.fromkeys(metrics)))}"] if metrics else []
    return ", ".join(ways)


def _too_few(claims: list[Claim]) -> str:
    """How many no scores could have decided; '' where all could be."""
    lost = [claim for claim in claims if not claim.decidable]
    if not lost:
        return ""
    which = "None of them could" if len(lost) == len(claims) else f"{len(lost)} of them could not"
    return (f"{which} have been decided by any scores: with {spread(c.molecules for c in lost)} "
            f"molecules in a section and {spread(c.tests for c in lost)} comparisons of a score in "
            f"the table (of all sections and variants) no corrected p is below {LEVEL:g}.")
