"""A learning rate that stays what it is at the start: EBD's (models.md 3.4)."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from pipeline_src.run.settings.training import Training


class Constant:
    """Neither steps nor losses change the rate."""

    def __init__(self, optimizer: Optimizer, settings: Training):
        self.inner = LambdaLR(optimizer, lambda step: 1.0)

    def stepped(self) -> None:
        """Nothing changes at steps."""

    def validated(self, loss: float) -> None:
        """Nothing changes at validations."""
