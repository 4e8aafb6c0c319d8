"""The first page: does the hierarchy help here? In sentences that rules make from the tables."""

from pipeline_src.paper.claims import BETTER, OPEN, WORSE, Claim
from pipeline_src.paper.comparison import Comparison
from pipeline_src.paper.names import metric_name
from pipeline_src.paper.words import listed

STEPS = "table13"  # one stage against several of as many steps in all
ORACLE = "table1"  # true heavy atoms as the guide
SOUND = "validity"  # soundness and strain
# What else bears on it, where it was run: item -> what its comparisons ask.
BESIDE = {
    STEPS: "With as many denoising steps in all, shared by the stages; rows are named by the "
           "paper's totals",
    ORACLE: "If the first stage were perfect: the true heavy atoms as guide, an upper bound",
    "table11": "With fewer noise levels a stage",
    "table3": "In energies and orbital gaps (quantum chemistry) instead of distances",
    "table4": "Trained on drug-like molecules, tested on small ones",
    "table9": "Trained on small molecules, tested on drug-like ones",
    "table17": "With fragments instead of heavy atoms as the first stage",
    SOUND: "As chemistry: soundness and strain, and scores after a short relaxation",
}


def headline(found: list[Comparison]) -> str:
    """The answer in a sentence or two, of rows that the paper has too."""
    papers = [comparison for comparison in found if not comparison.variant]
    if not papers:
        return ("Not answered: none of the tables that compare a backbone in several stages with "
                "the same in one was run at this size, or none of the paper's chains there has a "
                "baseline.")
    verdicts = [comparison.verdict for comparison in papers]
    total = len(papers)
    if set(verdicts) == {OPEN}:
        where = f"any of the {counted(total)}" if total > 1 else "the one comparison"
        return ("Undecided: no score of several stages differs from that of one by more than "
                f"chance and the choice of molecules explain, in {where}.")
    start = "Yes" if set(verdicts) == {BETTER} else "No" if set(verdicts) == {WORSE} \
        else "In part" if {BETTER, "both"} & set(verdicts) else "Not shown"
    beaten = sum(c.baseline_lost and c.verdict in (BETTER, "both") for c in papers)
    hollow = f" In {beaten} where it helped the baseline's samples were lost." if beaten else ""
    bare = sum(c.uncovered and c.verdict in (BETTER, "both") for c in papers)
    hollow += (f" In {bare} where it helped, neither the chain nor its baseline covers any "
               "reference (COV-R 0 %)." if bare else "")
    return (f"{start}: of {counted(total)}, the hierarchy {outcome(papers)}"
            f"{one_training(papers)}.{share(papers)}{hollow}")


def asked(item: str, found: list[Comparison]) -> list[Comparison]:
    """Those of an item that stand on the first page; of equal steps also what the paper lacks."""
    return [c for c in found if item == STEPS or not c.variant]


def by_backbone(found: list[Comparison]) -> list[dict]:
    """A line for each baseline and dataset: for which backbone it helped."""
    groups: dict[tuple[str, str], list[Comparison]] = {}
    for comparison in found:
        first = comparison.claims[0]
        groups.setdefault((first.baseline, first.dataset), []).append(comparison)
    return [{"backbone": group[0].claims[0].against, "dataset": dataset,
             "lines": [{"row": c.claims[0].row, "item": c.claims[0].item, "verdict": c.verdict,
                        "sentence": c.sentence,
                        "compute": "" if c.claims[0].item == SOUND else c.compute,
                        "claims": [_shown(claim) for claim in c.claims]} for c in group]}
            for (_, dataset), group in groups.items()]


def _shown(claim: Claim) -> dict:
    return {"metric": metric_name(claim.metric), "state": claim.state, "words": claim.words,
            "molecules": "" if claim.blank else f"better for {claim.better}, worse for "
                         f"{claim.worse} of {claim.molecules} molecules"}


def counted(count: int) -> str:
    """'3 comparisons'."""
    return f"{count} comparison{'s' * (count != 1)}"


def outcome(found: list[Comparison]) -> str:
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


def one_training(found: list[Comparison]) -> str:
    """A reservation where something was decided by one training of each chain alone."""
    decided = [claim for comparison in found for claim in comparison.claims
               if claim.state in (BETTER, WORSE)]
    one = decided and max(len(claim.seeds) for claim in decided) == 1
    return ", for this one training of each chain" if one else ""


def share(found: list[Comparison]) -> str:
    """How many of the differences were decided, where some were and others not."""
    claims = [claim for comparison in found for claim in comparison.claims]
    decided = sum(claim.state in (BETTER, WORSE) for claim in claims)
    return (f" {decided} of {len(claims)} differences in scores {'is' if decided == 1 else 'are'} "
            "decided.") if 0 < decided < len(claims) else ""
