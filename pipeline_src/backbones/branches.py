"""The frame both dual encoders share: a local branch, a global branch, and what runs when."""

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch_geometric.data import Data

from pipeline_src.backbones.base import PairScores, check_guide
from pipeline_src.backbones.distance_table import PairLines
from pipeline_src.backbones.gin import GIN
from pipeline_src.backbones.heads import PairHead
from pipeline_src.backbones.schnet import SchNet, cutoff_weight
from pipeline_src.graphs.pairs import pair_distances
from pipeline_src.graphs.stage_graph import FAR_KIND
from pipeline_src.run.settings import backbones as backbone_settings


class Branch(nn.Module):
    """Pair encoder, node network and head; called by ``DualBranches``, which knows the pairs."""

    def __init__(self, pairs: nn.Module, nodes: GIN | SchNet, head: PairHead):
        super().__init__()
        self.pairs, self.nodes, self.head = pairs, nodes, head


class DualBranches(nn.Module):
    """Pair scores from interatomic distances alone, hence blind to rotation and reflection.

    Time is accepted and not used: the noise level shows in the distances (models.md 3.1).

    Args:
        local: the branch of the local pairs, with a ``GIN``.
        far: the global branch: a ``SchNet`` on all pairs, a head for the far ones.
        cutoff: Å; far pairs beyond it neither send messages nor have a score.
    """

    predicts = "distance_score"
    takes_guide = False

    def __init__(self, local: Branch, far: Branch, cutoff: float):
        super().__init__()
        self.local_branch, self.global_branch, self.cutoff = local, far, cutoff

    @classmethod
    def from_settings(
        cls, settings: backbone_settings.DualEncoder | backbone_settings.GuidedDualEncoder
    ) -> "DualBranches":
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
    ) -> PairScores:
        """See ``Backbone``.

        Raises:
            InputError: a guide is missing, or given to a backbone that takes none.
        """
        check_guide(self, guide)
        index, kind = batch.local_pair_index, batch.local_pair_kind
        local, states = self._local(batch.numbers, pos, guide, index, kind)
        nodes = {"local": states}
        far_scores = far_mask = None
        if far:
            far_scores, far_mask, nodes["global"] = self._far(batch, pos, guide)
        return PairScores(local, far_scores, far_mask, nodes if return_nodes else None)

    def _local(
        self, numbers: Tensor, pos: Tensor, guide: Tensor | None, index: Tensor, kind: Tensor
    ) -> tuple[Tensor, list[Tensor]]:
        """Scores of the local pairs and the node states  # (P_l,), layers x (N, H)"""
        branch = self.local_branch
        pair = branch.pairs(*_features(pos, guide, index, kind))
        states = branch.nodes(numbers, index, pair)
        return branch.head(states[-1], index, pair).to(pos.dtype), states

    def _far(
        self, batch: Data, pos: Tensor, guide: Tensor | None
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Scores, mask and node states of the global branch  # (P_f,), (P_f,), layers x (N, H)"""
        n_local = batch.local_pair_kind.numel()
        index = torch.cat([batch.local_pair_index, batch.far_pair_index], dim=1)
        far_kind = torch.full_like(batch.far_pair_index[0], FAR_KIND)
        kind = torch.cat([batch.local_pair_kind, far_kind])
        within = pair_distances(pos, index) <= self.cutoff
        mask = within[n_local:]
        if pos.device.type == "cpu":  # the others say nothing; a GPU would have to be waited for
            index, kind = index[:, within], kind[within]
            n_local = int(within[:n_local].sum())
        lines = pos.device.type == "cpu" and not any(
            p.requires_grad for p in (pos, guide) if p is not None)
        way = self._far_lines if lines else self._far_pairs
        scores, states = way(batch.numbers, pos, guide, index, kind, n_local)
        scores = scores.to(pos.dtype)
        if len(scores) < len(mask):
            scores = scores.new_zeros(mask.shape).masked_scatter(mask, scores)
        return torch.where(mask, scores, 0), mask, states

    def _far_pairs(
        self, numbers: Tensor, pos: Tensor, guide: Tensor | None, index: Tensor, kind: Tensor,
        n_local: int,
    ) -> tuple[Tensor, list[Tensor]]:
        """Scores of the pairs after the local ones, and node states, pair by pair."""
        branch, features = self.global_branch, _features(pos, guide, index, kind)
        pair = branch.pairs(*features)
        states = branch.nodes(numbers, index, pair, features[0])
        return branch.head(states[-1], index[:, n_local:], pair[n_local:]), states

    def _far_lines(
        self, numbers: Tensor, pos: Tensor, guide: Tensor | None, index: Tensor, kind: Tensor,
        n_local: int,
    ) -> tuple[Tensor, list[Tensor]]:
        """The same with first layers read between the ends of the encoders' lines.

        Without gradients with respect to the positions.
        """
        branch, (distance, _, *of_guide) = self.global_branch, _features(pos, guide, index, kind)
        encoders = [branch.pairs.current, branch.pairs.guide] if of_guide else [branch.pairs]
        pairs = PairLines(encoders, [distance, *of_guide], kind, self.cutoff)
        fade = cutoff_weight(distance, self.cutoff, branch.nodes.smooth).unsqueeze(-1)
        states = branch.nodes.convolve(numbers, index, (
            one.from_hidden(pairs.linear(one.filter[0])) * fade
            for one in branch.nodes.interactions))
        of_pairs = pairs.linear(branch.head.score[0], branch.head.width, n_local)
        return branch.head.finish(states[-1], index[:, n_local:], of_pairs), states

    def parameter_groups(self) -> dict[str, list[Parameter]]:
        """All parameters, split into those of the branches 'global' and 'local'.

        What the branches share is 'global': there GeoDiff's optimisers have it, too.
        """
        far = list(self.global_branch.parameters())
        shared = {id(parameter) for parameter in far}
        return {"global": far, "local": [parameter for parameter in self.local_branch.parameters()
                                         if id(parameter) not in shared]}


def _features(
    pos: Tensor, guide: Tensor | None, index: Tensor, kind: Tensor
) -> tuple[Tensor, ...]:
    """What a pair encoder reads: distance, kind and, with a guide, guide distance  # (P,) each"""
    current = (pair_distances(pos, index), kind)
    return current if guide is None else (*current, pair_distances(guide, index))
