"""Bootstrap interval of a mean over molecules."""

import numpy as np

from pipeline_src.run.errors import InputError

_PERCENTILES = (2.5, 97.5)
_BLOCK = 2_000_000  # drawn indices held at once


def bootstrap_interval(values: np.ndarray, resamples: int, seed: int) -> tuple[float, float]:
    """Low and high end of the 95 % percentile interval of the mean of ``values``.

    Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. One value gives
    itself twice, none gives NaN twice.

    Args:
        values: one per molecule, finite  # (M,)
        resamples: sets drawn with replacement.
        seed: of the draws; equal arguments give equal intervals.

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
    generator = np.random.default_rng(seed)
    means = np.empty(resamples)
    step = max(1, _BLOCK // len(values))
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        drawn = generator.integers(0, len(values), (count, len(values)))
        means[start:start + count] = values[drawn].mean(axis=1)
    low, high = np.percentile(means, _PERCENTILES)
    return float(low), float(high)
