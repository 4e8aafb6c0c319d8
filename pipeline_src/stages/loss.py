"""The loss of one batch: times, forward noise and guide, all keyed by (stream, step)."""

import torch
from torch import Tensor, nn
from torch_geometric.data import Batch

from pipeline_src.graphs.noise import StepNoise, batch_uniform, uniform
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.processes.base import Process
from pipeline_src.stages.guiding import Guiding


def batch_loss(backbone: nn.Module, process: Process, guiding: Guiding | None, batch: Batch,
               key: tuple[int, int], step: int, rank: int = 0, world: int = 1,
               of_step: int | None = None) -> dict[str, Tensor]:
    """The named, weighted losses of a batch.

    Args:
        backbone: the network.
        process: the noise process.
        guiding: None for a stage without a guide.
        batch: conformers with clean positions; its ``key`` and ``conformer`` are overwritten.
        key: the random stream, of training or of validation.
        step: the training step, or the number of the validation batch.
        rank: this process's number of ``world`` that share the step's batch.
        of_step: graphs of all processes together; None: of a batch that is not shared.
    """
    graphs = batch.num_graphs
    batch.key = torch.tensor([key], device=batch.pos.device).repeat(graphs, 1)
    batch.conformer = rank + world * torch.arange(graphs, device=batch.pos.device)
    guide = None
    if guiding is not None:
        guide = guiding.training(
            batch, batch_uniform(batch, step, Purpose.AUGMENTATION_LEVEL),
            guiding.jitter(batch, step), guiding.directions(batch, step))
    time = _times(process, batch, step, of_step or graphs)[batch.batch]
    return process.loss(backbone, batch, batch.pos, time, StepNoise(batch, step), guide)


def _times(process: Process, batch: Batch, step: int, of_step: int) -> Tensor:
    """The time of each graph: its part of the antithetic pairs of the whole step  # (G,)"""
    pairs = torch.arange((of_step + 1) // 2, device=batch.key.device)
    uniforms = uniform(batch.key[:1].expand(len(pairs), 2), pairs, step, Purpose.TIME)
    return process.draw_times(of_step, uniforms)[batch.conformer]
