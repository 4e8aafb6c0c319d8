"""Geometry of undirected atom pairs, with finite gradients where two atoms coincide."""

import torch
from torch import Tensor

SMALLEST_SQUARE = 1e-12  # Å²; below it the distance counts as constant


def pair_vectors(pos: Tensor, pair_index: Tensor) -> Tensor:
    """Vectors r_i - r_j of the pairs  # (P, 3)"""
    return pos.index_select(0, pair_index[0]) - pos.index_select(0, pair_index[1])


def safe_norm(vectors: Tensor) -> Tensor:
    """Lengths, at least 1e-6, with zero gradient below that  # (P,)"""
    return vectors.square().sum(-1).clamp(min=SMALLEST_SQUARE).sqrt()


def pair_distances(pos: Tensor, pair_index: Tensor) -> Tensor:
    """Distances of the pairs, Å  # (P,)"""
    return safe_norm(pair_vectors(pos, pair_index))


def project_pairs(pos: Tensor, pair_index: Tensor, score: Tensor) -> Tensor:
    """Node vectors 2 * sum_j u_ij s_ij, with u_ij the unit vector from j to i  # (N, 3)

    The factor 2 is GeoDiff's (``eq_transform``, models.md 3.1): its sum runs over both directions
    of each pair. Coincident atoms contribute nothing.

    Args:
        pos: positions, Å  # (N, 3)
        pair_index: atom pairs  # (2, P)
        score: one number a pair; zero for pairs to be left out  # (P,)
    """
    vectors = pair_vectors(pos, pair_index)
    pull = vectors * (2.0 * score / safe_norm(vectors)).unsqueeze(-1)
    total = torch.zeros_like(pos)
    return total.index_add_(0, pair_index[0], pull).index_add_(0, pair_index[1], -pull)
