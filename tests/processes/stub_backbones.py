"""Networks that know the answer."""

from types import SimpleNamespace

import torch

from pipeline_src.backbones.base import PairScores
from pipeline_src.graphs.pairs import pair_distances


class KnownDistances:
    """The exact score of molecules that have the distances of ``clean``: (d - d_noisy) / sigma.

    Args:
        process: the process that defines sigma and target.
        clean: the right positions, Å  # (N, 3)
        factor: what the exact scores are multiplied with.
    """

    predicts, takes_guide = "distance_score", False

    def __init__(self, process, clean, factor=1.0):
        self.process, self.clean, self.factor = process, clean, factor
        self.far_asked = []

    def __call__(self, batch, pos, time, guide=None, *, far=True, return_nodes=False):
        self.far_asked.append(far)
        scores = [self.factor * self.process.target(self.clean, pos, time, index)
                  for index in (batch.local_pair_index, batch.far_pair_index)]
        mask = pair_distances(pos, batch.far_pair_index) <= 10.0
        return PairScores(scores[0], torch.where(mask, scores[1], 0) if far else None,
                          mask if far else None)


def given(vectors):
    """``StepNoise`` that is these vectors, whatever they are for."""
    return SimpleNamespace(atoms=lambda purpose: vectors)
