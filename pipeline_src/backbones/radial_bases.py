"""Radial functions of a distance: exponential normal bases and the cosine that fades them out.

Unke and Meuwly, PhysNet, J. Chem. Theory Comput. 15, 3678 (2019), as in TorchMD-NET.
"""

import math

import torch
from torch import Tensor, nn

from pipeline_src.backbones.schnet import cutoff_weight


class ExponentialBases(nn.Module):
    """C(d) exp(-b_k (exp(-5 d / cutoff) - m_k)^2) with trained b_k and m_k, K of them.

    Args:
        count: K.
        cutoff: where they end, in the units of what they are given.
    """

    def __init__(self, count: int, cutoff: float):
        super().__init__()
        self.cutoff, first = cutoff, math.exp(-cutoff)
        self.means = nn.Parameter(torch.linspace(first, 1, count))
        self.betas = nn.Parameter(torch.full((count,), (2 / count * (1 - first)) ** -2))

    def forward(self, distance: Tensor) -> Tensor:
        """Values  # (P,) -> (P, K)"""
        place = torch.exp(distance * (-5.0 / self.cutoff)).unsqueeze(-1) - self.means
        fade = cutoff_weight(distance, self.cutoff, smooth=True).unsqueeze(-1)
        return fade * torch.exp(-self.betas * place.square())
