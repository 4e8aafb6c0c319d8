"""A bound on the gradient norm that is the same at every step: GeoDiff's."""

from torch import Tensor

from pipeline_src.run.settings.training import Training


class FixedBound:
    """``clip_norm``, whatever the norms are."""

    def __init__(self, settings: Training):
        self.norm = settings.clip_norm

    def now(self) -> float:
        """See ``GradientBound``."""
        return self.norm

    def saw(self, norm: Tensor) -> None:
        """Nothing is remembered."""

    def state(self) -> list[float]:
        """Nothing."""
        return []

    def restore(self, state: list[float]) -> None:
        """There is nothing to take up."""
