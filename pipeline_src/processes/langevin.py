"""Annealed Langevin dynamics, one step a noise level: GeoDiff's 'ld' (models.md 3.1)."""

import math
from collections.abc import Callable

from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.processes.schedules import visited_levels
from pipeline_src.processes.ve_diffusion import VEDiffusion
from pipeline_src.run.settings import sampling as sampler_settings

REFERENCE_SIGMA = 0.01  # Å; at this noise the step is ``step_size``
# Bound of a lengthened step at sigma = 0.01, that is a <= 0.04 sigma^2. With the exact score of
# small molecules such walks converge. With a trained network half of the conformers of four
# molecules of 17 to 21 atoms diverged at this step and needed the clipped retry: the bound ought
# to fall with the number of atoms.
LARGEST_STEP = 4e-6
CLEAN = -1  # level index after the last: no noise


class Langevin:
    """Steps r <- r + a eps / sigma + sqrt(2 a) z with a = growth step_size (sigma / 0.01)^2.

    ``growth`` makes up for levels that are left out: with n of T levels each visited one takes a
    step T / n times as long, so that the walk as a whole stays as long, until the step reaches
    ``LARGEST_STEP``. It is never below 1, and 1 where all levels are visited.
    """

    def __init__(self, settings: sampler_settings.Langevin, process: VEDiffusion):
        self.settings, self.process = settings, process
        self.sigmas = process.schedule.sigmas
        skipped = len(self.sigmas) / (settings.steps or len(self.sigmas))
        self.growth = max(1.0, min(skipped, LARGEST_STEP / settings.step_size))

    def levels(self) -> list[tuple[int, int]]:
        """Pairs (t, t_next) from the noisiest level down; the last t_next is -1 (clean)."""
        visited = visited_levels(self.sigmas, self.settings.steps).tolist()
        return list(zip(visited, [*visited[1:], CLEAN], strict=True))

    def direction(
        self, backbone: Callable, batch: Data, pos: Tensor, time: Tensor, guide: Tensor | None,
        t: int, clip_local: float | None = None,
    ) -> Tensor:
        """The process's drift with this sampler's weights and bounds  # (N, 3)

        Args:
            t: the level as a number; far pairs count only below ``global_start_sigma``.
            clip_local: bound in place of the settings' one, for a second try.
        """
        chosen = self.settings
        return self.process.direction(
            backbone, batch, pos, time, guide,
            far=bool(self.sigmas[t] < chosen.global_start_sigma) and chosen.global_weight > 0,
            global_weight=chosen.global_weight, clip_global=chosen.clip_global,
            clip_local=chosen.clip_local if clip_local is None else clip_local,
        )

    def step(self, eps: Tensor, pos: Tensor, t: int, t_next: int, noise: Tensor) -> Tensor:
        """Positions at the next level, not centred  # (N, 3)

        Args:
            eps: drift at level t  # (N, 3)
            noise: standard normal vectors  # (N, 3)
        """
        drift, spread = self.sizes(t, t_next)
        return pos + drift * eps + spread * noise

    def sizes(self, t: int, t_next: int) -> tuple[float, float]:
        """Factors of the drift and of the noise, Å."""
        sigma = float(self.sigmas[t])
        a = self.growth * self.settings.step_size * (sigma / REFERENCE_SIGMA) ** 2
        return a / sigma, math.sqrt(2 * a)
