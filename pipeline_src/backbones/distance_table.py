"""Functions of a distance and a pair kind as tables, linear between knots.

Whatever a network computes from nothing but a pair's distance and kind can be computed once for
all distances: one look-up then stands for its matrix products (as in DP Compress: Lu et al.,
J. Chem. Theory Comput. 2022, 18, 5559, with polynomials in place of lines).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag, linear

FURTHEST = 1e6  # Å; a ReLU that bends further out does not bend


class DistanceTable:
    """Tables of several functions over the same knots and kinds.

    Args:
        knots: distances, Å, two or more; beyond them the outermost lines go on  # (K,)
        kinds: pair kinds, sorted  # (M,)
        functions: each takes distances and kinds, float64 and int64, and returns a row for each
            # (K,), (K,) -> (K, W)
        dtype: of the tables.
    """

    def __init__(self, knots: Tensor, kinds: Tensor,
                 functions: list[Callable[[Tensor, Tensor], Tensor]], dtype: torch.dtype):
        self.knots, self.kinds = knots.to(dtype).unique(), kinds
        self.widths = self.knots.diff()
        knots = self.knots.double()
        self.tables = [torch.cat([function(knots, kind.expand(len(knots))).to(dtype)
                                  for kind in kinds]) for function in functions]

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
    return places[(places > 0) & (places < FURTHEST)]


class EncoderLines:
    """A pair encoder as the lines it is made of, for training: exact, gradients included.

    Between two bends of its ReLUs, an encoder's vector is linear in the distance for each kind,
    and so is all that is linear in the vector: it is computed at both ends of each of the L lines
    (R = 2 M L rows) instead of for every pair. L is read from the device.

    Args:
        encoder: a ``PairEncoder``.
        kinds: pair kinds, sorted  # (M,)
        longest: Å; no distance is longer.

    Attributes:
        vectors: at the ends of the lines, with gradients  # (R, H)
    """

    def __init__(self, encoder: nn.Module, kinds: Tensor, longest: float):
        first, _, second = encoder.distance
        slope, shift = first.weight[:, 0], first.bias
        with torch.no_grad():
            bends = -shift / slope
            inner = bends[(bends > 0) & (bends < longest)].sort().values
            self.ends = torch.cat([inner.new_zeros(1), inner, inner.new_full((1,), longest)])
            middle = (self.ends[:-1] + self.ends[1:]) / 2
            active = (slope * middle.unsqueeze(-1) + shift > 0).to(slope.dtype)  # (L, H)
        ends = torch.stack([self.ends[:-1], self.ends[1:]], 1).unsqueeze(-1)  # (L, 2, 1)
        hidden = active.unsqueeze(1) * (slope * ends + shift)
        vectors = second(hidden) * encoder.kind(kinds)[:, None, None]  # (M, L, 2, H)
        self.kinds, self.vectors = kinds, vectors.flatten(0, 2)

    @torch.no_grad()
    def place(self, distance: Tensor, kind: Tensor) -> tuple[Tensor, Tensor]:
        """The two ends of each pair's line and their weights  # (P,), (P,) -> (P, 2), (P, 2)"""
        line = torch.bucketize(distance, self.ends[1:-1], right=True)
        left, right = self.ends[line], self.ends[line + 1]
        after = (distance - left) / (right - left)
        row = 2 * (torch.searchsorted(self.kinds, kind) * (len(self.ends) - 1) + line)
        return torch.stack([row, row + 1], 1), torch.stack([1 - after, after], 1)


class PairLines:
    """The pair vectors of a batch as lines, for layers that are linear in them.

    Args:
        encoders: one or more ``PairEncoder``s; a pair's vector is theirs side by side.
        distances: what each of them reads, Å  # (P,) each
        kind: of each pair  # (P,)
        cutoff: Å; how far the lines reach at least.
    """

    def __init__(self, encoders: list[nn.Module], distances: list[Tensor], kind: Tensor,
                 cutoff: float):
        kinds, first, rows, weights = kind.unique(), 0, [], []
        self.vectors: list[Tensor] = []
        for encoder, distance in zip(encoders, distances, strict=True):
            lines = EncoderLines(encoder, kinds, max(cutoff, _longest(distance)))
            place = lines.place(distance, kind)
            self.vectors.append(lines.vectors)
            rows.append(place[0] + first)
            weights.append(place[1])
            first += len(lines.vectors)
        self.rows, self.weights = torch.cat(rows, 1), torch.cat(weights, 1)  # (P, 2 encoders)

    def linear(self, layer: nn.Linear, column: int = 0, start: int = 0) -> Tensor:
        """What the pair vectors and the bias give in a layer's output  # (P - start, outputs)

        Args:
            column: the first of the layer's inputs that are the pair vector.
            start: the first pair.
        """
        tables, bias = [], layer.bias  # counted once
        for vectors in self.vectors:
            weight = layer.weight[:, column : column + vectors.shape[1]]
            tables.append(linear(vectors, weight, bias))
            column, bias = column + vectors.shape[1], None
        values = torch.cat(tables).to(self.weights.dtype)
        return embedding_bag(self.rows[start:], values, mode="sum",
                             per_sample_weights=self.weights[start:])


def _longest(distances: Tensor) -> float:
    return float(distances.max()) if len(distances) else 0.0
