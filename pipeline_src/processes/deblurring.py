"""EBD's sampler: predict the clean molecule, blur it a little less, again and again.

Models.md 3.4.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.graphs.alignment import align
from pipeline_src.graphs.centering import centre
from pipeline_src.graphs.fragments import blurred
from pipeline_src.graphs.noise import StepNoise
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.processes.blurring import Blurring
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings import samplers as sampler_settings

CLEAN = 0  # the level after the last


class Deblurring:
    """u <- (1 - s / T) y + (s / T) M x_f + noise; y: the prediction, superposed on the guide.

    s is the next visited level, x_f the guide's fragment centres at every step, as in training: a
    prediction's own centres would carry its errors on to all later levels. The first prediction,
    from the prior, counts as one at T - 1.
    """

    second_try = "from other noise"

    def __init__(self, settings: sampler_settings.Deblurring, process: Blurring):
        self.settings, self.process = settings, process

    def levels(self) -> list[tuple[int, int]]:
        """Pairs (t, s) from T - 1 down; the last s is 0 (clean).

        Raises:
            InputError: more steps than levels.
        """
        last = self.process.n_levels - 1
        count = self.settings.steps or last
        if count > last:
            raise InputError("sampler.steps", count, f"from 1 to {last}, the levels of the process")
        visited = np.rint(np.linspace(last, 1, count)).astype(int).tolist()
        return list(zip(visited, [*visited[1:], CLEAN], strict=True))

    def advance(self, backbone: Callable, batch: Data, pos: Tensor, guide: Tensor | None,
                step: tuple[int, int], noise: Callable[[int], StepNoise], retry: bool) -> Tensor:
        """Positions at the next level; see ``Sampler``  # (N, 3)"""
        now, following = step
        total = self.process.n_levels
        time = torch.full_like(pos[:, 0], now / total)
        found = backbone(batch, pos, time, guide).vectors
        found = align(found, guide, batch.batch, batch.num_graphs)
        moved = torch.lerp(found, blurred(guide, batch).to(found), following / total)
        if following == CLEAN and not self.settings.final_noise:
            return moved
        drawn = centre(noise(now).atoms(Purpose.STEP), batch.batch, batch.num_graphs)
        return moved + self.settings.noise_angstrom * drawn.to(moved)
