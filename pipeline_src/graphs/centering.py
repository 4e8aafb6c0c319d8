"""Centre of mass (all weights one) and finiteness, graph by graph."""

import torch
from torch import Tensor


def graph_means(values: Tensor, graph: Tensor, n_graphs: int) -> Tensor:
    """Mean of the atoms' values of each graph; zero for a graph without atoms  # (G, ...)

    Args:
        values: one row an atom  # (N, ...)
        graph: graph of each atom (``batch.batch``), int64  # (N,)
    """
    total = values.new_zeros(n_graphs, *values.shape[1:]).index_add(0, graph, values)
    count = values.new_zeros(n_graphs).index_add(0, graph, torch.ones_like(values[:, 0]))
    return total / count.clamp(min=1).reshape(-1, *[1] * (values.dim() - 1))


def centre(pos: Tensor, graph: Tensor, n_graphs: int) -> Tensor:
    """Positions with the mean of each graph at the origin  # (N, 3)"""
    return pos - graph_means(pos, graph, n_graphs)[graph]


def finite_graphs(pos: Tensor, graph: Tensor, n_graphs: int) -> Tensor:
    """Which graphs hold finite positions only, bool  # (G,)"""
    wrong = (~torch.isfinite(pos)).any(-1).to(torch.int64)
    return torch.zeros(n_graphs, dtype=torch.int64, device=pos.device).index_add(
        0, graph, wrong) == 0
