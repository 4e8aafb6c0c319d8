"""What does not follow from the answer, and how it was decided; rules make it from the numbers."""

import math

import pandas as pd

from pipeline_src.paper.claims import BETTER, BLANK, OPEN, WORSE, Claim, states
from pipeline_src.paper.comparison import SCATTER, Comparison
from pipeline_src.paper.names import digits_of, metric_name, unit_of
from pipeline_src.reports.comparison_text import LEVEL, signed


def limits(found: list[Comparison], size: str, paper_size: str = "paper") -> list[str]:
    """What does not follow, from the numbers and the size."""
    lines = []
    if size != paper_size:
        lines.append(
            f"Nothing about the paper's own claims: this is size {size}, with other molecules, "
            "less training and fewer noise levels. The paper's numbers stand beside ours for "
            "orientation and are not compared with them.")
    claims = [claim for comparison in found for claim in comparison.claims]
    if any(claim.state == OPEN for claim in claims):
        lines.append(f"Undecided does not mean equal. {_reach(claims)}".strip())
    lines += _too_few(found)
    lost = list(dict.fromkeys(words for comparison in found for words in comparison.lost))
    if lost:
        lines.append(f"{'; '.join(lost)}. To be better than such a chain says little.")
    lines += _trainings({len(claim.seeds) for claim in claims})
    if clocks := {c.clock for c in found if not math.isnan(c.sampling)}:
        lines.append("Time of sampling is a coarse measure: equal jobs, repeated on cores that "
                     f"others shared, took up to {SCATTER:g} times as long. A ratio between "
                     f"{1 / SCATTER:g} and {SCATTER:g} may be chance.")
        if "wall-clock" in clocks:
            lines.append("Where a GPU did the work, the time is that of the clock, with what jobs "
                         "beside it took from it.")
    if any(comparison.unequal for comparison in found):
        lines.append("Where the compute was not equal, a difference may come from it and not from "
                     "the hierarchy.")
    return lines


def certainty(found: list[Comparison]) -> str:
    """How it is decided, with the number of comparisons of rows that the paper has too."""
    claims = [claim for comparison in found if not comparison.variant
              for claim in comparison.claims]
    if not claims:
        return ""
    counts = states(claims)
    blank = counts[BLANK]
    rest = (f"{counts[OPEN]} undecided and {blank} not informative (both 0 % or both 100 %, "
            "or no molecule has the score for both)"
            if blank else f"{counts[OPEN]} undecided")
    return ("A comparison is one backbone in several stages against the same in one, on the same "
            "molecules. A score counts as better or worse where its 95 % interval excludes zero, "
            "Wilcoxon's p, corrected by Holm for the comparisons of that score in its table, is "
            f"below {LEVEL:g}, more molecules go the way of the mean than the other, and so do the "
            "differences of all trainings (seeds), where there are several. Of "
            f"{len(claims)} differences {counts[BETTER]} "
            f"{'is' if counts[BETTER] == 1 else 'are'} better, {counts[WORSE]} worse, {rest}. "
            "The correction does not reach across tables or scores. A comparison that is in "
            "several tables is taken from the first; its p differs in the others, as other "
            "comparisons are counted there.")


def _trainings(counts: set[int]) -> list[str]:
    """What so many trainings of a chain do not show; nothing where none was compared."""
    if not counts:
        return []
    names = {1: "one", 2: "two", 3: "three"}
    said = " or ".join(names.get(count, str(count)) for count in sorted(counts))
    plural = "s" * (max(counts) > 1)
    words = (f"{said.capitalize()} training{plural} of each chain: intervals and p are over "
             f"molecules, given {'these trainings' if plural else 'this training'}. They do not "
             "show how much another would differ: a chain that is trained again with another seed "
             "can differ from itself by more than such an interval says.")
    each = " Where there are several, a difference counts only if each of them has its sign."
    return [words + each * bool(plural)]


def _too_few(found: list[Comparison]) -> list[str]:
    """The comparisons that no scores whatever could have decided, by why."""
    reasons: dict[str, list[str]] = {}
    for comparison in found:
        if not comparison.decidable:
            first = comparison.claims[0]
            reasons.setdefault(comparison.too_few, []).append(f"{first.row} against "
                                                              f"{first.against}")
    return [f"{'; '.join(pairs)}: {reason}"
            for reason, pairs in reasons.items()]


def _reach(claims: list[Claim]) -> str:
    """Half the median interval of each metric, of the differences that could be decided."""
    words = []
    seen = [claim for claim in claims if claim.decidable and not claim.blank]
    for metric in dict.fromkeys(claim.metric for claim in seen):
        halves = pd.Series([(c.high - c.low) / 2 for c in seen if c.metric == metric])
        if halves.median() > 0:
            unit = "points" if unit_of(metric) == "%" else unit_of(metric)
            size = signed(halves.median(), digits_of(metric)).lstrip("+")
            words.append(f"{size} {unit} in {metric_name(metric)} ({halves.count()})")
    return (f"The intervals reach about so far to either side of a difference: {', '.join(words)}; "
            "medians of the differences that could be decided, with their number. Smaller "
            "differences cannot be seen with so many molecules, and larger ones may be undecided "
            "too.") if words else ""
