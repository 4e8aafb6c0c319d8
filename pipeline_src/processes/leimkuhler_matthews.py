"""Annealed Langevin dynamics by the scheme of Leimkuhler and Matthews, one drift a step.

B. Leimkuhler, C. Matthews, Appl. Math. Res. eXpress 2013, 34; B. Leimkuhler, C. Matthews,
M. V. Tretyakov, Proc. R. Soc. A 470 (2014) 20140120.
"""

from collections.abc import Callable

from torch import Tensor

from pipeline_src.processes.langevin import Langevin
from pipeline_src.processes.schedules import CLEAN

LARGEST_CURVATURE_STEP = 1.5  # as in langevin.py


class LeimkuhlerMatthews(Langevin):
    """Steps r <- r + a eps / sigma + (sqrt(2 a) z + sqrt(2 a') z') / 2; a', z' of the next level.

    Each level's noise comes half before its drift and half after it: x <- r + a eps / sigma +
    sqrt(2 a) z / 2, then r <- x + sqrt(2 a') z' / 2. At one level that is second order in the
    step for what the walk settles to, and exact for a harmonic mode of curvature k: the variance
    is 1 / k at any a k < 2, whereas Langevin's is 1 / (k - a k^2 / 2). As the levels fall, every
    half has the size of its own level, so that drifts are taken at positions as noisy as their
    level. Clean has no noise: the walk ends on x, which varies by a / 2 less.

    Steps may be half as long again as Langevin's: the stiffest mode bears them, its variance is
    right, whereas Langevin's would be four times too large.
    """

    largest_curvature_step = LARGEST_CURVATURE_STEP

    def noise(self, draw: Callable[[int], Tensor], t: int, t_next: int) -> Tensor:
        """Half of this level's noise and half of the next one's, in this one's units  # (N, 3)"""
        here = draw(t)
        if t_next == CLEAN:
            return here / 2
        return (here + float(self.sigmas[t_next] / self.sigmas[t]) * draw(t_next)) / 2
