"""What has to be known with the answer: compute, variants, equal steps, the bound, RDKit."""

import math
from collections.abc import Mapping

from pipeline_src.paper.answer import ORACLE, SOUND, STEPS, counted, one_training, outcome, share
from pipeline_src.paper.chemistry import chemistry
from pipeline_src.paper.claims import BETTER, OPEN
from pipeline_src.paper.comparison import Comparison
from pipeline_src.paper.names import metric_name
from pipeline_src.paper.words import listed


def points(found: list[Comparison], beside: Mapping[str, list[Comparison]],
           results: Mapping | None, sound: tuple[str, str] = ("", "")) -> list[str]:
    """What has to be known with the answer, a line each.

    Args:
        found: all comparisons.
        beside: item of ``BESIDE`` -> its comparisons.
        results: of ``overview``.
        sound: of ``usable`` and of ``relaxed``.
    """
    papers = [comparison for comparison in found if not comparison.variant]
    lines = [f"{which(papers)} {in_one_stage(papers, results)}".strip(), sound[0],
             chemistry(papers, beside.get(SOUND, [])), compute(papers), variants(found),
             equal_steps(beside.get(STEPS, [])), oracle(beside.get(ORACLE, [])),
             f"{orientation(results)} {sound[1]}".strip()]
    return [line for line in lines if line]


def which(found: list[Comparison]) -> str:
    """The comparisons in which a score was decided, by name."""
    decided = [comparison for comparison in found if comparison.verdict != OPEN]
    return "Decided: " + "; ".join(
        f"{c.claims[0].row} against {c.claims[0].against}, {c.outcome}" for c in decided
    ) + "." if decided else ""


def in_one_stage(found: list[Comparison], results: Mapping | None) -> str:
    """What the same backbone does in one stage with other settings, where that is closer still.

    Args:
        found: all comparisons.
        results: of ``overview``.
    """
    helped = [claim for c in found if c.verdict in (BETTER, "both") for claim in c.claims
              if claim.metric == "mat_r"]
    words = []
    for line in results["lines"] if results else []:
        near = next((float(cell["value"]) for cell in line["cells"]
                     if cell["metric"] == "mat_r" and cell["value"]), math.nan)
        beaten = [claim for claim in helped if near < claim.value
                  and line["group"] == (claim.baseline, claim.dataset, claim.train_dataset)]
        if beaten and line["compared"] and line["n_stages"] == 1:
            others = "; ".join(f"{claim.row} {claim.value:.2f} Å" for claim in beaten)
            words.append(f"{line['row']} (one stage) is closer still: MAT-R {near:.2f} Å "
                         f"({others}).")
    return " ".join(words)


def compute(found: list[Comparison]) -> str:
    """How many of the comparisons were at equal compute, and how far the others were from it."""
    if not found:
        return ""
    clock = " or ".join(dict.fromkeys(comparison.clock for comparison in found))
    others = [comparison for comparison in found if not comparison.equal]
    if not others:
        return (f"Compute: the chains and their baselines took about equal {clock} time, in "
                "training and in sampling.")
    ranges = [f"{_range(values)} times the {clock} time of {what}"
              for what in ("training", "sampling")
              if (values := [ratio for c in others if not math.isnan(ratio := getattr(c, what))])]
    if not ranges:
        return "Whether they were at equal compute is not known."
    apart = all(comparison.unequal for comparison in others)
    all_of_them = len(others) == len(found)
    first = "none" if all_of_them else f"{len(found) - len(others)} of {len(found)}"
    was = ("was" if all_of_them else "were") if apart else \
        ("is" if all_of_them else "are") + " known to have been"
    rest = "The chains" if all_of_them else "The other chains"
    return (f"Compute: {first} {was} at equal cost. {rest} took {' and '.join(ranges)} that their "
            "baselines took.")


def variants(found: list[Comparison]) -> str:
    """What came out of rows that the paper does not have."""
    others = [comparison for comparison in found if comparison.variant]
    if not others:
        return ""
    many = len(others) > 1
    return (f"{len(others)} variant{'s' * many} that the paper's tables do not have "
            f"{'are' if many else 'is'} not counted above: the hierarchy {outcome(others)}."
            f"{share(others)}")


def equal_steps(found: list[Comparison]) -> str:
    """Whether it helps with as many denoising steps in all; '' where it was not looked at.

    Args:
        found: of the item ``STEPS``.
    """
    papers, others = ([c for c in found if c.variant is variant] for variant in (False, True))
    if not papers:
        return ""
    words = ("With as many denoising steps in all its stages as the one stage takes (Table 13): of "
             f"{counted(len(papers))}, it {outcome(papers)}{one_training(papers)}."
             f"{share(papers)}")
    if others:
        words += (f" Where models of more noise levels take fewer steps (sub-sampled): of "
                  f"{counted(len(others))}, it {outcome(others)}{one_training(others)}."
                  f"{share(others)}")
    return words


def oracle(found: list[Comparison]) -> str:
    """What a perfect first stage would give; '' where it was not looked at.

    Args:
        found: of the item ``ORACLE``.
    """
    papers = [comparison for comparison in found if not comparison.variant]
    if not papers:
        return ""
    return ("A bound, not a result of the hierarchy (Table 1): guided by the true heavy atoms, "
            f"which no model has when it generates, {papers[0].outcome}, against no guide. Scores "
            "are of the heavy atoms, which such a guide gives away.")


def orientation(results: Mapping | None) -> str:
    """The distances without any network and the best with one; '' where they do not compare.

    Args:
        results: of ``overview``.
    """
    lines = results["lines"] if results else []
    if len({line["group"][1:] for line in lines}) != 1:
        return ""
    plain = [f"{line['row']} reaches {words}" for line in lines
             if not line["stages"] and (words := _near([line]))]
    networks = _near([line for line in lines if line["stages"]])
    if not (plain and networks):
        return ""
    return (f"For orientation: without any network {listed(plain)}; the networks of "
            f"{results['from']}, as drawn, at best {networks}.")


def _near(lines: list[Mapping]) -> str:
    """'MAT-R 0.74 Å and MAT-P 1.03 Å': the least of the lines; '' where one is missing."""
    best = {name: min((float(cell["value"]) for line in lines for cell in line["cells"]
                       if cell["metric"] == name and cell["value"]), default=math.nan)
            for name in ("mat_r", "mat_p")}
    return "" if any(map(math.isnan, best.values())) else " and ".join(
        f"{metric_name(name)} {value:.2f} Å" for name, value in best.items())


def _range(ratios: list[float]) -> str:
    low, high = (f"{end:.1f}" for end in (min(ratios), max(ratios)))
    return low if low == high else f"{low} to {high}"
