"""Layers of E(n) equivariant networks: gated messages between states, and moves of positions.

Satorras, Hoogeboom, Welling, E(n) Equivariant Graph Neural Networks, ICML 2021, arXiv:2102.09844,
with attention (their eq. 8) and bounded moves.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, silu

from pipeline_src.backbones.edges import perceptron
from pipeline_src.graphs.pairs import pair_vectors, safe_norm

N_SQUARES = 2
SMALL_GAIN = 1e-3  # of the last layer of moves: an untrained network hardly moves anything


class EdgeGraph(NamedTuple):
    """Directed edges i <- j and what is known of them.

    Attributes:
        index: i and j, int64  # (2, E)
        squares: squared distances, now and as they were at first, Å²  # (E, 2)
        kind: int64; None: edges have no kinds  # (E,)
        kind_rows: what a network has learnt of each kind  # (K, H)
    """

    index: Tensor
    squares: Tensor
    kind: Tensor | None = None
    kind_rows: Tensor | None = None


class Edges(nn.Module):
    """MLP([h_i, h_j, squares, kind]) of directed edges i <- j, silu after each layer.

    Products of the first layer that depend on one node, or on a kind, are taken before they are
    spread over the edges.

    Args:
        width: H of the states, of the kinds' rows and of the output.
        kinds: whether edges have a kind.
    """

    def __init__(self, width: int, kinds: bool):
        super().__init__()
        self.sizes = [width, width, N_SQUARES, width if kinds else 0]
        self.first, self.second = nn.Linear(sum(self.sizes), width), nn.Linear(width, width)

    def forward(self, states: Tensor, graph: "EdgeGraph") -> Tensor:
        """Edge vectors  # (N, H) -> (E, H)"""
        here, there, of_squares, of_kind = self.first.weight.split(self.sizes, dim=1)
        hidden = linear(states, here, self.first.bias).index_select(0, graph.index[0])
        hidden = hidden + linear(states, there).index_select(0, graph.index[1])
        hidden = hidden + linear(graph.squares, of_squares)
        if graph.kind is not None:
            hidden = hidden + linear(graph.kind_rows, of_kind).index_select(0, graph.kind)
        return silu(self.second(silu(hidden)))


class Messages(nn.Module):
    """h_i <- h_i + MLP([h_i, sum_j gate(m_ij) m_ij, other_i]).

    Args:
        width: H of the states.
        kinds: whether edges have a kind.
    """

    def __init__(self, width: int, kinds: bool):
        super().__init__()
        self.edges, self.gate = Edges(width, kinds), nn.Linear(width, 1)
        self.update = perceptron(3 * width, width, width, activation=nn.SiLU)

    def forward(self, states: Tensor, other: Tensor, graph: EdgeGraph) -> Tensor:
        """Updated states; ``other`` is what each is told beside  # (N, H), (N, H) -> (N, H)"""
        message = self.edges(states, graph)
        message = torch.sigmoid(self.gate(message)) * message
        total = torch.zeros_like(states)  # in the type of states, also under autocast
        total = total.index_add(0, graph.index[0], message.to(states.dtype))
        return states + self.update(torch.cat([states, total, other], dim=-1)).to(states.dtype)


class Pull(nn.Module):
    """The factor of a move, (-reach, reach): reach tanh(Linear(e)), near zero at first."""

    def __init__(self, width: int, reach: float):
        super().__init__()
        self.size, self.reach = nn.Linear(width, 1, bias=False), reach
        nn.init.xavier_uniform_(self.size.weight, gain=SMALL_GAIN)

    def forward(self, edge: Tensor) -> Tensor:
        """One factor an edge  # (E, H) -> (E, 1)"""
        return self.reach * torch.tanh(self.size(edge))


def along(vectors: Tensor) -> Tensor:
    """v / (|v| + 1): the direction of long vectors, finite gradients at zero  # (E, 3)"""
    return vectors / (safe_norm(vectors) + 1).unsqueeze(-1)


def summed_moves(pos: Tensor, index: Tensor, factor: Tensor) -> Tensor:
    """sum_j (x_i - x_j) / (d_ij + 1) times the edge's factor  # (N, 3), (2, E), (E, 1) -> (N, 3)"""
    moves = factor.to(pos.dtype) * along(pair_vectors(pos, index))
    return torch.zeros_like(pos).index_add(0, index[0], moves)
