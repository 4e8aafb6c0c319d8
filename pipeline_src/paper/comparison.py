"""A chain against its baseline in all scores of a table, with what the two took."""

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
from pipeline_src.paper.words import item_name

ASKED = ("table2", "table5", "table8")  # a backbone in several stages against the same in one
_CHAINS = {"table1": "oracle"}  # item -> how the chains begin that count there
EQUAL = 1.15  # a cost up to so many times another one is called equal
# CPU time of equal sampling jobs, repeated on cores that others shared, differed by up to so many
# times: hyper-threads share a core.
SCATTER = 2.0
_STATES = {BETTER: "better", WORSE: "worse", OPEN: "undecided", BLANK: "not informative"}


@dataclass(frozen=True)
class Comparison:
    """All claims of one chain against its baseline on one dataset.

    Attributes:
        claims: one a metric.
        training, sampling: time of the chain over that of its baseline; NaN: not known.
        clock: whose time: ``CPU``, or ``wall-clock`` where a GPU did work.
        lost: which of the two has its samples lost, in words.
        baseline_lost: whether the baseline did.
        variant: whether the paper's table has other rows, but not this one.
    """

    claims: tuple[Claim, ...]
    training: float = math.nan
    sampling: float = math.nan
    lost: tuple[str, ...] = ()
    baseline_lost: bool = False
    clock: str = "CPU"
    variant: bool = False

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
        first = self.claims[0]
        return " ".join([
            f"{first.row}{self._not_the_papers} against {first.against}: {self.outcome}.",
            *(f"{words}." for words in self.lost),
            *([] if self.decidable else ["So few molecules could not decide it."])])

    @property
    def outcome(self) -> str:
        """'better in 1 of 4 scores, undecided in 3'."""
        found, total = states(self.claims), len(self.claims)
        counts = [(word, found[state]) for state, word in _STATES.items() if found[state]]
        if len(counts) == 1 and total > 1:
            return f"{counts[0][0]} in all {total} scores"
        (word, count), *rest = counts
        return ", ".join([f"{word} in {count} of {total} score{'s' * (total > 1)}",
                          *(f"{other} in {number}" for other, number in rest)])

    @property
    def uncovered(self) -> bool:
        """Whether neither of the two covers any reference of any molecule."""
        return any(claim.metric == "cov_r" and claim.blank and not claim.value
                   for claim in self.claims)

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
        return all(_within(ratio, EQUAL) for ratio in (self.training, self.sampling))

    @property
    def unequal(self) -> bool:
        """Whether one is known not to be: that of sampling by more than equal jobs differ."""
        return any(not math.isnan(ratio) and not _within(ratio, most) for ratio, most in (
            (self.training, EQUAL), (self.sampling, SCATTER)))

    @property
    def compute(self) -> str:
        """Whether the two were given equal compute, by what the jobs took."""
        parts = []
        if not math.isnan(self.training):
            parts.append(f"{_times(self.training)} {self.clock} time of training")
        if not math.isnan(self.sampling):
            varied = f" (equal jobs varied by a factor of up to {SCATTER:g})" \
                if _within(self.sampling, SCATTER) else ""
            parts.append(f"{self.sampling:.1f} times the {self.clock} time of sampling"
                         f"{varied}")
        if not parts:
            return "The cost of the two is not known."
        return ((f"Equal compute as far as {self.clock} time tells" if self.equal else
                 "Not at equal compute" if self.unequal else "Not known to be at equal compute")
                + f": the chain took {' and '.join(parts)} that its baseline took.")

    @property
    def _not_the_papers(self) -> str:
        return f" (not a row of the paper's {item_name(self.claims[0].item)})" \
            if self.variant else ""


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
        failed, record = lost(tables[item]), records.get(item, {})
        papers = set(tables[item].loc[tables[item]["paper"] != "", "row"])
        hashes = tables[item].groupby("row")["settings_hash"].max()
        for row, claims in groups.items():
            first = claims[0]
            key = (first.chain, first.baseline, first.dataset, first.train_dataset, hashes[row])
            words = tuple(f"{name}: {lost_words(failed[name])}" for name in (row, first.against)
                          if name in failed)
            found.setdefault(key, Comparison(
                tuple(claims), **_ratios(record, row), lost=words, clock=record.get("clock", "CPU"),
                baseline_lost=first.against in failed,
                variant=bool(papers) and row not in papers))
    return list(found.values())


def _ratios(record: dict, row: str) -> dict[str, float]:
    """Time of a row's chain over its baseline's."""
    costs = record.get("costs", {}).get(row, {})
    return {what: costs[what]["chain"] / costs[what]["baseline"]
            if what in costs and costs[what]["baseline"] else math.nan
            for what in ("training", "sampling")}


def _within(ratio: float, most: float) -> bool:
    return 1 / most <= ratio <= most


def _times(ratio: float) -> str:
    return "about the" if _within(ratio, EQUAL) else f"{ratio:.1f} times the"
