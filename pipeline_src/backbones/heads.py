"""From node states and pair vectors to one score a pair."""

from torch import Tensor, nn
from torch.nn.functional import linear

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
        self.width = width
        self.score = perceptron(width + pair_width, *hidden, 1)

    def forward(self, states: Tensor, pair_index: Tensor, pair: Tensor) -> Tensor:
        """Scores  # (N, H), (2, P), (P, E) -> (P,)"""
        return self.finish(states, pair_index, self.of_pairs(pair))

    def of_pairs(self, pair: Tensor) -> Tensor:
        """The pair vectors' part of the first hidden layer  # (P, E) -> (P, hidden[0])"""
        first = self.score[0]
        return linear(pair, first.weight[:, self.width:], first.bias)

    def finish(self, states: Tensor, pair_index: Tensor, of_pairs: Tensor) -> Tensor:
        """Scores from that part  # (N, H), (2, P), (P, hidden[0]) -> (P,)"""
        first, second = pair_index
        both = states.index_select(0, first) * states.index_select(0, second)
        of_atoms = linear(both, self.score[0].weight[:, :self.width])
        return self.score[1:](of_atoms + of_pairs).squeeze(-1)
