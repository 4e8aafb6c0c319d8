"""A learning rate that falls where the validation loss no longer does: GeoDiff's."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from pipeline_src.run.settings.training import Training


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
