"""From node states and pair vectors to one score a pair."""

import torch
from torch import Tensor, nn

from pipeline_src.backbones.edges import perceptron


class PairHead(nn.Module):
    """MLP([h_i * h_j, e_ij]) to one number; symmetric in i and j.

    Args:
        width: H of the node states.
        pair_width: E of the pair vectors.
        hidden: widths of the hidden layers.
    """

    def __init__(self, width: int, pair_width: int, hidden: tuple[int, ...]):
        super().__init__()
        self.score = perceptron(width + pair_width, *hidden, 1)

    def forward(self, states: Tensor, pair_index: Tensor, pair: Tensor) -> Tensor:
        """Scores  # (N, H), (2, P), (P, E) -> (P,)"""
        both = states[pair_index[0]] * states[pair_index[1]]
        return self.score(torch.cat([both, pair], dim=-1)).squeeze(-1)
