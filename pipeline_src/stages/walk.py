"""The walk of one batch from noise to positions, one step a noise level."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.data import Batch

from pipeline_src.graphs.centering import centre
from pipeline_src.graphs.noise import batch_noise
from pipeline_src.stages.purposes import Purpose


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
    """

    backbone: Callable
    process: object
    sampler: object
    batch: Batch
    guide: Tensor | None
    retry: bool

    def start(self) -> Tensor:
        """The noise the walk starts from, Å  # (N, 3)"""
        return self.process.prior(self.batch, self.noise(0, Purpose.PRIOR))

    def noise(self, step: int, purpose: Purpose) -> Tensor:
        """Standard normal vectors, others in a second try  # (N, 3)"""
        return batch_noise(self.batch, step, purpose + (Purpose.RETRY if self.retry else 0))

    def step(self, pos: Tensor, now: int, following: int) -> Tensor:
        """Positions at the level ``following``, each graph centred, Å  # (N, 3)"""
        batch = self.batch
        clip = self.sampler.settings.retry_clip_local if self.retry else None
        direction = self.sampler.direction(
            self.backbone, batch, pos, torch.full_like(batch.numbers, now), self.guide, now,
            clip_local=clip)
        noise = self.sampler.noise(lambda t: self.noise(t, Purpose.STEP), now, following)
        pos = self.sampler.step(direction, pos, now, following, noise,
                                batch.ptr.diff()[batch.batch])
        return centre(pos, batch.batch, batch.num_graphs)
