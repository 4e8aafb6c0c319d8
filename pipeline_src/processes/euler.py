"""Uniform steps along the velocity of a flow: ET-Flow's sampler (models.md 3.3)."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.graphs.noise import StepNoise
from pipeline_src.processes.flow_matching import FlowMatching
from pipeline_src.run.settings import samplers as sampler_settings


class Euler:
    """x <- x + v(x, t) / n for t = 0, 1 / n, ..., 1 - 1 / n."""

    second_try = "in half steps"

    def __init__(self, settings: sampler_settings.Euler, process: FlowMatching):
        self.settings, self.process = settings, process

    def levels(self) -> list[tuple[int, int]]:
        """Numbers of the step and of the next: 0 to n, which is time 1."""
        return [(i, i + 1) for i in range(self.settings.steps)]

    def advance(self, backbone: Callable, batch: Data, pos: Tensor, guide: Tensor | None,
                step: tuple[int, int], noise: Callable[[int], StepNoise], retry: bool) -> Tensor:
        """Positions one step later, not centred; see ``Sampler``  # (N, 3)"""
        now, end = (number / self.settings.steps for number in step)
        now, pos = self.churned(batch, pos, now, noise(step[0]))
        return self.walk(backbone, batch, pos, guide, now, end, parts=2 if retry else 1)

    def churned(self, batch: Data, pos: Tensor, now: float,
                noise: StepNoise) -> tuple[float, Tensor]:
        """Time and positions where the step starts  # (N, 3)"""
        return now, pos

    def walk(self, backbone: Callable, batch: Data, pos: Tensor, guide: Tensor | None, now: float,
             end: float, parts: int) -> Tensor:
        """Positions at the time ``end``, in so many equal steps  # (N, 3)"""
        length = (end - now) / parts
        for part in range(parts):
            time = torch.full_like(pos[:, 0], now + part * length)
            pos = pos + length * backbone(batch, pos, time, guide).vectors
        return pos
