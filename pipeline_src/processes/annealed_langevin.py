"""ConfGF's annealed Langevin dynamics of positions: many steps a noise level (models.md 3.2)."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.graphs.noise import StepNoise
from pipeline_src.graphs.pairs import project_pairs
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.processes.clipping import clip_lengths
from pipeline_src.processes.distance_score_matching import DistanceScoreMatching
from pipeline_src.processes.schedules import CLEAN, visited_levels
from pipeline_src.run.settings import samplers as sampler_settings


class AnnealedLangevin:
    """Steps r <- r + a s + sqrt(2 a) z with a = step_size (sigma / sigma_smallest)^2.

    s_i = sum_j u_ij f_ij / sigma is the score of the positions, by the chain rule from that of the
    distances: every pair counts once, unlike in GeoDiff. With the exact score of the density q of
    a distance the walk leaves positions of the density q(d(r)), so that distances are distributed
    as q(d) times the volume they have in space, d^2 for a lone pair.

    Fewer levels or steps a level make the walk shorter, not its steps longer.
    """

    def __init__(self, settings: sampler_settings.AnnealedLangevin,
                 process: DistanceScoreMatching):
        self.settings, self.sigmas = settings, process.sigmas

    def levels(self) -> list[tuple[int, int]]:
        """Step numbers from the first down, each with the next one; the last one's is -1.

        Step k (down to 0) of the ``steps_per_level`` of level t is t * steps_per_level + k: the
        same number, hence the same noise, however many levels are visited.
        """
        each = self.settings.steps_per_level
        numbers = [t * each + k for t in visited_levels(self.sigmas, self.settings.steps).tolist()
                   for k in reversed(range(each))]
        return list(zip(numbers, [*numbers[1:], CLEAN], strict=True))

    @property
    def second_try(self) -> str:
        """What is done otherwise in a second try."""
        return f"with scores bounded by {self.settings.retry_clip:g} / sigma"

    def advance(self, backbone: Callable, batch: Data, pos: Tensor, guide: Tensor | None,
                step: tuple[int, int], noise: Callable[[int], StepNoise], retry: bool) -> Tensor:
        """Positions after the step, not centred; see ``Sampler``  # (N, 3)"""
        number, chosen = step[0], self.settings
        level = number // chosen.steps_per_level
        sigma = float(self.sigmas[level])
        size = chosen.step_size * (sigma / float(self.sigmas[0])) ** 2  # Å²
        time = torch.full_like(batch.numbers, level)
        scores = backbone(batch, pos, time, guide, far=False).local / sigma
        pull = project_pairs(pos, batch.local_pair_index, 0.5 * scores)  # that one counts twice
        pull = clip_lengths(pull, chosen.retry_clip / sigma if retry else chosen.clip)
        return pos + size * pull + math.sqrt(2 * size) * noise(number).atoms(Purpose.STEP)
