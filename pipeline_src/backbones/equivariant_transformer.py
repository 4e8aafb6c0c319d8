"""ET-Flow's network: an equivariant transformer from noisy positions and time to velocities.

Hassan, Shenoy et al., ET-Flow, NeurIPS 2024, arXiv:2410.22388 (models.md 3.3). Differences from
the released code: no bound on the number of neighbours; ``distance="plain"`` reads distances where
the released code reads their squares, also for the length that directions are divided by.
"""

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch_geometric.data import Data

from pipeline_src.backbones.base import NodeVectors, check_guide
from pipeline_src.backbones.edges import N_ELEMENTS
from pipeline_src.backbones.neighbour_embedding import NeighbourEmbedding
from pipeline_src.backbones.radial_bases import ExponentialBases
from pipeline_src.backbones.schnet import cutoff_weight
from pipeline_src.backbones.vector_attention import Pairs, VectorAttention
from pipeline_src.backbones.vector_gates import VectorHead
from pipeline_src.graphs.atom_features import FEATURES
from pipeline_src.graphs.centering import centre
from pipeline_src.graphs.pairs import pair_vectors, safe_norm
from pipeline_src.graphs.stage_graph import HOP_KINDS
from pipeline_src.run.settings import backbones as backbone_settings

SHORTEST = 0.1  # Å; directions of nearer pairs are shorter than 1


class EquivariantTransformer(nn.Module):
    """One velocity an atom; turns with the molecule and, with parity o3, mirrors with it.

    Pairs are the bonds and all pairs within the cutoff.

    Args:
        width: H, even and a multiple of heads.
        layers: number of attention layers.
        heads: of the attention.
        bases: K, radial functions.
        cutoff_angstrom: of the pairs and of the radial functions.
        distance: 'plain', or 'squared' as in the released code, in Å² but with the same cutoff.
        parity: 'o3' or 'so3', which sees a difference between mirror images.
        output_norm: whether the output blocks have LayerNorms.
    """

    predicts = "velocity"
    takes_guide = False

    def __init__(self, width: int, layers: int, heads: int, bases: int, cutoff_angstrom: float,
                 distance: str, parity: str, output_norm: bool = False):
        super().__init__()
        self.cutoff, self.squared = cutoff_angstrom, distance == "squared"
        sets = 2 if self.takes_guide else 1
        self.atoms = nn.Embedding(N_ELEMENTS, width)
        self.features = nn.Sequential(nn.Linear(len(FEATURES), width), nn.SiLU(),
                                      nn.LayerNorm(width), nn.Linear(width, width))
        self.bases = ExponentialBases(bases, cutoff_angstrom)
        self.neighbours = NeighbourEmbedding(width, bases + 1, sets)
        self.layers = nn.ModuleList(
            VectorAttention(width, sets * bases + 1, heads, parity == "o3") for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = VectorHead(width, output_norm)

    @classmethod
    def from_settings(
        cls, settings: backbone_settings.EquivariantTransformer
    ) -> "EquivariantTransformer":
        """The network that ``settings`` describe, freshly initialised."""
        return cls(**settings.model_dump(exclude={"kind"}))

    def forward(self, batch: Data, pos: Tensor, time: Tensor, guide: Tensor | None = None, *,
                far: bool = True, return_nodes: bool = False) -> NodeVectors:
        """Velocities, each graph's mean zero; see ``Backbone``. ``far`` changes nothing.

        Raises:
            InputError: see ``check_guide``.
        """
        check_guide(self, guide)
        pairs, sets = self._pairs(batch, pos, guide)
        x = self.neighbours(self.atoms(batch.numbers), batch.numbers, pairs.index, sets)
        features = self.features(batch.features.to(pos.dtype)).to(x.dtype)
        v, time = x.new_zeros(len(x), 3, x.shape[1]), time.to(x.dtype).unsqueeze(-1)
        states = []
        for layer in self.layers:
            dx, dv = layer(x, v, time, features, pairs)
            x, v = x + dx, v + dv
            states.append(x)
        vectors = self.head(self.norm(x).to(x.dtype), v).to(pos.dtype)
        return NodeVectors(centre(vectors, batch.batch, batch.num_graphs),
                           {"all": states} if return_nodes else None)

    def _pairs(self, batch: Data, pos: Tensor,
               guide: Tensor | None) -> tuple[Pairs, list[tuple[Tensor, Tensor]]]:
        """Bonds and near pairs, and [bases, kind] and fade of each set of distances."""
        index = torch.cat([batch.local_pair_index, batch.far_pair_index], dim=1)
        bonded = batch.local_pair_kind < min(HOP_KINDS.values())
        bonded = torch.cat([bonded, bonded.new_zeros(batch.far_pair_index.shape[1])])
        near = bonded | (safe_norm(pair_vectors(pos, index)) <= self.cutoff)
        index, kind = index[:, near], bonded[near].to(pos.dtype).unsqueeze(-1)
        vectors = -pair_vectors(pos, index)  # from i to j
        length = self._measure(vectors)
        sets = [self._set(length)]
        if guide is not None:
            sets.append(self._set(self._measure(pair_vectors(guide, index))))
        shortest = SHORTEST**2 if self.squared else SHORTEST
        pairs = Pairs(index, torch.cat([*(bases for bases, _ in sets), kind], -1),
                      torch.stack([fade for _, fade in sets]).prod(0),
                      vectors / length.clamp(min=shortest).unsqueeze(-1))
        return pairs, [(torch.cat([bases, kind], -1), fade) for bases, fade in sets]

    def _measure(self, vectors: Tensor) -> Tensor:
        """Lengths, or their squares  # (P, 3) -> (P,)"""
        return vectors.square().sum(-1) if self.squared else safe_norm(vectors)

    def _set(self, length: Tensor) -> tuple[Tensor, Tensor]:
        """Radial functions and fade  # (P,) -> (P, K), (P,)"""
        return self.bases(length), cutoff_weight(length, self.cutoff, smooth=True)

    def parameter_groups(self) -> dict[str, list[Parameter]]:
        """All parameters as the group 'all'."""
        return {"all": list(self.parameters())}


class GuidedEquivariantTransformer(EquivariantTransformer):
    """The same conditioned on a guide through its interatomic distances (models.md 4.7).

    They enter the embedding of neighbours and the keys and values of each pair beside the current
    ones (MSGEN paper, eqs. 16 and 17); attention fades out with either distance.
    """

    takes_guide = True
