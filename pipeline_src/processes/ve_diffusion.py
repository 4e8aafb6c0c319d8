"""GeoDiff's variance-exploding diffusion: its noise, its loss and its drift (models.md 3.1)."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.graphs.centering import centre
from pipeline_src.graphs.noise import StepNoise
from pipeline_src.graphs.pairs import pair_distances, project_pairs
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.processes.clipping import clip_lengths
from pipeline_src.processes.levels import NoiseLevels
from pipeline_src.processes.schedules import sigmoid_schedule
from pipeline_src.run.settings import processes as process_settings


class VEDiffusion(NoiseLevels):
    """Positions plus sigma_t times noise; networks predict scores of distances.

    Attributes:
        needs: what the backbone must predict.
        mean_over: what its losses are means over.
        schedule: noise levels as float64 arrays.
    """

    needs = "distance_score"
    mean_over = "atoms"

    def __init__(self, settings: process_settings.VEDiffusion):
        self.schedule = sigmoid_schedule(settings.steps, settings.beta_start, settings.beta_end)
        super().__init__(self.schedule.sigmas)
        self.local_weight, self.global_weight = settings.local_weight, settings.global_weight

    def perturb(self, pos: Tensor, time: Tensor, noise: Tensor) -> Tensor:
        """Noisy positions, not centred  # (N, 3)"""
        return pos + self.sigma(time, pos.dtype).unsqueeze(-1) * noise

    def prior(self, batch: Data, noise: StepNoise, guide: Tensor | None = None) -> Tensor:
        """Start of sampling: sigma_T times noise, each graph centred  # (N, 3)"""
        start = float(self.schedule.sigmas[-1]) * noise.atoms(Purpose.PRIOR)
        return centre(start, batch.batch, batch.num_graphs)

    def loss(
        self, backbone: Callable, batch: Data, pos: Tensor, time: Tensor, noise: StepNoise,
        guide: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Weighted losses of the branches, 'global' and 'local', each a scalar.

        The target of a pair is (d - d_noisy) / sigma; scores and targets are projected on the
        atoms at the noisy geometry, and the squared node errors are averaged over the atoms.

        Args:
            backbone: a ``Backbone`` that predicts distance scores.
            batch: stage graphs.
            pos: clean positions, Å  # (N, 3)
            time: level index of each atom, int64  # (N,)
            noise: random vectors of the training step.
            guide: guide positions, Å, or None  # (N, 3)
        """
        noisy = self.perturb(pos, time, noise.atoms(Purpose.FORWARD))
        scores = backbone(batch, noisy, time, guide)
        local = scores.local - self.target(pos, noisy, time, batch.local_pair_index)
        far = scores.far - self.target(pos, noisy, time, batch.far_pair_index)
        far = torch.where(scores.far_mask, far, 0)
        return {
            "global": self.global_weight * _node_error(noisy, batch.far_pair_index, far),
            "local": self.local_weight * _node_error(noisy, batch.local_pair_index, local),
        }

    def target(self, pos: Tensor, noisy: Tensor, time: Tensor, pair_index: Tensor) -> Tensor:
        """(d - d_noisy) / sigma of the pairs; sigma^2 is the mean of both ends'  # (P,)"""
        change = pair_distances(pos, pair_index) - pair_distances(noisy, pair_index)
        return change / self.pair_sigma(time, pair_index, pos.dtype)

    def direction(
        self, backbone: Callable, batch: Data, pos: Tensor, time: Tensor,
        guide: Tensor | None = None, *, far: bool, global_weight: float = 1.0,
        clip_global: float | None = None, clip_local: float | None = None,
    ) -> Tensor:
        """GeoDiff's drift: local node vectors plus the weighted, clipped global ones  # (N, 3)

        Args:
            far: whether the global branch counts at this level; if not, it is not run.
            global_weight: factor of the global node vectors.
            clip_global: bound on the length of each global node vector; None: no bound.
            clip_local: the same for the local ones.
        """
        scores = backbone(batch, pos, time, guide, far=far)
        local = project_pairs(pos, batch.local_pair_index, scores.local)
        total = clip_lengths(local, clip_local)
        if far:
            wide = project_pairs(pos, batch.far_pair_index, scores.far)
            total = total + global_weight * clip_lengths(wide, clip_global)
        return total


def _node_error(noisy: Tensor, pair_index: Tensor, error: Tensor) -> Tensor:
    """Mean over the atoms of the squared length of the projected pair errors."""
    return project_pairs(noisy, pair_index, error).square().sum(-1).mean()
