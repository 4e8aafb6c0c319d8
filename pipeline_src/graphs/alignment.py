"""Rigid superposition of many molecules at once, with gradients that are finite everywhere.

Kabsch, Acta Cryst. A32, 922 (1976); A34, 827 (1978): with the covariance H = sum_k m_k t_k^T =
U S V^T of the centred positions, R = V diag(1, 1, d) U^T, d = det(V U^T), turns m onto t.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pipeline_src.graphs.centering import graph_means
from pipeline_src.graphs.pairs import SMALLEST_SQUARE

FREE = 1e-6  # share of the largest singular value below which an axis of rotation counts as free


def align(moving: Tensor, target: Tensor, batch_index: Tensor, n_graphs: int) -> Tensor:
    """``moving`` turned and shifted rigidly, graph by graph, as near to ``target`` as can be, Å.

    Both are centred for it; the result lies about the target's centre, which is the origin for a
    centred target. Proper rotations only: mirror images stay so. Differentiable in both. A graph
    with a position that is not finite is not turned. Computed in float64, returned in the type of
    ``moving``  # (N, 3)

    Args:
        moving: positions to be moved, Å  # (N, 3)
        target: where to, Å  # (N, 3)
        batch_index: graph of each atom, int64  # (N,)
        n_graphs: number of graphs, G.
    """
    target_means = graph_means(target.double(), batch_index, n_graphs)
    onto = target.double() - target_means[batch_index]
    wide = moving.double()
    centred = wide - graph_means(wide, batch_index, n_graphs)[batch_index]
    turn = rotations(centred, onto, batch_index, n_graphs)
    turned = torch.einsum("nij,nj->ni", turn[batch_index], centred)
    return (turned + target_means[batch_index]).to(moving.dtype)


def rotations(moving: Tensor, target: Tensor, batch_index: Tensor, n_graphs: int) -> Tensor:
    """The proper rotations R of each graph that take centred positions nearest to the target.

    float64; column vectors: R m ~ t  # (G, 3, 3)

    Args:
        moving: positions, each graph centred  # (N, 3)
        target: the same  # (N, 3)
    """
    products = moving.double().unsqueeze(-1) * target.double().unsqueeze(-2)
    covariance = products.new_zeros(n_graphs, 3, 3).index_add(0, batch_index, products)
    return NearestRotation.apply(covariance)


class NearestRotation(torch.autograd.Function):
    """R of the covariances H = U S V^T; (G, 3, 3) -> (G, 3, 3).

    At the optimum R H is symmetric, R H = V L V^T with L = (s1, s2, d s3). From dR = W R, W skew:
    V^T W V = K * (B^T - B), B = V^T R dH V and K_ij = 1 / (L_i + L_j). Unlike the gradients of U
    and V, that of R is thus sound where singular values are equal. It has no limit only where R
    is not unique: for linear molecules and single points, and between a molecule and a mirror
    image that fits as well two ways. There the free axis has gradient zero.
    """

    @staticmethod
    def forward(ctx, covariance: Tensor) -> Tensor:
        """See the class; one that is not finite, or all but zero, gives a constant identity."""
        size = covariance.abs().amax((-1, -2), keepdim=True)
        sound = torch.isfinite(size) & (size > SMALLEST_SQUARE)
        scale = torch.where(sound, size, 1)
        u, s, vt = torch.linalg.svd(torch.where(sound, covariance / scale, 0))
        signs = torch.ones_like(s)
        signs[..., 2] = torch.where(torch.linalg.det(u) * torch.linalg.det(vt) < 0, -1.0, 1.0)
        rotation = (vt.mT * signs.unsqueeze(-2)) @ u.mT
        ctx.save_for_backward(u, s, vt, signs, scale, rotation)
        return rotation

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> Tensor:
        """The adjoint: U D (K * (Q^T - Q)) V^T with Q = V^T G R^T V."""
        u, s, vt, signs, scale, rotation = ctx.saved_tensors
        held = s * signs
        pairs = held.unsqueeze(-1) + held.unsqueeze(-2)
        fixed = pairs > FREE * s[..., :1, None]
        inverse = torch.where(fixed, 1 / torch.where(fixed, pairs, 1), 0)
        q = vt @ gradient @ rotation.mT @ vt.mT
        return (u * signs.unsqueeze(-2)) @ (inverse * (q.mT - q)) @ vt / scale
