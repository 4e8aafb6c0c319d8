"""Directed edges: bonds extended to three bonds apart, and the radius graph of the positions."""

import torch
from torch import Tensor


def extended_kinds(n_atoms: int, bonds: Tensor, orders: Tensor) -> Tensor:
    """Bond order code, 23 or 24 for atoms two or three bonds apart, else 0, int64  # (N, N)

    Args:
        bonds: each bond once  # (2, B)
        orders: its order code, int64  # (B,)
    """
    kinds = torch.zeros(n_atoms, n_atoms, dtype=torch.int64, device=bonds.device)
    kinds[bonds[0], bonds[1]] = kinds[bonds[1], bonds[0]] = orders
    step = torch.eye(n_atoms, device=bonds.device) + (kinds > 0)
    reached = step
    for code in (23, 24):
        further = (reached @ step > 0).float()
        kinds += code * (further - reached).long()
        reached = further
    return kinds


def edges_of_copies(kinds: Tensor, pos: Tensor, cutoff: float) -> tuple[Tensor, Tensor]:
    """Edges (2, E) and kinds (E,) of S copies of one molecule: kinds > 0, or within the cutoff.

    Args:
        kinds: of one copy  # (N, N)
        pos: Å  # (S N, 3)
    """
    n_atoms = len(kinds)
    copies = pos.view(-1, n_atoms, 3)
    joined = (torch.cdist(copies, copies) <= cutoff) | (kinds > 0)
    joined.diagonal(dim1=1, dim2=2).fill_(False)
    copy, source, target = joined.nonzero(as_tuple=True)
    first = copy * n_atoms
    return torch.stack([first + source, first + target]), kinds[source, target]


def edges_of_batch(kinds: Tensor, pos: Tensor, graph: Tensor,
                   cutoff: float) -> tuple[Tensor, Tensor]:
    """The same for different molecules side by side  # (N, N), (N, 3), (N,) -> (2, E), (E,)"""
    same = graph.unsqueeze(0) == graph.unsqueeze(1)
    joined = (kinds > 0) | same & (torch.cdist(pos, pos) <= cutoff)
    joined.fill_diagonal_(False)
    source, target = joined.nonzero(as_tuple=True)
    return torch.stack([source, target]), kinds[source, target]
