"""Paired differences of tables as claims: who against whom, in what, how large, how sure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline_src.paper.names import digits_of, higher_is_better, metric_name, unit_of
from pipeline_src.reports.comparison_text import LEVEL, signed

# BLANK: a percentage that is 0 for both, or 100 for both, of every molecule.
BETTER, WORSE, OPEN, BLANK = "better", "worse", "open", "blank"
AS_DRAWN = "as drawn"  # a baseline that is no chain: the same samples before a relaxation


@dataclass(frozen=True)
class Claim:
    """A chain against its baseline in one metric, in the RMSD mode shown first.

    Attributes:
        item, row: where it stands.
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
        """``better`` or ``worse`` where interval and corrected p agree, ``blank``, or ``open``."""
        if self.blank:
            return BLANK
        if math.isnan(self.difference) or not self.p_holm < LEVEL:
            return OPEN
        if self.low <= 0 <= self.high:
            return OPEN
        return BETTER if (self.difference > 0) == higher_is_better(self.metric) else WORSE

    @property
    def words(self) -> str:
        """The difference in words: 'MAT-R lower by 0.031 Å [−0.050, −0.012], p = 0.003'."""
        name, unit, digits = metric_name(self.metric), unit_of(self.metric), digits_of(self.metric)
        if math.isnan(self.difference):
            return f"{name} not comparable, as no molecule has it for both"
        if self.blank:
            return f"{name} both {self.value:.0f} %: not informative"
        size = f"{abs(self.difference):.{digits}f}"
        way = "higher" if self.difference > 0 else "lower"
        points = "percentage points" if unit == "%" else unit
        by = f"{way} by {size} {points}" if float(size) else "the same to the digits shown"
        open_ = ", undecided" if self.state == OPEN else ""
        return (f"{name} {by} [{signed(self.low, digits)}, {signed(self.high, digits)}], "
                f"{probability(self.p_holm)}{open_}")


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
    pairs = cells[cells["statistic"].isin(["difference", "p", "p_holm", "better", "worse"])]
    pairs = first_mode(pairs)
    tests = pairs[(pairs["statistic"] == "p") & pairs["measured"].notna()].groupby("metric")
    count = tests.size().to_dict()
    least = (tests.size() * 2.0 ** (1 - tests["molecules"].max())).to_dict()
    means = first_mode(cells[cells["statistic"].isin(["mean", "median"])])
    means = means.drop_duplicates(["row", "metric"]).set_index(["row", "metric"])["measured"]
    found = []
    for (row, metric, _), lines in pairs.groupby(["row", "metric", "baseline"], sort=False):
        by = lines.set_index("statistic")
        if by.index.has_duplicates or "difference" not in by.index:
            continue  # sections of a row: not one claim
        main = by.loc["difference"]
        numbers = by["measured"]
        found.append(Claim(
            item, row, main["chain"], main["baseline"], _label(cells, main), main["dataset"],
            main["train_dataset"], metric, main["measured"], main["ci_low"], main["ci_high"],
            numbers.get("p", math.nan), numbers.get("p_holm", math.nan),
            *(_count(numbers.get(name, math.nan)) for name in ("better", "worse")),
            _count(main["molecules"]), tuple(main["seeds"].split()), least.get(metric, 0.0),
            means.get((row, metric), math.nan), count.get(metric, 1)))
    return found


def _label(cells: pd.DataFrame, main: pd.Series) -> str:
    """Label of the row that a difference is from, of the same part if there are several."""
    rows = cells[(cells["chain"] == main["baseline"]) & (cells["dataset"] == main["dataset"])]
    own = rows[rows["part"] == main["part"]]
    labels = (own if len(own) else rows)["row"]
    return main["baseline"] if labels.empty else labels.iloc[0]


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
