"""The local branch: graph isomorphism network with pair features (GINE) over undirected pairs.

Hu et al., ICLR 2020, arXiv:1905.12265, as in GeoDiff (models.md 3.1).
"""

import torch
from torch import Tensor, nn

from pipeline_src.backbones.edges import N_ELEMENTS, perceptron


class GINELayer(nn.Module):
    """x_i <- MLP(x_i + sum_j relu(x_j + e_ij))."""

    def __init__(self, width: int):
        super().__init__()
        self.update = perceptron(width, width, width)

    def forward(self, x: Tensor, pair_index: Tensor, pair: Tensor) -> Tensor:
        """New node states  # (N, H), (2, P), (P, H) -> (N, H)"""
        first, second = pair_index
        total = x.index_add(0, first, torch.relu(x.index_select(0, second) + pair))
        backward = torch.relu(x.index_select(0, first) + pair)
        return self.update(total.index_add_(0, second, backward))


class GIN(nn.Module):
    """Atom embedding and a stack of residual GINE layers on local pairs; relu between them.

    Args:
        width: H of the node states.
        pair_width: E of the pair vectors; if it is not H, they are first mapped to H.
        layers: number of layers.
    """

    def __init__(self, width: int, pair_width: int, layers: int):
        super().__init__()
        narrow = pair_width == width
        self.pairs = nn.Identity() if narrow else perceptron(pair_width, width, width)
        self.atoms = nn.Embedding(N_ELEMENTS, width)
        self.layers = nn.ModuleList(GINELayer(width) for _ in range(layers))

    def forward(self, numbers: Tensor, pair_index: Tensor, pair: Tensor) -> list[Tensor]:
        """Node states after each layer  # (N,), (2, P), (P, E) -> layers x (N, H)"""
        return self.convolve(numbers, pair_index, self.pairs(pair).to(self.atoms.weight.dtype))

    def convolve(self, numbers: Tensor, pair_index: Tensor, pair: Tensor) -> list[Tensor]:
        """The same from pair vectors of the layers' width  # (N,), (2, P), (P, H)"""
        states = [self.atoms(numbers)]
        for k, layer in enumerate(self.layers, start=1):
            new = layer(states[-1], pair_index, pair)
            states.append(states[-1] + (new if k == len(self.layers) else torch.relu(new)))
        return states[1:]
