"""Paired differences of tables as claims: who against whom, in what, how large, how sure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline_src.paper.names import digits_of, higher_is_better, metric_name, unit_of
from pipeline_src.paper.statistics import DIFFERENCES
from pipeline_src.reports.comparison_text import LEVEL, is_zero, signed

# BLANK: no molecule has the score for both, or a percentage is 0 for both, or 100 for both, of all.
BETTER, WORSE, OPEN, BLANK = "better", "worse", "open", "blank"
AS_DRAWN = "as drawn"  # a baseline that is no chain: the same samples before a relaxation
_PLACE = ["row", "part", "metric"]


@dataclass(frozen=True)
class Claim:
    """A chain against its baseline in one metric, in the RMSD mode shown first.

    Attributes:
        item, row, part: where it stands; ``part`` is the section in a table of sections.
        chain, baseline: who is compared.
        against: label of the baseline's row; its chain where the table has no such row.
        dataset, train_dataset: on what; trained on what.
        metric: of the difference, chain minus baseline.
        difference, low, high: mean over molecules and its 95 % interval; NaN without molecules.
        p, p_holm: Wilcoxon's p value, and corrected over the table.
        better, worse, molecules: how many molecules differ in which way, of how many.
        seeds: of the row.
        least_p: the corrected p of so many comparisons on so many molecules is no smaller.
        value: mean of the row itself.
        tests: comparisons that its p is corrected for.
        seed_low, seed_high: the least and the greatest of the seeds' own differences; NaN with one.
    """

    item: str
    row: str
    chain: str
    baseline: str
    against: str
    dataset: str
    train_dataset: str
    metric: str
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    better: int
    worse: int
    molecules: int
    seeds: tuple[str, ...]
    least_p: float = 0.0
    value: float = math.nan
    tests: int = 1
    part: str = ""
    seed_low: float = math.nan
    seed_high: float = math.nan

    @property
    def blank(self) -> bool:
        """Whether both are 0 %, or both 100 %, for every molecule: nothing can be seen there."""
        return (unit_of(self.metric) == "%" and self.value in (0, 100)
                and self.difference == 0 and not self.better and not self.worse)

    @property
    def decidable(self) -> bool:
        """Whether any scores of so few molecules could make it ``better`` or ``worse``."""
        return self.least_p < LEVEL

    @property
    def state(self) -> str:
        """``better`` or ``worse`` where all agree on it, ``blank``, or ``open``.

        All: the interval, the corrected p, most of the molecules that differ, and the difference
        of every seed.
        """
        if self.blank or math.isnan(self.difference):
            return BLANK
        if not (self.p_holm < LEVEL and self._excludes_zero) or self.disagreement:
            return OPEN
        return BETTER if (self.difference > 0) == higher_is_better(self.metric) else WORSE

    @property
    def disagreement(self) -> str:
        """Why an interval that excludes zero decides nothing all the same; '' where none."""
        if not self._excludes_zero:
            return ""
        gain = (self.difference > 0) == higher_is_better(self.metric)
        if (self.better - self.worse) * (1 if gain else -1) <= 0:
            return "the mean and most molecules differ in opposite ways" \
                if self.better != self.worse else "as many molecules are better as are worse"
        if len(self.seeds) < 2:
            return ""
        who = "seeds" if self.baseline == AS_DRAWN else "trainings"
        if math.isnan(self.seed_low):
            return f"how far the {who} differ is not known"
        if self.seed_low > 0 or self.seed_high < 0:
            return ""
        ends = (signed(end, digits_of(self.metric)) for end in (self.seed_low, self.seed_high))
        return f"{who} differ: {' to '.join(ends)}"

    @property
    def _excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0

    @property
    def words(self) -> str:
        """The difference in words: 'MAT-R lower by 0.031 Å [−0.050, −0.012], p = 0.003'."""
        name, unit, digits = metric_name(self.metric), unit_of(self.metric), digits_of(self.metric)
        if math.isnan(self.difference):
            return f"{name} not comparable, as no molecule has it for both"
        if self.blank:
            return f"{name} both {self.value:.0f} %: not informative"
        size = f"{abs(self.difference):,.{digits}f}"
        way = "higher" if self.difference > 0 else "lower"
        points = "percentage points" if unit == "%" else unit
        by = "the same to the digits shown" if is_zero(size) else f"{way} by {size} {points}"
        open_ = f", {self._undecided}" if self.state == OPEN else ""
        return f"{name} {by} {self._interval}, {self._chance}{open_}"

    @property
    def short(self) -> tuple[str, ...]:
        """The same for a table that marks its state: '−0.031', '[−0.050, −0.012]', 'p = 0.003'."""
        if math.isnan(self.difference):
            return ("not comparable",)
        if self.blank:
            return (f"both {self.value:.0f} %",)
        parts = (signed(self.difference, digits_of(self.metric)), self._interval, self._chance)
        return (*parts, self.disagreement) if self.disagreement else parts

    @property
    def _interval(self) -> str:
        ends = (signed(end, digits_of(self.metric)) for end in (self.low, self.high))
        return f"[{', '.join(ends)}]"

    @property
    def _chance(self) -> str:
        one = len(self.seeds) == 1 and self.baseline != AS_DRAWN
        return f"{probability(self.p_holm)}{' for this one training' * one}"

    @property
    def _undecided(self) -> str:
        return f"undecided ({self.disagreement})" if self.disagreement else "undecided"


def probability(p: float) -> str:
    """A p value in words."""
    if math.isnan(p):
        return "no p value"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def claims_of(item: str, cells: pd.DataFrame) -> list[Claim]:
    """The claims of a table, in its order; of the symmetrised RMSD where both were scored.

    Args:
        item: its name.
        cells: as ``cells.read_cells``.
    """
    pairs = first_mode(cells[cells["statistic"].isin(DIFFERENCES)])
    tests = pairs[(pairs["statistic"] == "p") & pairs["measured"].notna()]
    sizes = {metric: lines["molecules"] for metric, lines in tests.groupby("metric")}
    means = first_mode(cells[cells["statistic"].isin(["mean", "median"])])
    means = means.drop_duplicates(_PLACE).set_index(_PLACE)["measured"]
    found = []
    for (row, part, metric, _), lines in pairs.groupby([*_PLACE, "baseline"], sort=False):
        by = lines.set_index("statistic")
        if "difference" not in by.index:
            continue  # p values of something else
        main = by.loc["difference"]
        numbers = by["measured"]
        others = sizes.get(metric, pd.Series(dtype=float))
        found.append(Claim(
            item, row, main["chain"], main["baseline"], main["against"], main["dataset"],
            main["train_dataset"], metric, main["measured"], main["ci_low"], main["ci_high"],
            numbers.get("p", math.nan), numbers.get("p_holm", math.nan),
            *(_count(numbers.get(name, math.nan)) for name in ("better", "worse")),
            _count(main["molecules"]), tuple(main["seeds"].split()),
            least_p(others, main["molecules"]), means.get((row, part, metric), math.nan),
            max(len(others), 1), part,
            *(numbers.get(name, math.nan) for name in ("seed_low", "seed_high"))))
    return found


def in_sections(claims: Iterable[Claim]) -> bool:
    """Whether a row has claims of several sections of the molecules."""
    parts: dict[str, set[str]] = {}
    for claim in claims:
        parts.setdefault(claim.row, set()).add(claim.part)
    return any(len(found) > 1 for found in parts.values())


def least_p(sizes: pd.Series, molecules: float) -> float:
    """No smaller is the corrected p of a comparison, whatever its scores.

    Wilcoxon's p of n molecules is at least 2^(1 - n). Holm's correction multiplies it by the number
    of comparisons that cannot have a smaller one, those of as many molecules or fewer.

    Args:
        sizes: molecules of each comparison that is corrected for.
        molecules: of this one.
    """
    return min(1.0, float((sizes <= molecules).sum()) * 2.0 ** (1 - molecules)) \
        if molecules > 0 else 1.0


def first_mode(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells without those of the plain RMSD, where there are symmetrised ones of the metric."""
    symmetrized = set(cells.loc[cells["symmetrize"] == "true", "metric"])
    return cells[(cells["symmetrize"] != "false") | ~cells["metric"].isin(symmetrized)]


def states(claims: Iterable[Claim]) -> Mapping[str, int]:
    """How many claims are better, worse, open and blank."""
    found = [claim.state for claim in claims]
    return {state: found.count(state) for state in (BETTER, WORSE, OPEN, BLANK)}


def _count(value: float) -> int:
    return 0 if math.isnan(value) else int(value)
