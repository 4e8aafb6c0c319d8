"""GeoDiff's 'generalized' sampler: Langevin steps bounded by DDIM's (models.md 3.1)."""

import math

from torch import Tensor

from pipeline_src.processes.langevin import Langevin
from pipeline_src.processes.schedules import CLEAN
from pipeline_src.processes.ve_diffusion import VEDiffusion
from pipeline_src.run.settings import samplers as sampler_settings

DRIFT_FACTOR, NOISE_FACTOR = 5.0, 3.0  # GeoDiff's heuristics


class Generalized(Langevin):
    """The smaller of Langevin's and the scaled DDIM step, for drift and noise alike.

    c1 = eta sqrt((1 - abar_t / abar_next) (1 - abar_next) / (1 - abar_t)),
    c2 = sqrt(1 - abar_next - c1^2); drift <= 5 (sigma_t - c2 / sqrt(abar_next)),
    noise <= 3 c1 / sqrt(abar_next); ``next`` is the next visited level, clean (abar = 1) at last.
    """

    def __init__(self, settings: sampler_settings.Generalized, process: VEDiffusion):
        super().__init__(settings, process)
        self.alphas_bar = process.schedule.alphas_bar

    def sizes(self, t: int, t_next: int, n_atoms: Tensor) -> tuple[Tensor, Tensor]:
        """Factors of the drift and of the noise, Å  # (N,), (N,)"""
        here = float(self.alphas_bar[t])
        following = 1.0 if t_next == CLEAN else float(self.alphas_bar[t_next])
        c1 = self.settings.eta * math.sqrt((1 - here / following) * (1 - following) / (1 - here))
        c2 = math.sqrt(max(0.0, 1 - following - c1**2))
        drift, noise = super().sizes(t, t_next, n_atoms)
        ddim_drift = DRIFT_FACTOR * (float(self.sigmas[t]) - c2 / math.sqrt(following))
        ddim_noise = NOISE_FACTOR * c1 / math.sqrt(following)
        return drift.clamp(max=ddim_drift), noise.clamp(max=ddim_noise)
