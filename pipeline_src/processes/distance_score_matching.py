"""ConfGF's denoising score matching of distances: its noise, its loss, its prior (models.md 3.2).

Shi et al., ICML 2021, arXiv:2105.03902.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.graphs.centering import centre
from pipeline_src.graphs.noise import StepNoise
from pipeline_src.graphs.pairs import pair_distances
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.processes.levels import NoiseLevels
from pipeline_src.processes.schedules import geometric_sigmas
from pipeline_src.run.settings import processes as process_settings


class DistanceScoreMatching(NoiseLevels):
    """Distances of local pairs plus sigma_t times noise, each pair's own.

    Noisy distances are not those of any positions, and may be negative, as in ConfGF. Levels are
    numbered from the smallest sigma up.

    Attributes:
        needs: what the backbone must predict.
        mean_over: what its loss is a mean over.
    """

    needs = "local_distance_score"
    mean_over = "graphs"

    def __init__(self, settings: process_settings.DistanceScoreMatching):
        super().__init__(geometric_sigmas(
            settings.steps, settings.sigma_smallest_angstrom, settings.sigma_largest_angstrom))
        self.prior_deviation = settings.prior_angstrom

    def prior(self, batch: Data, noise: StepNoise, guide: Tensor | None = None) -> Tensor:
        """Start of sampling: N(0, I) times ``prior_angstrom``, each graph centred  # (N, 3)"""
        start = self.prior_deviation * noise.atoms(Purpose.PRIOR)
        return centre(start, batch.batch, batch.num_graphs)

    def loss(
        self, backbone: Callable, batch: Data, pos: Tensor, time: Tensor, noise: StepNoise,
        guide: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """The loss 'all': 0.5 sigma^2 (s - s*)^2, summed over a graph's pairs, mean over graphs.

        s = f / sigma is the network's score and s* = (d - d_noisy) / sigma^2 = -z / sigma the
        target. Each undirected pair counts once; ConfGF's code sums over both directions of each,
        which is twice this loss and, under Adam without a bound on gradients, the same training.

        Args:
            backbone: a ``DistanceBackbone`` that predicts local distance scores.
            batch: stage graphs.
            pos: clean positions, Å  # (N, 3)
            time: level index of each atom, int64  # (N,)
            noise: random numbers of the training step.
            guide: guide positions, Å, or None  # (N, 3)
        """
        index = batch.local_pair_index
        drawn = noise.pairs(index, Purpose.FORWARD).to(pos.dtype)  # z
        noisy = pair_distances(pos, index) + self.pair_sigma(time, index, pos.dtype) * drawn
        found = backbone(batch, pos, time, guide, far=False, distances=noisy).local
        return {"all": 0.5 * torch.square(found + drawn).sum() / batch.num_graphs}
