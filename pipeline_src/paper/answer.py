"""The first page: does the hierarchy help here? In sentences that rules make from the tables."""

import math

from pipeline_src.paper.claims import BETTER, OPEN, WORSE, Claim
from pipeline_src.paper.comparison import Comparison
from pipeline_src.paper.names import metric_name
from pipeline_src.paper.words import listed

STEPS = "table13"  # one stage against several of as many steps in all
# What else bears on it, where it was run: item -> what its comparisons ask.
BESIDE = {
    STEPS: "With as many denoising steps in all, shared by the stages",
    "table1": "If the first stage were perfect: the true heavy atoms as guide, an upper bound",
    "table3": "In energies and orbital gaps (quantum chemistry) instead of distances",
    "table4": "Trained on drug-like molecules, tested on small ones",
    "table9": "Trained on small molecules, tested on drug-like ones",
    "table17": "With fragments instead of heavy atoms as the first stage",
    "validity": "As chemistry: soundness and strain, and scores after a short relaxation",
}


def headline(found: list[Comparison]) -> str:
    """The answer in a few sentences: of rows that the paper has too, then of the others."""
    papers = [comparison for comparison in found if not comparison.variant]
    if not papers:
        return ("Not answered: none of the tables that compare a backbone in several stages with "
                "the same in one was run at this size, or none of the paper's chains there has a "
                "baseline." + _variants(found))
    verdicts = [comparison.verdict for comparison in papers]
    total = len(papers)
    if set(verdicts) == {OPEN}:
        return (f"Undecided: in none of the {_comparisons(total)} does any score differ by more "
                "than chance and the choice of molecules explain."
                + _variants(found))
    start = "Yes" if set(verdicts) == {BETTER} else "No" if set(verdicts) == {WORSE} \
        else "In part" if {BETTER, "both"} & set(verdicts) else "Not shown"
    beaten = sum(c.baseline_lost and c.verdict in (BETTER, "both") for c in papers)
    hollow = f" In {beaten} where it helped the baseline's samples were lost." if beaten else ""
    return (f"{start}: of {_comparisons(total)}, the hierarchy {_outcome(papers)}"
            f"{_one_training(papers)}.{hollow}"
            + _variants(found))


def equal_steps(found: list[Comparison]) -> str:
    """Whether it helps with as many denoising steps in all; '' where it was not looked at.

    Args:
        found: of the item ``STEPS``.
    """
    papers = [comparison for comparison in found if not comparison.variant]
    if not papers:
        return ""
    return ("With as many denoising steps in all its stages as the one stage takes (Table 13): of "
            f"{_comparisons(len(papers))}, it {_outcome(papers)}{_one_training(papers)}.")


def compute(found: list[Comparison]) -> str:
    """How many of the comparisons were at equal compute, and how far the others were from it."""
    if not found:
        return ""
    clock = " or ".join(dict.fromkeys(comparison.clock for comparison in found))
    others = [comparison for comparison in found if not comparison.equal]
    if not others:
        return (f"The chains and their baselines took about equal {clock} time, in training and "
                "in sampling.")
    ranges = [f"{_range(values)} times the {clock} time of {what}"
              for what in ("training", "sampling")
              if (values := [ratio for c in others if not math.isnan(ratio := getattr(c, what))])]
    if not ranges:
        return "Whether they were at equal compute is not known."
    apart = all(comparison.unequal for comparison in others)
    all_of_them = len(others) == len(found)
    first = "None" if all_of_them else f"{len(found) - len(others)} of {len(found)}"
    was = ("was" if all_of_them else "were") if apart else \
        ("is" if all_of_them else "are") + " known to have been"
    rest = "the chains" if all_of_them else "the other chains"
    return (f"{first} {was} at equal compute: {rest} took {' and '.join(ranges)} that their "
            "baselines took.")


def by_backbone(found: list[Comparison]) -> list[dict]:
    """A line for each baseline and dataset: for which backbone it helped."""
    groups: dict[tuple[str, str], list[Comparison]] = {}
    for comparison in found:
        first = comparison.claims[0]
        groups.setdefault((first.baseline, first.dataset), []).append(comparison)
    return [{"backbone": group[0].claims[0].against, "dataset": dataset,
             "lines": [{"row": c.claims[0].row, "item": c.claims[0].item, "verdict": c.verdict,
                        "sentence": c.sentence, "compute": c.compute,
                        "claims": [_shown(claim) for claim in c.claims]} for c in group]}
            for (_, dataset), group in groups.items()]


def _shown(claim: Claim) -> dict:
    return {"metric": metric_name(claim.metric), "state": claim.state, "words": claim.words,
            "molecules": "" if claim.blank else f"better for {claim.better}, worse for "
                         f"{claim.worse} of {claim.molecules} molecules"}


def _range(ratios: list[float]) -> str:
    low, high = (f"{end:.1f}" for end in (min(ratios), max(ratios)))
    return low if low == high else f"{low} to {high}"


def _comparisons(count: int) -> str:
    return f"{count} comparison{'s' * (count != 1)}"


def _outcome(found: list[Comparison]) -> str:
    """'helped in 2 and hurt in 1; 3 are undecided', 'is undecided in all'."""
    verdicts = [comparison.verdict for comparison in found]
    counts = [(verdicts.count(BETTER), "helped in {}"), (verdicts.count(WORSE), "hurt in {}"),
              (verdicts.count("both"), "did both, by the score, in {}")]
    parts = [words.format(count) for count, words in counts if count]
    left = verdicts.count(OPEN)
    if not parts:
        return "is undecided in all" if left > 1 else "is undecided"
    undecided = f"; {left} {'is' if left == 1 else 'are'} undecided" if left else ""
    return listed(parts) + undecided


def _one_training(found: list[Comparison]) -> str:
    """A reservation where something was decided by one training of each chain alone."""
    decided = [claim for comparison in found for claim in comparison.claims
               if claim.state in (BETTER, WORSE)]
    one = decided and max(len(claim.seeds) for claim in decided) == 1
    return ", for this one training of each chain" if one else ""


def _variants(found: list[Comparison]) -> str:
    """What came out of rows that the paper does not have."""
    variants = [comparison for comparison in found if comparison.variant]
    if not variants:
        return ""
    many = len(variants) > 1
    return (f" {len(variants)} variant{'s' * many} that the paper's tables do not have "
            f"{'are' if many else 'is'} not counted there: the hierarchy {_outcome(variants)}.")
