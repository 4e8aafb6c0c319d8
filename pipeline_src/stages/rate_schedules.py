"""How the learning rate falls while a stage is trained; each is told of steps and validations."""

import math
from typing import Protocol

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau

from pipeline_src.run.settings.training import Training


class RateSchedule(Protocol):
    """The rate of one optimiser; what it remembers is the state of ``inner``, torch's own."""

    inner: LambdaLR | ReduceLROnPlateau

    def stepped(self) -> None:
        """Another step was taken."""

    def validated(self, loss: float) -> None:
        """The optimiser's validation loss is this."""


class Plateau:
    """Falls by ``plateau_factor`` where the loss did not for ``plateau_patience`` validations."""

    def __init__(self, optimizer: Optimizer, settings: Training):
        self.inner = ReduceLROnPlateau(optimizer, factor=settings.plateau_factor,
                                       patience=settings.plateau_patience)

    def stepped(self) -> None:
        """Nothing changes at steps."""

    def validated(self, loss: float) -> None:
        """See ``RateSchedule``."""
        self.inner.step(loss)


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
