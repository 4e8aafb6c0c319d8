"""ConfGF's network: GIN on the local pairs, from their distances alone (models.md 3.2).

Shi et al., ICML 2021, arXiv:2105.03902.
"""

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch_geometric.data import Data

from pipeline_src.backbones.base import PairScores, check_guide
from pipeline_src.backbones.edges import PairEncoder
from pipeline_src.backbones.gin import GIN
from pipeline_src.backbones.heads import PairHead
from pipeline_src.graphs.pairs import pair_distances
from pipeline_src.run.settings import backbones as backbone_settings


class ConfGF(nn.Module):
    """f(d) of the local pairs, which stands for (d - d_noisy) / sigma; ConfGF's score is f / sigma.

    Time is accepted and not used: the one network of all noise levels sees the noise in the
    distances, and the process divides by sigma. Under autocast the encoder of distances keeps its
    32 bits: rounded to bfloat16, one of 4 to 8 Å is off by more than the noise of the last levels.

    Args:
        width: H of nodes and pairs.
        layers: GINE layers.
        xavier_gain: of the linear layers' weights at the start.
    """

    predicts = "local_distance_score"
    takes_guide = False

    def __init__(self, width: int, layers: int, xavier_gain: float):
        super().__init__()
        self.pairs = self.encoder(width)
        self.nodes = GIN(width, width, layers)
        self.head = PairHead(width, width, (width, width // 2))
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight, xavier_gain)
                nn.init.zeros_(module.bias)

    @staticmethod
    def encoder(width: int) -> nn.Module:
        """The encoder of pairs, of distance, kind and, if there is one, guide distance."""
        return PairEncoder(width)

    @classmethod
    def from_settings(
        cls, settings: backbone_settings.ConfGF | backbone_settings.GuidedConfGF
    ) -> "ConfGF":
        """The network that ``settings`` describe, freshly initialised."""
        return cls(**settings.model_dump(exclude={"kind"}))

    def forward(
        self,
        batch: Data,
        pos: Tensor,
        time: Tensor,
        guide: Tensor | None = None,
        *,
        far: bool = True,
        return_nodes: bool = False,
        distances: Tensor | None = None,
    ) -> PairScores:
        """See ``DistanceBackbone``.

        Raises:
            InputError: a guide is missing, or given to a backbone that takes none.
        """
        check_guide(self, guide)
        index = batch.local_pair_index
        current = pair_distances(pos, index) if distances is None else distances
        given = () if guide is None else (pair_distances(guide, index),)
        with torch.autocast(current.device.type, enabled=False):
            pair = self.pairs(current, batch.local_pair_kind, *given)
        states = self.nodes(batch.numbers, index, pair)
        scores = self.head(states[-1], index, pair).to(current.dtype)
        return PairScores(scores, None, None, {"all": states} if return_nodes else None)

    def parameter_groups(self) -> dict[str, list[Parameter]]:
        """All parameters, in the one group 'all'."""
        return {"all": list(self.parameters())}
