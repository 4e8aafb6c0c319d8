"""The loss of one batch: times, forward noise and guide, all keyed by (stream, step)."""

import torch
from torch import Tensor, nn
from torch_geometric.data import Batch

from pipeline_src.graphs.noise import batch_noise, batch_uniform
from pipeline_src.stages.guiding import Guiding
from pipeline_src.stages.purposes import Purpose


def batch_loss(backbone: nn.Module, process, guiding: Guiding | None, batch: Batch,
               key: tuple[int, int], step: int, rank: int = 0,
               world: int = 1) -> dict[str, Tensor]:
    """The named, weighted losses of a batch.

    Args:
        backbone: the network.
        process: the noise process.
        guiding: None for a stage without a guide.
        batch: conformers with clean positions; its ``key`` and ``conformer`` are overwritten.
        key: the random stream, of training or of validation.
        step: the training step, or the number of the validation batch.
        rank: this process's number of ``world`` that share the step's batch.
    """
    graphs = batch.num_graphs
    batch.key = torch.tensor([key], device=batch.pos.device).repeat(graphs, 1)
    batch.conformer = rank + world * torch.arange(graphs, device=batch.pos.device)
    guide = None
    if guiding is not None:
        guide = guiding.training(
            batch, batch_uniform(batch, step, Purpose.AUGMENTATION_LEVEL),
            batch_noise(batch, step, Purpose.AUGMENTATION),
            batch_noise(batch, step, Purpose.DIRECTION, batch.new_index))
    uniforms = batch_uniform(batch, step, Purpose.TIME)[: (graphs + 1) // 2]
    time = process.draw_times(graphs, uniforms)[batch.batch]
    noise = batch_noise(batch, step, Purpose.FORWARD)
    return process.loss(backbone, batch, batch.pos, time, noise, guide)
