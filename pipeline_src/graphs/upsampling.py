"""Guides: positions for all fine atoms of a batch, made from those of the coarse atoms.

All share one signature ``(batch, coarse_positions, noise, settings) -> guide``: a batch of stage
graphs with an upsampling plan, the coarse positions in Å of all its graphs ``(M, 3)``, standard
normal vectors ``(N, 3)`` of which only the new atoms' rows are used, and the upsampler's settings.
Coarse positions are copied into the guide unchanged; a guide moves with its coarse positions.
"""

import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.graphs.centering import graph_means
from pipeline_src.graphs.covalent_radii import COVALENT_RADII
from pipeline_src.graphs.pairs import safe_norm
from pipeline_src.run.settings import guides as guide_settings


def upsample_bonded(
    batch: Data, coarse_positions: Tensor, noise: Tensor, settings: guide_settings.Bonded
) -> Tensor:
    """New atoms at tau from the mean of their placed, bonded neighbours (Algorithm 2)  # (N, 3)

    An atom without placed neighbour counts from the coarse centroid. ``tau="covalent"`` is the
    atom's covalent radius plus the mean one of its anchors (of its own kind, if it has none).
    Takes as many rounds as new atoms stand one upon the other; reads that number from the device.
    """
    new, placed, slot = batch.new_index, batch.anchor_index[0], _slots(batch)
    direction = noise.to(coarse_positions).index_select(0, new)
    count = direction.new_zeros(len(new)).index_add_(
        0, slot, torch.ones_like(slot, dtype=direction.dtype))
    reach = _reach(batch, settings.tau, slot, count)
    shift = (reach / safe_norm(direction)).unsqueeze(-1) * direction
    centroid = _centroids(batch, coarse_positions).index_select(0, batch.batch.index_select(0, new))
    unanchored, divisor = centroid * (count == 0).unsqueeze(-1), count.clamp(min=1).unsqueeze(-1)
    guide = coarse_positions.new_zeros(len(batch.batch), 3)
    guide.index_copy_(0, batch.coarse_index, coarse_positions)
    n_rounds = int(batch.new_round.max()) + 1 if batch.new_round.numel() else 0
    for _ in range(n_rounds):  # the first n rounds' atoms are right after the n-th, and stay so
        total = unanchored.index_add(0, slot, guide.index_select(0, placed))
        guide.index_copy_(0, new, total / divisor + shift)
    return guide


def upsample_centroid(
    batch: Data, coarse_positions: Tensor, noise: Tensor, settings: guide_settings.Centroid
) -> Tensor:
    """New atoms at the centroid of the coarse positions; no noise (paper C.7.1)  # (N, 3)"""
    return _from_centroid(batch, coarse_positions)


def upsample_random(
    batch: Data, coarse_positions: Tensor, noise: Tensor, settings: guide_settings.RandomPlacement
) -> Tensor:
    """New atoms drawn from N(0, I) Å about the coarse centroid  # (N, 3)

    The paper (C.7.1) draws them about the origin, where its coarse structures are centred; drawn
    about the centroid the guide's distances do not depend on where the molecule stands.
    """
    return _shift_new(batch, _from_centroid(batch, coarse_positions), noise)


def upsample_released(
    batch: Data, coarse_positions: Tensor, noise: Tensor, settings: guide_settings.Released
) -> Tensor:
    """New atoms at tau from the coarse centroid, as the released MSGEN code does (D1)  # (N, 3)"""
    shift = settings.tau * noise / safe_norm(noise).unsqueeze(-1)
    return _shift_new(batch, _from_centroid(batch, coarse_positions), shift)


def upsample_oracle(
    batch: Data, coarse_positions: Tensor, noise: Tensor, settings: guide_settings.Oracle
) -> Tensor:
    """The same placing as ``centroid``; given the true coarse positions (Table 1)  # (N, 3)"""
    return _from_centroid(batch, coarse_positions)


def _from_centroid(batch: Data, coarse_positions: Tensor) -> Tensor:
    """Coarse positions in place, all other atoms at their centroid  # (N, 3)"""
    centroid = _centroids(batch, coarse_positions).index_select(0, batch.batch)
    return centroid.index_copy(0, batch.coarse_index, coarse_positions)


def _centroids(batch: Data, coarse_positions: Tensor) -> Tensor:
    """Mean of each graph's coarse positions  # (G, 3)"""
    graph = batch.batch.index_select(0, batch.coarse_index)
    return graph_means(coarse_positions, graph, batch.num_graphs)


def _shift_new(batch: Data, guide: Tensor, shift: Tensor) -> Tensor:
    """The guide with its new atoms shifted by their rows of ``shift``  # (N, 3)"""
    return guide.index_add(0, batch.new_index, shift[batch.new_index].to(guide))


def _slots(batch: Data) -> Tensor:
    """For each anchor, the place of its new atom in ``new_index``  # (A,)"""
    slots = torch.zeros_like(batch.numbers)
    own = torch.arange(len(batch.new_index), device=slots.device)
    return slots.index_copy_(0, batch.new_index, own).index_select(0, batch.anchor_index[1])


def _reach(batch: Data, tau: float | str, slot: Tensor, count: Tensor) -> Tensor:
    """Distance of each new atom from the mean of its anchors, Å  # (N - M,)"""
    if tau != "covalent":
        return torch.full_like(count, tau)
    radius = torch.tensor(COVALENT_RADII, dtype=count.dtype, device=count.device)[batch.numbers]
    own = radius[batch.new_index]
    total = torch.zeros_like(own).index_add_(0, slot, radius[batch.anchor_index[0]])
    return own + torch.where(count > 0, total / count.clamp(min=1), own)
