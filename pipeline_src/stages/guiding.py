"""From coarse positions to the guide: augmentation in training, upsampling always."""

from torch import Tensor
from torch_geometric.data import Batch

from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.guides import Guide


class Guiding:
    """Makes the guide of a stage's batch.

    Args:
        settings: coarse level, upsampler and augmentation.
    """

    def __init__(self, settings: Guide):
        self.settings = settings
        self._upsample = load_part("upsampler", settings.upsampler.kind)
        self._augmentation = load_part("augmentation", settings.augmentation.kind)(
            settings.augmentation)

    def sampled(self, batch: Batch, coarse: Tensor, noise: Tensor) -> Tensor:
        """The guide from sampled coarse positions, without augmentation, Å  # (N, 3)

        Args:
            coarse: positions of the coarse atoms, in batch order  # (M, 3)
            noise: standard normal, for the directions of new atoms  # (N, 3)
        """
        return self._upsample(batch, coarse, noise, self.settings.upsampler)

    def training(self, batch: Batch, uniform: Tensor, jitter: Tensor, noise: Tensor) -> Tensor:
        """The guide from the clean coarse positions with conditional augmentation, Å  # (N, 3)

        Args:
            uniform: in [0, 1), one per graph, draws the noise level  # (G,)
            jitter: standard normal, the augmentation's noise  # (N, 3)
            noise: standard normal, for the directions of new atoms  # (N, 3)
        """
        sigma = self._augmentation.coarse_sigma(uniform)[batch.batch].unsqueeze(1)  # (N, 1)
        shift = sigma.to(jitter) * jitter
        if self._augmentation.after:
            return self._upsample(batch, batch.pos[batch.coarse_index], noise,
                                  self.settings.upsampler) + shift
        moved = batch.pos + shift
        return self._upsample(batch, moved[batch.coarse_index], noise, self.settings.upsampler)

