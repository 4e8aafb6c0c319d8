"""The global branch: SchNet's continuous-filter convolutions over undirected pairs.

Schütt et al., J. Chem. Phys. 148, 241722 (2018), with GeoDiff's filters, which read an encoded
pair vector in place of radial basis functions (models.md 3.1).
"""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from pipeline_src.backbones.edges import N_ELEMENTS, BoundedEmbedding, perceptron

MAX_EMBEDDING_NORM = 10.0


class ShiftedSoftplus(nn.Module):
    """ln(1 + exp x) - ln 2."""

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as ``x``."""
        return nn.functional.softplus(x) - math.log(2.0)


def cutoff_weight(distance: Tensor, cutoff: float, smooth: bool) -> Tensor:
    """One within the cutoff and zero beyond; ``smooth``: half a cosine in between  # (P,)"""
    within = (distance <= cutoff).to(distance.dtype)
    return within * 0.5 * (torch.cos(distance * (math.pi / cutoff)) + 1) if smooth else within


class Interaction(nn.Module):
    """x_i <- x_i + Linear(ssp(lin2(sum_j lin1(x_j) * filter(e_ij) * C(d_ij))))."""

    def __init__(self, width: int, pair_width: int):
        super().__init__()
        self.filter = perceptron(pair_width, width, width, activation=ShiftedSoftplus)
        self.inward = nn.Linear(width, width, bias=False)
        self.outward = nn.Sequential(
            nn.Linear(width, width), ShiftedSoftplus(), nn.Linear(width, width)
        )

    def from_hidden(self, hidden: Tensor) -> Tensor:
        """The filter from its first layer's output; ln 2 goes into the last bias  # (P, H)"""
        last = self.filter[2]
        bias = last.bias - math.log(2.0) * last.weight.sum(1)
        return nn.functional.linear(nn.functional.softplus(hidden), last.weight, bias)

    def forward(self, x: Tensor, pair_index: Tensor, strength: Tensor) -> Tensor:
        """Updated node states  # (N, H), (2, P), filter times cutoff weight (P, H) -> (N, H)"""
        source = self.inward(x)
        first, second = pair_index
        total = torch.zeros_like(x)  # in the type of x, also where autocast halves the rest
        for here, there in ((first, second), (second, first)):
            message = source.index_select(0, there) * strength
            total = total.index_add_(0, here, message.to(x.dtype))
        return x + self.outward(total)


class SchNet(nn.Module):
    """Atom embedding and a stack of interactions on all pairs.

    Args:
        width: H of the node states.
        pair_width: E of the pair vectors.
        layers: number of interactions.
        cutoff: Å.
        smooth: whether the filters fade out as a cosine.
    """

    def __init__(self, width: int, pair_width: int, layers: int, cutoff: float, smooth: bool):
        super().__init__()
        self.atoms = BoundedEmbedding(N_ELEMENTS, width, MAX_EMBEDDING_NORM)
        self.interactions = nn.ModuleList(Interaction(width, pair_width) for _ in range(layers))
        self.cutoff, self.smooth = cutoff, smooth

    def forward(
        self, numbers: Tensor, pair_index: Tensor, pair: Tensor, distance: Tensor
    ) -> list[Tensor]:
        """Node states after each layer  # (N,), (2, P), (P, E), (P,) -> layers x (N, H)"""
        weight = cutoff_weight(distance, self.cutoff, self.smooth).unsqueeze(-1)
        return self.convolve(numbers, pair_index,
                             (one.filter(pair) * weight for one in self.interactions))

    def convolve(
        self, numbers: Tensor, pair_index: Tensor, strengths: Iterable[Tensor]
    ) -> list[Tensor]:
        """The same from each interaction's filter times cutoff weight  # (P, H) each"""
        states = [self.atoms(numbers)]
        for interaction, strength in zip(self.interactions, strengths, strict=True):
            states.append(interaction(states[-1], pair_index, strength))
        return states[1:]
