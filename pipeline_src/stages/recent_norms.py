"""A bound on the gradient norm that follows the recent norms: EBD's and ET-Flow's.

1.5 times the mean and 2 standard deviations of the last 50 norms (models.md 3.3); before there is
any, one of 30,000 counts (models.md 3.4). A norm above the bound counts as the bound, as in the
code of E(n) diffusion (Hoogeboom et al., ICML 2022, arXiv:2203.17003). With ``clip_norm: 100``,
ET-Flow's highest, a first norm of 325 or more bounds the first 50 steps by 100 whatever it is.
"""

import math
from statistics import fmean, pstdev

from torch import Tensor

from pipeline_src.run.settings.training import Training

MEANS, DEVIATIONS = 1.5, 2.0
LENGTH = 50  # norms that are remembered
FIRST = 30_000.0


class RecentNorms:
    """Follows the norms, up to ``clip_norm``. Reads each from the device, which waits for it."""

    def __init__(self, settings: Training):
        self.highest = settings.clip_norm
        self.norms = [FIRST]

    def now(self) -> float:
        """See ``GradientBound``."""
        return min(self.highest, MEANS * fmean(self.norms) + DEVIATIONS * pstdev(self.norms))

    def saw(self, norm: Tensor) -> None:
        """Remember it, unless it is infinite (16 bits: no step is taken) or zero.

        A bound of zero would never rise again.
        """
        found = float(norm)
        if math.isfinite(found) and found > 0:
            self.norms = [*self.norms, min(found, self.now())][-LENGTH:]

    def state(self) -> list[float]:
        """The norms, oldest first."""
        return list(self.norms)

    def restore(self, state: list[float]) -> None:
        """See ``GradientBound``."""
        self.norms = list(state)
