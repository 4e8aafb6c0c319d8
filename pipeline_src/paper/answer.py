"""The first page: does the hierarchy help here? In sentences that rules make from the tables."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline_src.paper.claims import (
    AS_DRAWN,
    BETTER,
    BLANK,
    OPEN,
    WORSE,
    Claim,
    claims_of,
    states,
)
from pipeline_src.paper.learned import lost, lost_words
from pipeline_src.paper.names import metric_name

ASKED = ("table2", "table5", "table8")  # a backbone in several stages against the same in one
# What else bears on it, where it was run: item -> what its comparisons ask.
BESIDE = {
    "table13": "At equal compute in sampling: as many denoising steps in all, shared by the stages",
    "table1": "If the first stage were perfect: the true heavy atoms as guide, an upper bound",
    "table3": "In energies and orbital gaps (quantum chemistry) instead of distances",
    "table4": "Trained on drug-like molecules, tested on small ones",
    "table9": "Trained on small molecules, tested on drug-like ones",
    "table17": "With fragments instead of heavy atoms as the first stage",
    "validity": "As chemistry: soundness and strain, and scores after a short relaxation",
}
_CHAINS = {"table1": "oracle"}  # item -> how the chains begin that count there
EQUAL = 1.15  # a cost up to so many times another one is called equal
_VERDICT = {BETTER: "helped", WORSE: "hurt", "both": "helped in some scores and hurt in others",
            OPEN: "undecided"}
_STATES = {BETTER: "better", WORSE: "worse", OPEN: "undecided", BLANK: "not informative"}


@dataclass(frozen=True)
class Comparison:
    """All claims of one chain against its baseline on one dataset.

    Attributes:
        claims: one a metric.
        training, sampling: cost of the chain over that of its baseline; NaN: not known.
        lost: which of the two failed to learn, in words.
        baseline_lost: whether the baseline did.
    """

    claims: tuple[Claim, ...]
    training: float = math.nan
    sampling: float = math.nan
    lost: tuple[str, ...] = ()
    baseline_lost: bool = False

    @property
    def verdict(self) -> str:
        """``better``, ``worse``, ``both`` or ``open``."""
        found = states(self.claims)
        if found[BETTER] and found[WORSE]:
            return "both"
        return BETTER if found[BETTER] else WORSE if found[WORSE] else OPEN

    @property
    def sentence(self) -> str:
        """What came out, in words."""
        first, found = self.claims[0], states(self.claims)
        counts = ", ".join(f"{found[state]} {word}" for state, word in _STATES.items()
                           if found[state])
        return " ".join([
            f"{first.row} against {first.against}: {_VERDICT[self.verdict]} ({counts} of "
            f"{len(self.claims)} scores).", *(f"{words}." for words in self.lost),
            *([] if self.decidable else ["So few molecules could not decide it."])])

    @property
    def decidable(self) -> bool:
        """Whether any score could have come out as better or worse."""
        return any(claim.decidable for claim in self.claims)

    @property
    def too_few(self) -> str:
        """Why none could."""
        first = min(self.claims, key=lambda claim: claim.least_p)
        tests = f" and {first.tests} comparisons in the table" if first.tests > 1 else ""
        return (f"No score could have come out as decided: with {first.molecules} "
                f"molecules{tests} no corrected p is below {first.least_p:.2g}.")

    @property
    def equal(self) -> bool:
        """Whether both costs are known, and those of the baseline."""
        return all(1 / EQUAL <= ratio <= EQUAL for ratio in (self.training, self.sampling))

    @property
    def compute(self) -> str:
        """Whether the two were given equal compute, by what the jobs took."""
        known = [(name, ratio) for name, ratio in (("training", self.training),
                                                   ("sampling", self.sampling))
                 if not math.isnan(ratio)]
        if not known:
            return "The cost of the two is not known."
        parts = [f"{_times(ratio)} CPU time of {name}" for name, ratio in known]
        unequal = any(not 1 / EQUAL <= ratio <= EQUAL for _, ratio in known)
        return (("Equal compute" if self.equal else "Not at equal compute" if unequal
                 else "Not known to be at equal compute")
                + f": the chain took {' and '.join(parts)} that its baseline took.")


def comparisons(tables: Mapping[str, pd.DataFrame], records: Mapping[str, dict],
                items: tuple[str, ...] = ASKED) -> list[Comparison]:
    """Every chain with a baseline in these items; what several tables share stands once.

    A chain of one stage is not compared here: it has no hierarchy. Neither are samples after a
    relaxation with the same as drawn.

    Args:
        tables: item -> cells.
        records: item -> what made it (``run_record``), with the costs of its rows.
        items: whose.
    """
    found: dict[tuple, Comparison] = {}
    for item in items:
        if item not in tables:
            continue
        groups: dict[str, list[Claim]] = {}
        for claim in claims_of(item, tables[item]):
            if claim.baseline == AS_DRAWN or not claim.chain.startswith(_CHAINS.get(item, "")) \
                    or records.get(item, {}).get("elements", {}).get(claim.row, 2) < 2:
                continue
            groups.setdefault(claim.row, []).append(claim)
        failed = lost(tables[item])
        hashes = tables[item].groupby("row")["settings_hash"].max()
        for row, claims in groups.items():
            first = claims[0]
            key = (first.chain, first.baseline, first.dataset, first.train_dataset, hashes[row])
            words = tuple(f"{name} {lost_words(failed[name])}" for name in (row, first.against)
                          if name in failed)
            found.setdefault(key, Comparison(
                tuple(claims), **_ratios(records.get(item, {}), row), lost=words,
                baseline_lost=first.against in failed))
    return list(found.values())


def headline(found: list[Comparison]) -> str:
    """The answer in one or two sentences."""
    if not found:
        return ("Not answered: none of the tables that compare a backbone in several stages with "
                "the same in one was run at this size, or none of their chains has a baseline.")
    verdicts = [comparison.verdict for comparison in found]
    total = len(found)
    if set(verdicts) == {OPEN}:
        return (f"Undecided: in none of the {_comparisons(total)} does any score differ by more "
                "than chance and the choice of molecules explain.")
    parts = [f"helped in {verdicts.count(BETTER)}"] * bool(verdicts.count(BETTER))
    parts += [f"hurt in {verdicts.count(WORSE)}"] * bool(verdicts.count(WORSE))
    parts += [f"did both, by the score, in {verdicts.count('both')}"] * bool(verdicts.count("both"))
    start = "Yes" if set(verdicts) == {BETTER} else "No" if set(verdicts) == {WORSE} \
        else "In part" if {BETTER, "both"} & set(verdicts) else "Not shown"
    left = verdicts.count(OPEN)
    undecided = f"; {left} {'is' if left == 1 else 'are'} undecided" if left else ""
    beaten = sum(c.baseline_lost and c.verdict in (BETTER, "both") for c in found)
    hollow = f" In {beaten} where it helped the baseline had failed to learn." if beaten else ""
    return f"{start}: of {_comparisons(total)}, the hierarchy {_list(parts)}{undecided}.{hollow}"


def compute(found: list[Comparison]) -> str:
    """How many of the comparisons were at equal compute, and how far the others were from it."""
    if not found:
        return ""
    others = [comparison for comparison in found if not comparison.equal]
    if not others:
        return "The chains and their baselines took equal compute, in training and in sampling."
    ranges = [f"{_range(values)} times the CPU time of {what}" for what in ("training", "sampling")
              if (values := [ratio for c in others if not math.isnan(ratio := getattr(c, what))])]
    if not ranges:
        return "Whether they were at equal compute is not known."
    first = "None was" if len(others) == len(found) \
        else f"{len(found) - len(others)} of {len(found)} were"
    rest = "the chains" if len(others) == len(found) else "the other chains"
    return (f"{first} at equal compute: {rest} took {' and '.join(ranges)} that their baselines "
            "took.")


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


def _ratios(record: dict, row: str) -> dict[str, float]:
    costs = record.get("costs", {}).get(row, {})
    return {what: costs[what]["chain"] / costs[what]["baseline"]
            if what in costs and costs[what]["baseline"] else math.nan
            for what in ("training", "sampling")}


def _times(ratio: float) -> str:
    return "about the" if 1 / EQUAL <= ratio <= EQUAL else f"{ratio:.1f} times the"


def _range(ratios: list[float]) -> str:
    low, high = (f"{end:.1f}" for end in (min(ratios), max(ratios)))
    return low if low == high else f"{low} to {high}"


def _comparisons(count: int) -> str:
    return f"{count} comparison{'s' * (count != 1)}"


def _list(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
