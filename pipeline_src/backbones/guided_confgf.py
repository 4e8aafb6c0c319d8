"""ConfGF's network conditioned on a guide through the guide's distances (models.md 4.7)."""

import torch
from torch import Tensor, nn

from pipeline_src.backbones.confgf import ConfGF
from pipeline_src.backbones.edges import N_KINDS, perceptron


class JointPairEncoder(nn.Module):
    """MLP([d, d_guide]: 2 -> H -> H) times Emb(kind), component by component.

    MSGEN's paper writes MLP(e, d, d_cond) where ConfGF's writes MLP(e, d); ConfGF's is made as
    Emb(e) * MLP(d), hence this reading. No code of it is released.
    """

    def __init__(self, width: int):
        super().__init__()
        self.distance = perceptron(2, width, width)
        self.kind = nn.Embedding(N_KINDS, width)

    def forward(self, distance: Tensor, kind: Tensor, guide_distance: Tensor) -> Tensor:
        """Pair vectors  # (P,), (P,), (P,) -> (P, H)"""
        both = torch.stack([distance, guide_distance], dim=-1)
        return self.distance(both) * self.kind(kind)


class GuidedConfGF(ConfGF):
    """f(d, d_guide) of the local pairs; the guide need not be aligned or centred.

    Args:
        width: H of nodes and pairs.
        layers: GINE layers.
        xavier_gain: of the linear layers' weights at the start.
    """

    takes_guide = True

    @staticmethod
    def encoder(width: int) -> nn.Module:
        """The encoder of pairs, of distance, kind and guide distance."""
        return JointPairEncoder(width)
