"""The walk of one batch from noise to positions, one step a noise level."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch_geometric.data import Batch

from pipeline_src.graphs.centering import centre
from pipeline_src.graphs.noise import StepNoise
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.processes.base import Process, Sampler


def noise_shift(retry: bool, redraw: int) -> int:
    """What is added to every purpose."""
    return Purpose.REDRAW * redraw + (Purpose.RETRY if retry else 0)


@dataclass(frozen=True, eq=False)
class Walk:
    """Everything a step needs beside the positions.

    Attributes:
        backbone: the network.
        process: the noise process.
        sampler: makes the steps.
        batch: stage graphs with their keys.
        guide: guide positions, Å, or None  # (N, 3)
        retry: whether this is the second try of conformers that diverged.
        redraw: how many times they were drawn before for their stereo.
    """

    backbone: Callable
    process: Process
    sampler: Sampler
    batch: Batch
    guide: Tensor | None
    retry: bool
    redraw: int = 0

    def start(self) -> Tensor:
        """Where the walk starts, Å  # (N, 3)"""
        return self.process.prior(self.batch, self.noise(0), self.guide)

    def noise(self, step: int) -> StepNoise:
        """The random vectors of a step, others in a second try and in each draw more."""
        return StepNoise(self.batch, step, noise_shift(self.retry, self.redraw))

    def step(self, pos: Tensor, now: int, following: int) -> Tensor:
        """Positions at the level ``following``, each graph centred, Å  # (N, 3)"""
        pos = self.sampler.advance(self.backbone, self.batch, pos, self.guide, (now, following),
                                   self.noise, self.retry)
        return centre(pos, self.batch.batch, self.batch.num_graphs)
