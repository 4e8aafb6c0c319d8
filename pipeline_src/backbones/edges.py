"""Encoders of pairs (distance and kind) and of atoms, and the plain perceptron all parts share."""

import torch
from torch import Tensor, nn

N_KINDS = 100  # rows of the pair embedding: bond order codes, 23, 24 and 0 for far pairs
N_ELEMENTS = 100  # rows of the atom embeddings


def perceptron(*widths: int, activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """Linear layers of the given widths with the activation between them, none at the end."""
    layers: list[nn.Module] = []
    for before, after in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(before, after), activation()]
    return nn.Sequential(*layers[:-1])


class PairEncoder(nn.Module):
    """MLP(d: 1 -> H -> H) times Emb(kind), component by component (models.md 3.1)."""

    def __init__(self, width: int):
        super().__init__()
        self.distance = perceptron(1, width, width)
        self.kind = nn.Embedding(N_KINDS, width)

    def forward(self, distance: Tensor, kind: Tensor) -> Tensor:
        """Pair vectors  # (P,), (P,) -> (P, H)"""
        return self.distance(distance.unsqueeze(-1)) * self.kind(kind)


class GuidedPairEncoder(nn.Module):
    """Encoders of the current and of the guide distance side by side (models.md 4.5)."""

    def __init__(self, width: int):
        super().__init__()
        self.current = PairEncoder(width)
        self.guide = PairEncoder(width)

    def forward(self, distance: Tensor, kind: Tensor, guide_distance: Tensor) -> Tensor:
        """Pair vectors  # (P,), (P,), (P,) -> (P, 2 H)"""
        return torch.cat([self.current(distance, kind), self.guide(guide_distance, kind)], dim=-1)


class BoundedEmbedding(nn.Embedding):
    """Embedding whose rows count as no longer than ``bound``.

    As ``nn.Embedding(max_norm=bound)``, but the rows are shortened on reading instead of being
    overwritten in ``forward``: evaluation changes no weight and the device is never waited for.
    """

    def __init__(self, rows: int, width: int, bound: float):
        super().__init__(rows, width)
        self.bound = bound
        with torch.no_grad():
            self.weight.renorm_(2, 0, bound)

    def forward(self, index: Tensor) -> Tensor:
        """Rows of ``index``  # (N,) -> (N, H)"""
        rows = super().forward(index)
        length = rows.detach().norm(dim=-1, keepdim=True)
        return rows * (self.bound / length.clamp(min=self.bound))
