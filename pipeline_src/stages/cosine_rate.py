"""A learning rate that falls with the steps, as half a cosine: ET-Flow's.

Loshchilov, Hutter, SGDR, ICLR 2017, arXiv:1608.03983.
"""

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from pipeline_src.run.settings.training import Training


class Cosine:
    """Falls as half a cosine over each cycle; see ``cosine_share``. Losses change nothing."""

    def __init__(self, optimizer: Optimizer, settings: Training):
        self.inner = LambdaLR(optimizer, lambda step: cosine_share(step, settings))

    def stepped(self) -> None:
        """See ``RateSchedule``."""
        self.inner.step()

    def validated(self, loss: float) -> None:
        """Nothing changes at validations."""


def cosine_share(step: int, settings: Training) -> float:
    """The rate after so many steps, as a share of the first one.

    Without ``cosine_cycle`` it reaches ``cosine_minimum`` with the last step; with it, it does so
    at the end of each cycle, and starts again at ``cosine_restart`` of the cycle's own start.
    """
    lowest = settings.cosine_minimum / settings.learning_rate
    cycle = settings.cosine_cycle
    number, within = divmod(step, cycle) if cycle else (0, step)
    highest = max(settings.cosine_restart**number, lowest)
    phase = math.pi * within / (cycle or settings.iterations)
    return lowest + (highest - lowest) * (1 + math.cos(phase)) / 2
