"""From coarse positions to the guide: augmentation in training, upsampling always."""

from torch import Tensor
from torch_geometric.data import Batch

from pipeline_src.graphs.noise import batch_noise, counted_noise, graph_of
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.guides import Guide
from pipeline_src.run.settings.levels import GROUPED


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
        self._grouped = settings.level in GROUPED
        self._apart = self._grouped or settings.source is not None

    def directions(self, batch: Batch, step: int, shift: int = 0) -> Tensor:
        """Standard normal vectors for the upsampler  # (N, 3), or (A, 3) from groups of atoms"""
        if self._grouped:
            return counted_noise(batch, batch.n_atoms, step, Purpose.DIRECTION + shift)
        return batch_noise(batch, step, Purpose.DIRECTION + shift, batch.new_index)

    def jitter(self, batch: Batch, step: int) -> Tensor:
        """Standard normal vectors for the augmentation  # (N, 3), or (F, 3) of groups of atoms"""
        if self._grouped and not self._augmentation.after:
            return counted_noise(batch, batch.n_beads, step, Purpose.AUGMENTATION)
        return batch_noise(batch, step, Purpose.AUGMENTATION)

    def sampled(self, batch: Batch, coarse: Tensor, noise: Tensor) -> Tensor:
        """The guide from sampled coarse positions, without augmentation, Å  # (N, 3)

        Args:
            coarse: positions of the coarse atoms, in batch order  # (M, 3)
            noise: as ``directions`` draws it  # (N, 3) or (A, 3)
        """
        return self._upsample(batch, coarse, noise, self.settings.upsampler)

    def training(self, batch: Batch, uniform: Tensor, jitter: Tensor, noise: Tensor) -> Tensor:
        """The guide from the clean coarse positions with conditional augmentation, Å  # (N, 3)

        Args:
            uniform: in [0, 1), one per graph, draws the noise level  # (G,)
            jitter: as the method of that name draws it  # (N, 3) or (F, 3)
            noise: as ``directions`` draws it  # (N, 3) or (A, 3)
        """
        level = self._augmentation.coarse_sigma(uniform)  # (G,)
        of_beads = self._grouped and not self._augmentation.after
        graph = graph_of(batch.n_beads) if of_beads else batch.batch
        shift = level[graph].unsqueeze(1).to(jitter) * jitter
        if self._augmentation.after:
            return self._upsample(batch, self._clean(batch, 0), noise,
                                  self.settings.upsampler) + shift
        return self._upsample(batch, self._clean(batch, shift), noise, self.settings.upsampler)

    def _clean(self, batch: Batch, shift: Tensor | int) -> Tensor:
        """The shifted positions of the guide's beads, Å  # (M, 3)"""
        if self._apart:
            return batch.bead_pos + shift
        return (batch.pos + shift)[batch.coarse_index]
