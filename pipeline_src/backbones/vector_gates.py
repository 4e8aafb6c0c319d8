"""From invariant and vector features of atoms to one vector each.

Schütt, Unke, Gastegger, PaiNN, ICML 2021, arXiv:2102.03150, the gated equivariant block.
"""

import torch
from torch import Tensor, nn

from pipeline_src.backbones.edges import perceptron
from pipeline_src.graphs.pairs import SMALLEST_SQUARE


class VectorGate(nn.Module):
    """v <- gate * U v, [x,] gate = MLP([x, |V v|]); x goes on through a SiLU.

    Args:
        width: features in.
        out: features out.
        last: whether there is no invariant output.
        normed: whether a LayerNorm follows the first layer of the MLP.
    """

    def __init__(self, width: int, out: int, last: bool, normed: bool = False):
        super().__init__()
        self.sizes = [out] if last else [out, out]
        self.measured = nn.Linear(width, width, bias=False)
        self.kept = nn.Linear(width, out, bias=False)
        self.update = perceptron(2 * width, width, sum(self.sizes), activation=nn.SiLU)
        for layer in (self.measured, self.kept, self.update[0], self.update[-1]):
            nn.init.xavier_uniform_(layer.weight)
        for layer in (self.update[0], self.update[-1]):
            nn.init.zeros_(layer.bias)
        if normed:
            self.update.insert(1, nn.LayerNorm(width))

    def forward(self, x: Tensor, v: Tensor) -> tuple[Tensor | None, Tensor]:
        """New features  # (N, W), (N, 3, W) -> (N, O) or None, (N, 3, O)"""
        measured = self.measured(v).to(v.dtype)
        length = measured.square().sum(1).clamp(min=SMALLEST_SQUARE).sqrt()
        *kept, gate = self.update(torch.cat([x, length], -1)).to(v.dtype).split(self.sizes, -1)
        v = gate.unsqueeze(1) * self.kept(v).to(v.dtype)
        return (nn.functional.silu(kept[0]) if kept else None), v


class VectorHead(nn.Module):
    """Two such blocks, from W features over W / 2 to one vector an atom."""

    def __init__(self, width: int, normed: bool = False):
        super().__init__()
        self.first = VectorGate(width, width // 2, last=False, normed=normed)
        self.second = VectorGate(width // 2, 1, last=True, normed=normed)

    def forward(self, x: Tensor, v: Tensor) -> Tensor:
        """Vectors  # (N, W), (N, 3, W) -> (N, 3)"""
        return self.second(*self.first(x, v))[1].squeeze(-1)
