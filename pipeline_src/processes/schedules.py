"""Noise schedules, sigmoid and geometric, and the choice of the levels a sampler visits.

Sources: GeoDiff (models.md 3.1); MSGEN paper, Table 7; ConfGF (models.md 3.2).
"""

from dataclasses import dataclass

import numpy as np

from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.processes import default_beta_end

CLEAN = -1  # number of the step after the last: no noise
SIGMOID_EDGE = 6.0  # the sigmoid's argument runs from -6 to 6


@dataclass(frozen=True, eq=False)
class Schedule:
    """Noise levels 0..T-1.

    Attributes:
        alphas_bar: signal kept in the variance-preserving picture, float64  # (T,)
        sigmas: noise in the variance-exploding picture, Å, float64  # (T,)
    """

    alphas_bar: np.ndarray
    sigmas: np.ndarray


def sigmoid_schedule(steps: int, beta_start: float, beta_end: float | None = None) -> Schedule:
    """GeoDiff's schedule: beta_t rises as a sigmoid, sigma_t = sqrt((1 - abar_t) / abar_t).

    Args:
        steps: T.
        beta_start: first beta.
        beta_end: last beta; None: the paper's for this T, else 10 / T, which keeps sigma_T near 12.

    Raises:
        InputError: an end not between beta_start and 1.
    """
    end = default_beta_end(steps) if beta_end is None else beta_end
    if not beta_start < end < 1:
        raise InputError("beta_end", end, f"a number between beta_start = {beta_start} and 1")
    x = np.linspace(-SIGMOID_EDGE, SIGMOID_EDGE, steps)
    betas = beta_start + (end - beta_start) / (1 + np.exp(-x))
    alphas_bar = np.cumprod(1 - betas)
    return Schedule(alphas_bar, np.sqrt((1 - alphas_bar) / alphas_bar))


def geometric_sigmas(steps: int, smallest: float, largest: float) -> np.ndarray:
    """Noise levels evenly apart in log sigma, rising, Å, float64  # (T,)"""
    return np.geomspace(smallest, largest, steps)


def visited_levels(sigmas: np.ndarray, n: int | None) -> np.ndarray:
    """Indices of ``n`` levels from T - 1 down to 0, spaced evenly in log sigma, int64  # (n,)

    Where the schedule is sparser than the spacing, neighbours are taken instead, so that all are
    distinct. ``n`` = None: all levels; ``n`` = 1: the noisiest.

    Raises:
        InputError: more levels than there are, or none.
    """
    total = len(sigmas)
    count = total if n is None else n
    if not 1 <= count <= total:
        raise InputError("sampler.steps", n, f"from 1 to {total}, the levels of the process",
                         "Train with more levels to sample with more.")
    if count == 1:
        return np.array([total - 1])
    logs = np.log(sigmas)
    wanted = np.interp(np.linspace(logs[0], logs[-1], count), logs, np.arange(total))
    rank = np.arange(count)
    rising = np.maximum.accumulate(np.rint(wanted).astype(np.int64) - rank) + rank
    return np.minimum(rising, total - count + rank)[::-1].copy()
