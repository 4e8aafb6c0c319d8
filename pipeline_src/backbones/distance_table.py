"""Functions of a distance and a pair kind as tables, linear between knots.

Whatever a network computes from nothing but a pair's distance and kind can be computed once for
all distances: one look-up then stands for its matrix products (as in DP Compress: Lu et al.,
J. Chem. Theory Comput. 2022, 18, 5559, with polynomials in place of lines).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag


class DistanceTable:
    """Tables of several functions over the same knots and kinds.

    Args:
        knots: distances, Å, two or more; beyond them the outermost lines go on  # (K,)
        kinds: pair kinds, sorted  # (M,)
        functions: each takes distances and kinds, float64 and int64, and returns a row for each
            # (M K,), (M K,) -> (M K, W)
        dtype: of the tables.
    """

    def __init__(self, knots: Tensor, kinds: Tensor,
                 functions: list[Callable[[Tensor, Tensor], Tensor]], dtype: torch.dtype):
        self.knots, self.kinds = knots.to(dtype).unique(), kinds
        self.widths = self.knots.diff()
        distance = self.knots.double().repeat(len(kinds))
        kind = kinds.repeat_interleave(len(self.knots))
        self.tables = [function(distance, kind).to(dtype).contiguous() for function in functions]

    def first_rows(self, kind: Tensor) -> Tensor:
        """Where each pair's kind begins in the tables, int64  # (P,)"""
        return torch.searchsorted(self.kinds, kind) * len(self.knots)

    def place(self, distance: Tensor, first_row: Tensor) -> tuple[Tensor, Tensor]:
        """The two rows about each distance and their weights  # (P,), (P,) -> (P, 2), (P, 2)"""
        knot = torch.bucketize(distance, self.knots[1:-1], right=True)
        after = (distance - self.knots[knot]) / self.widths[knot]
        row = first_row + knot
        return torch.stack([row, row + 1], 1), torch.stack([1 - after, after], 1)

    def read(self, number: int, rows: Tensor, weights: Tensor) -> Tensor:
        """Values of a function, by its number  # (P, 2), (P, 2) -> (P, W)"""
        return embedding_bag(rows, self.tables[number], per_sample_weights=weights, mode="sum")


def kinks(perceptron: nn.Sequential) -> Tensor:
    """Positive distances where a Linear(1 -> H), ReLU, Linear bends, float64  # (<= H,)"""
    first = perceptron[0]
    places = -first.bias.detach().double() / first.weight.detach().double()[:, 0]
    return places[(places > 0) & torch.isfinite(places)]
