"""Guides made from beads that are groups of atoms; the signature is that of ``upsampling``.

The noise has a row for each atom of the molecules, whatever level the stage has  # (A, 3)
"""

import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.graphs.pairs import safe_norm
from pipeline_src.run.settings import guides as guide_settings


def upsample_geometric(
    batch: Data, coarse_positions: Tensor, noise: Tensor,
    settings: guide_settings.Geometric | guide_settings.Reconstruct,
) -> Tensor:
    """Every atom at tau from its bead: R_j = R_bead(j) + tau d/|d| (Algorithm 5, D8)  # (A, 3)

    With tau 0 that is M R, the positions of the beads given to their atoms.
    """
    direction = noise.to(coarse_positions)
    shift = settings.tau / safe_norm(direction).unsqueeze(-1) * direction
    return coarse_positions.index_select(0, batch.bead_of_atom) + shift


def upsample_reconstruct(
    batch: Data, coarse_positions: Tensor, noise: Tensor, settings: guide_settings.Reconstruct
) -> Tensor:
    """All atoms as ``geometric`` puts them, then M† of the stage's own level (C.7.3)  # (N, 3)"""
    atoms = upsample_geometric(batch, coarse_positions, noise, settings)
    kept, node = atoms.index_select(0, batch.kept_atom), batch.kept_node_index
    total = atoms.new_zeros(batch.num_nodes, 3).index_add_(0, node, kept)
    size = atoms.new_zeros(batch.num_nodes).index_add_(0, node, torch.ones_like(kept[:, 0]))
    return total / size.unsqueeze(-1)
