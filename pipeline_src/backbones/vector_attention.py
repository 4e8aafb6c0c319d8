"""One layer of TorchMD-NET's equivariant transformer over undirected pairs.

Thölke, De Fabritiis, ICLR 2022, arXiv:2202.02541, with ET-Flow's changes: time and atom features
enter each layer, queries and keys are normalised (models.md 3.3).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from pipeline_src.backbones.edges import perceptron


class Pairs(NamedTuple):
    """What the layers read of each undirected pair (i, j).

    Attributes:
        index: atoms i and j  # (2, P)
        features: radial functions and kind  # (P, E)
        fade: weight of its attention, zero at the cutoff  # (P,)
        direction: from i to j, of length 1 unless the atoms all but coincide  # (P, 3)
    """

    index: Tensor
    features: Tensor
    fade: Tensor
    direction: Tensor

    def both_ways(self) -> tuple[tuple[Tensor, Tensor, Tensor], ...]:
        """Receivers, senders and the direction from those to these, for each way."""
        first, second = self.index
        return (first, second, self.direction), (second, first, -self.direction)


class VectorAttention(nn.Module):
    """Changes of invariant and vector features of the atoms.

    With x mixed from (x, time, atom features): a_ij = SiLU(sum q_i k_j dk_ij) C(d_ij) weighs the
    invariant messages v1_j dv1_ij; vector messages are v_j (v2_j dv2_ij) + (v3_j dv3_ij) u_ij and,
    without parity, + (v4_j dv4_ij) u_ij x v_j. As published, those are not faded out.

    Args:
        width: H, a multiple of heads.
        pair_width: E of the pair features.
        heads: of the attention.
        parity: whether mirror images give mirrored vectors; if not, cross products enter.
    """

    def __init__(self, width: int, pair_width: int, heads: int, parity: bool):
        super().__init__()
        self.width, self.heads, self.head_width = width, heads, width // heads
        self.values = 3 if parity else 4
        self.mix = perceptron(2 * width + 1, width, width, activation=nn.SiLU)
        self.norm = nn.LayerNorm(width)
        self.query = nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width))
        self.key = nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width))
        self.value = nn.Linear(width, self.values * width)
        self.pair_key = nn.Linear(pair_width, width)
        self.pair_value = nn.Linear(pair_width, self.values * width)
        self.vectors = nn.Linear(width, 3 * width, bias=False)
        self.outward = nn.Linear(width, 3 * width)
        for layer in (self.query[0], self.key[0], self.pair_key, self.pair_value, self.outward):
            nn.init.xavier_uniform_(layer.weight)
        for layer in (self.query[0], self.key[0], self.value, self.pair_key, self.pair_value,
                      self.outward):
            nn.init.zeros_(layer.bias)
        nn.init.xavier_uniform_(self.vectors.weight)

    def forward(self, x: Tensor, v: Tensor, time: Tensor, features: Tensor,
                pairs: Pairs) -> tuple[Tensor, Tensor]:
        """What is added to x and v  # (N, H), (N, 3, H)

        Args:
            x: invariant features  # (N, H)
            v: vector features  # (N, 3, H)
            time: of each atom  # (N, 1)
            features: embedded columns of each atom  # (N, H)
        """
        mixed = self.norm(self.mix(torch.cat([x, time, features], -1)))
        invariant, vectors = self._messages(mixed, v, pairs)
        one, two, three = self.vectors(v).to(v.dtype).split(self.width, -1)
        gate, scale, shift = self.outward(invariant).to(x.dtype).split(self.width, -1)
        return (one * two).sum(1) * scale + shift, three * gate.unsqueeze(1) + vectors

    def _messages(self, x: Tensor, v: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        """Sums of the messages to each atom  # (N, H), (N, 3, H)"""
        shape = (-1, self.heads, self.head_width)
        query, key = self.query(x).reshape(shape), self.key(x).reshape(shape)
        value = self.value(x).reshape(-1, self.heads, self.values * self.head_width)
        pair_key = silu(self.pair_key(pairs.features)).reshape(shape)
        pair_value = silu(self.pair_value(pairs.features)).reshape(-1, *value.shape[1:])
        invariant, vectors = v.new_zeros(len(v), self.width), torch.zeros_like(v)
        for here, there, direction in pairs.both_ways():
            weight = (query[here] * key[there] * pair_key).sum(-1).to(v.dtype)
            weight = silu(weight) * pairs.fade.unsqueeze(-1)
            parts = (value[there] * pair_value).to(v.dtype).split(self.head_width, -1)
            message = (parts[0] * weight.unsqueeze(-1)).flatten(1)
            invariant = invariant.index_add(0, here, message)
            vectors = vectors.index_add(
                0, here, _vector_message(v[there], direction, [p.flatten(1) for p in parts[1:]]))
        return invariant, vectors


def _vector_message(v: Tensor, direction: Tensor, parts: list[Tensor]) -> Tensor:
    """From the sender's vectors and the direction to it  # (P, 3, H)"""
    own, along, *across = (part.unsqueeze(1) for part in parts)
    direction = direction.unsqueeze(-1)
    message = v * own + direction * along
    if across:
        message = message + across[0] * torch.linalg.cross(direction.expand_as(v), v, dim=1)
    return message
