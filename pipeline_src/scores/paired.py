"""Scores over several seeds: a chain alone, and against a baseline, paired by molecule.

Arrays hold one score, a row a seed and a column a molecule; NaN where there is none.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline_src.run.errors import InputError
from pipeline_src.scores.bootstrap import bootstrap_interval

_DECIMALS = 6  # of % or Å; the tables' digits end beyond, so that equal scores differ by nothing


@dataclass(frozen=True)
class SeedMean:
    """A mean over molecules of their means over seeds, or a median; NaN where there is no value.

    Attributes:
        center: the mean, or median, over molecules.
        low, high: 95 % bootstrap interval over molecules.
        seed_sd: standard deviation (n - 1) between seeds of their own center; NaN with fewer than
            two seeds.
        n_molecules: molecules with a value for at least one seed.
        n_seeds: seeds with a value for at least one molecule.
    """

    center: float
    low: float
    high: float
    seed_sd: float
    n_molecules: int
    n_seeds: int


@dataclass(frozen=True)
class PairedDifference(SeedMean):
    """Chain minus baseline; ``center`` is of the molecules' differences.

    Attributes:
        n_better, n_equal, n_worse: molecules by the sign of their difference.
        n_unpaired: molecules that only one of the two has, or both but for no common seed.
        p_value: as ``signed_rank_p``.
        seed_low, seed_high: the least and the greatest of the seeds' own centers; NaN with fewer
            than two seeds.
    """

    n_better: int
    n_equal: int
    n_worse: int
    n_unpaired: int
    p_value: float
    seed_low: float
    seed_high: float


def seed_mean(values: np.ndarray, resamples: int, seed: int,
              center: Callable = np.mean) -> SeedMean:
    """The mean of ``values`` over seeds and molecules, with its two spreads.

    Args:
        values: scores of a chain; NaN: that molecule has none for that seed  # (S, M)
        resamples, seed: of the bootstrap.
        center: of the molecules, ``np.mean`` or ``np.median``; over seeds it is the mean.

    Raises:
        InputError: not a table of seeds and molecules, or a value is infinite.
    """
    values = _checked("values", values)
    by_molecule = _over_seeds(values)
    by_seed = _centers(values, center)
    low, high = bootstrap_interval(by_molecule, resamples, seed, center)
    return SeedMean(
        center=float(center(by_molecule)) if len(by_molecule) else math.nan, low=low, high=high,
        seed_sd=float(by_seed.std(ddof=1)) if len(by_seed) > 1 else math.nan,
        n_molecules=len(by_molecule), n_seeds=len(by_seed))


def paired_difference(values: np.ndarray, baseline: np.ndarray, higher_is_better: bool,
                      resamples: int, seed: int,
                      center: Callable = np.mean) -> PairedDifference:
    """``values`` minus ``baseline``, molecule by molecule.

    Of each molecule only the seeds count for which both have a value; a molecule without any is
    not paired. Differences are rounded to 6 decimals, so that those that arise from the digits
    of the score files count as none.

    Args:
        values: scores of the chain  # (S, M)
        baseline: scores of what it is compared with, same seeds and molecules  # (S, M)
        higher_is_better: whether a positive difference is better.
        resamples, seed: of the bootstrap.
        center: as in ``seed_mean``.

    Raises:
        InputError: the shapes differ, or as ``seed_mean``.
    """
    values, baseline = _checked("values", values), _checked("baseline", baseline)
    if values.shape != baseline.shape:
        raise InputError("baseline", f"shape {baseline.shape}", f"that of values, {values.shape}")
    differences = values - baseline  # NaN where one of them is
    summary = seed_mean(differences, resamples, seed, center)
    rounded = np.round(_over_seeds(differences), _DECIMALS)
    by_seed = np.round(_centers(differences, center), _DECIMALS)
    ends = (by_seed.min(), by_seed.max()) if len(by_seed) > 1 else (math.nan, math.nan)
    up, down = int((rounded > 0).sum()), int((rounded < 0).sum())
    either = ~(np.isnan(values).all(axis=0) & np.isnan(baseline).all(axis=0))
    return PairedDifference(
        **vars(summary), n_better=up if higher_is_better else down,
        n_worse=down if higher_is_better else up, n_equal=len(rounded) - up - down,
        n_unpaired=int(either.sum()) - len(rounded), p_value=signed_rank_p(rounded),
        seed_low=float(ends[0]), seed_high=float(ends[1]))


def signed_rank_p(differences: np.ndarray) -> float:
    """Two-sided p value of Wilcoxon's signed-rank test; NaN without differences.

    Wilcoxon, Biometrics Bulletin 1, 80 (1945): differences of zero are left out, equal magnitudes
    share their mean rank. By ``scipy.stats.wilcoxon``: exact for at most 50 differences without
    equal magnitudes or at most 13 with, else the normal approximation corrected for them. Where
    all are zero nothing speaks for a difference, and p is 1.
    """
    differences = np.asarray(differences, dtype=np.float64)
    if not len(differences):
        return math.nan
    from scipy.stats import wilcoxon  # a second of imports that only comparisons need

    changed = differences[differences != 0]
    return float(wilcoxon(changed).pvalue) if len(changed) else 1.0


def sign_p(n_better: int, n_worse: int) -> float:
    """Two-sided p value of the sign test; NaN without molecules that differ.

    Exact: as many heads, or more unlike, in as many throws of a fair coin (Dixon & Mood,
    J. Am. Stat. Assoc. 41, 557 (1946)); equal ones are left out.
    """
    from scipy.stats import binomtest  # as above

    total = n_better + n_worse
    return float(binomtest(n_better, total).pvalue) if total else math.nan


def rank_sum_p(values: np.ndarray, others: np.ndarray) -> float:
    """Two-sided p value of the Mann-Whitney U test; NaN where a sample has no value.

    Mann & Whitney, Ann. Math. Stat. 18, 50 (1947), by ``scipy.stats.mannwhitneyu``: exact for small
    samples without equal values, else the normal approximation corrected for these. NaNs are left
    out; where all values are equal nothing speaks for a difference, and p is 1.
    """
    from scipy.stats import mannwhitneyu  # as above

    samples = [sample[~np.isnan(sample)] for sample in (values, others)]
    if not all(map(len, samples)):
        return math.nan
    pooled = np.concatenate(samples)
    return 1.0 if (pooled == pooled[0]).all() else float(mannwhitneyu(*samples).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """p values adjusted for their number by Holm's step-down method, in the order given.

    Holm, Scand. J. Statist. 6, 65 (1979): the k-th smallest of m is multiplied by m - k + 1, is at
    least the one before it and at most 1. NaN is no test: it stays and does not count.

    Raises:
        InputError: a value that is no probability.
    """
    adjusted, least = list(p_values), 0.0
    tests = sorted((p, place) for place, p in enumerate(p_values) if not math.isnan(p))
    for rank, (p, place) in enumerate(tests):
        if not 0 <= p <= 1:
            raise InputError("p_values", p, "a number from 0 to 1")
        least = max(least, min(1.0, (len(tests) - rank) * p))
        adjusted[place] = least
    return adjusted


def _checked(name: str, values: np.ndarray) -> np.ndarray:  # (S, M)
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2:
        raise InputError(name, f"{values.ndim} axes", "two axes: seeds and molecules")
    if np.isinf(values).any():
        raise InputError(name, "infinity", "finite scores, NaN where there is none")
    return values


def _over_seeds(values: np.ndarray) -> np.ndarray:
    """Mean of each molecule's seeds, without molecules that have none."""
    there = ~np.isnan(values)
    counts = there.sum(axis=0)
    sums = np.where(there, values, 0.0).sum(axis=0)
    return sums[counts > 0] / counts[counts > 0]


def _centers(values: np.ndarray, center: Callable) -> np.ndarray:
    """Mean or median of each seed's molecules, without seeds that have none."""
    return np.array([center(row[~np.isnan(row)]) for row in values if not np.isnan(row).all()])
