"""Bootstrap intervals over molecules: of a mean, and of a share or statistic of their samples."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from pipeline_src.run.errors import InputError

_PERCENTILES = (2.5, 97.5)
_BLOCK = 2_000_000  # drawn indices held at once


def bootstrap_interval(values: np.ndarray, resamples: int, seed: int,
                       center: Callable = np.mean) -> tuple[float, float]:
    """Low and high end of the 95 % percentile interval of the mean of ``values``, or the median.

    Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. One value gives
    itself twice, none gives NaN twice.

    Args:
        values: one per molecule, finite  # (M,)
        resamples: sets drawn with replacement.
        seed: of the draws; equal arguments give equal intervals.
        center: ``np.mean`` or ``np.median``.

    Raises:
        InputError: a value is not finite.
    """
    values = np.asarray(values, dtype=np.float64)
    if not np.isfinite(values).all():
        raise InputError("values", "NaN or infinity", "finite values, one per molecule")
    if not len(values):
        return float("nan"), float("nan")
    if (values == values[0]).all():
        return float(values[0]), float(values[0])
    return _interval([center(values[drawn], axis=1)
                      for drawn in _draws(len(values), resamples, seed)])


def bootstrap_share(parts: np.ndarray, wholes: np.ndarray, resamples: int,
                    seed: int) -> tuple[float, float]:
    """Low and high end of the 95 % percentile interval of ``sum(parts) / sum(wholes)``.

    Molecules are drawn, each with all its samples, since the samples of one are not independent
    (the cluster bootstrap: Davison and Hinkley, Bootstrap Methods and their Application (1997),
    section 3.8). Molecules without samples have no say. One molecule, or several of one share, give
    that share twice; none give NaN twice.

    Args:
        parts: samples that count, one number per molecule  # (M,)
        wholes: all samples of the molecule  # (M,)
        resamples: sets drawn with replacement.
        seed: of the draws; equal arguments give equal intervals.

    Raises:
        InputError: a part is negative or above its whole.
    """
    parts, wholes = np.asarray(parts, dtype=np.int64), np.asarray(wholes, dtype=np.int64)
    if (parts < 0).any() or (parts > wholes).any():
        raise InputError("parts", "a negative one or one above its whole",
                         "0 to all samples of the molecule")
    parts, wholes = parts[wholes > 0], wholes[wholes > 0]
    if not len(parts):
        return float("nan"), float("nan")
    return _interval([parts[drawn].sum(axis=1) / wholes[drawn].sum(axis=1)
                      for drawn in _draws(len(parts), resamples, seed)])


def bootstrap_pooled(groups: Sequence[np.ndarray], statistic: Callable[[np.ndarray], float],
                     resamples: int, seed: int) -> tuple[float, float]:
    """Low and high end of the 95 % percentile interval of a statistic of pooled values.

    Molecules are drawn, each with all its values, as in ``bootstrap_share``. One molecule, or none,
    gives its statistic, or NaN, twice.

    Args:
        groups: the values of each molecule, of any number  # M arrays
        statistic: of all values of a resample under one another, as ``np.median``.
        resamples: sets drawn with replacement.
        seed: of the draws; equal arguments give equal intervals.
    """
    groups = [np.asarray(group, dtype=np.float64) for group in groups if len(group)]
    if len(groups) < 2:
        value = float(statistic(groups[0])) if groups else float("nan")
        return value, value
    return _interval([np.array([statistic(np.concatenate([groups[k] for k in drawn]))
                                for drawn in block])
                      for block in _draws(len(groups), resamples, seed)])


def _draws(count: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Indices of the molecules of each resample, in blocks  # (resamples of the block, count)"""
    generator = np.random.default_rng(seed)
    step = max(1, _BLOCK // count)
    for start in range(0, resamples, step):
        yield generator.integers(0, count, (min(step, resamples - start), count))


def _interval(values: list[np.ndarray]) -> tuple[float, float]:
    low, high = np.percentile(np.concatenate(values), _PERCENTILES)
    return float(low), float(high)
