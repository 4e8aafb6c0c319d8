"""Dual encoders for sampling: weights fixed, the same batch and guide at every step.

Everything that a step would compute anew although it depends on a pair's distance and kind alone is
read from tables, and everything that depends on the guide alone is computed once. Perceptrons of
a distance are lines between the bends of their ReLUs, so tables of these are exact; whole filters,
which are smooth in between, get ``FILTER_KNOTS`` further knots. Measured with trained weights, the
error of the tables is then below the rounding of the network itself.

Under autocast the tables stay as they were made, in the weights' type, and so does what is known
of the guide: a look-up is no matrix product. Only the products behind them are in 16 bits, while a
network without tables first rounds the distances themselves: in bfloat16 one of 4 to 8 Å by up to
0.016 Å, more than the noise of the last levels. Measured with trained weights at 0.005 Å of noise,
bfloat16 puts the local scores off by 1 % with the tables and by 6 % without.
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn.functional import linear
from torch_geometric.data import Data

from pipeline_src.backbones.base import PairScores
from pipeline_src.backbones.branches import DualBranches
from pipeline_src.backbones.distance_table import DistanceTable, kinks
from pipeline_src.backbones.schnet import cutoff_weight
from pipeline_src.graphs.pairs import pair_distances
from pipeline_src.graphs.stage_graph import FAR_KIND

FILTER_KNOTS = 4096  # evenly between 0 and the cutoff


class TabulatedBranches:
    """Tables of a network's two branches; ``hold`` gives the network for one batch.

    Args:
        backbone: with its final weights.
    """

    def __init__(self, backbone: DualBranches):
        self.backbone = backbone
        self._kinds = torch.empty(0, dtype=torch.int64)
        self._tables: tuple[DistanceTable, DistanceTable] | None = None

    def hold(self, batch: Data, guide: Tensor | None) -> "HeldBranches":
        """The network for many positions of this batch with this guide."""
        known = torch.cat([self._kinds.to(batch.numbers), batch.local_pair_kind,
                           batch.numbers.new_full((1,), FAR_KIND)]).unique()
        if self._tables is None or len(known) > len(self._kinds):
            self._kinds = known
            self._tables = (_local_table(self.backbone, known), _far_table(self.backbone, known))
        return HeldBranches(self.backbone, *self._tables, batch, guide)


class HeldBranches:
    """The network for one batch and guide; called like a ``Backbone``, without node states.

    Args:
        backbone: the network.
        local: table of the local branch: its pair vectors (with a guide: their part of the first
            hidden layer of ``GIN.pairs``) and their part of the head's first hidden layer.
        far: table of the global branch: each interaction's filter (with a guide: their part of
            its first hidden layer) and their part of the head's first hidden layer.
        batch: stage graphs.
        guide: guide positions, Å, or None  # (N, 3)
    """

    def __init__(self, backbone: DualBranches, local: DistanceTable, far: DistanceTable,
                 batch: Data, guide: Tensor | None):
        self.backbone, self.local_table, self.far_table = backbone, local, far
        self.batch, self.n_local = batch, batch.local_pair_kind.numel()
        self.local_index = batch.local_pair_index.contiguous()
        self.index = torch.cat([self.local_index, batch.far_pair_index], dim=1)
        kind = torch.cat([batch.local_pair_kind,
                          torch.full_like(batch.far_pair_index[0], FAR_KIND)])
        self.local_rows = local.first_rows(batch.local_pair_kind)
        self.far_rows = far.first_rows(kind)
        self.guided = guide is not None
        if self.guided:
            self._read_guide(guide, kind)

    def _read_guide(self, guide: Tensor, kind: Tensor) -> None:
        """What the guide adds to the first hidden layers, biases included  # (P, hidden) each"""
        distance, width = pair_distances(guide, self.index), self.backbone.local_branch.head.width
        local, far = self.backbone.local_branch, self.backbone.global_branch
        pair = local.pairs.guide(distance[: self.n_local], kind[: self.n_local])
        self.local_given = [_part(local.nodes.pairs[0], width, pair, bias=True),
                            _part(local.head.score[0], 2 * width, pair, bias=True)]
        pair = far.pairs.guide(distance, kind)
        self.far_given = [_part(one.filter[0], width, pair, bias=True)
                          for one in far.nodes.interactions]
        self.far_given.append(
            _part(far.head.score[0], 2 * width, pair[self.n_local :], bias=True))

    def __call__(self, batch: Data, pos: Tensor, time: Tensor, guide: Tensor | None = None, *,
                 far: bool = True, return_nodes: bool = False) -> PairScores:
        """See ``Backbone``; batch and guide are the held ones, and there are no node states."""
        assert batch is self.batch and (guide is not None) == self.guided and not return_nodes
        local = self._local(pos).to(pos.dtype)
        if not far:
            return PairScores(local, None, None)
        scores, mask = self._far(pos)
        return PairScores(local, scores.to(pos.dtype), mask)

    def _local(self, pos: Tensor) -> Tensor:
        """Scores of the local pairs  # (P_l,)"""
        branch, table, index = self.backbone.local_branch, self.local_table, self.local_index
        place = table.place(pair_distances(pos, index), self.local_rows)
        pair, of_pairs = table.read(0, *place), table.read(1, *place)
        if self.guided:
            pair = branch.nodes.pairs[1:](pair.add_(self.local_given[0]))
            of_pairs.add_(self.local_given[1])
        states = branch.nodes.convolve(self.batch.numbers, index, pair)
        return branch.head.finish(states[-1], index, of_pairs)

    def _far(self, pos: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of the far pairs and which are within the cutoff  # (P_f,), (P_f,)"""
        branch, table = self.backbone.global_branch, self.far_table
        distance = pair_distances(pos, self.index)
        rows, weights = table.place(distance.clamp(max=self.backbone.cutoff), self.far_rows)
        fade = cutoff_weight(distance, branch.nodes.cutoff, branch.nodes.smooth).unsqueeze(-1)
        states = branch.nodes.convolve(self.batch.numbers, self.index, (
            self._strength(number, rows, weights, fade)
            for number in range(len(branch.nodes.interactions))))
        of_pairs = table.read(-1, rows[self.n_local :], weights[self.n_local :])
        if self.guided:
            of_pairs.add_(self.far_given[-1])
        scores = branch.head.finish(states[-1], self.batch.far_pair_index, of_pairs)
        mask = distance[self.n_local :] <= self.backbone.cutoff
        return torch.where(mask, scores, 0), mask

    def _strength(self, number: int, rows: Tensor, weights: Tensor, fade: Tensor) -> Tensor:
        """An interaction's filter times the cutoff weight  # (P, H)"""
        if not self.guided:
            return self.far_table.read(number, rows, weights * fade)
        interaction = self.backbone.global_branch.nodes.interactions[number]
        hidden = self.far_table.read(number, rows, weights).add_(self.far_given[number])
        return interaction.from_hidden(hidden).mul_(fade)


def _local_table(backbone: DualBranches, kinds: Tensor) -> DistanceTable:
    branch = copy.deepcopy(backbone.local_branch).double()
    guided, width, head = backbone.takes_guide, branch.head.width, branch.head.score[0]
    encoder = branch.pairs.current if guided else branch.pairs
    bends = kinks(encoder.distance)
    ends = bends.new_tensor([0.0, 1000.0]) + (bends.max() if len(bends) else 0.0)
    functions = [
        (lambda d, k: _part(branch.nodes.pairs[0], 0, encoder(d, k))) if guided else encoder,
        lambda d, k: _part(head, width, encoder(d, k), bias=not guided)]
    return DistanceTable(torch.cat([bends.new_zeros(1), bends, ends]), kinds, functions,
                         backbone.local_branch.head.score[0].weight.dtype)


def _far_table(backbone: DualBranches, kinds: Tensor) -> DistanceTable:
    branch = copy.deepcopy(backbone.global_branch).double()
    guided, width, head = backbone.takes_guide, branch.head.width, branch.head.score[0]
    encoder = branch.pairs.current if guided else branch.pairs
    bends = kinks(encoder.distance)
    even = torch.linspace(0, backbone.cutoff, 2 if guided else FILTER_KNOTS + 1).to(bends)
    functions = [
        (lambda d, k, one=one: _part(one.filter[0], 0, encoder(d, k))) if guided
        else (lambda d, k, one=one: one.filter(encoder(d, k)))
        for one in branch.nodes.interactions]
    functions.append(lambda d, k: _part(head, width, encoder(d, k), bias=not guided))
    return DistanceTable(torch.cat([bends[bends < backbone.cutoff], even]), kinds, functions,
                         backbone.global_branch.head.score[0].weight.dtype)


def _part(layer: nn.Linear, start: int, vector: Tensor, bias: bool = False) -> Tensor:
    """What a part of a layer's input, from its column ``start`` on, adds to it  # (P, hidden)"""
    weight = layer.weight[:, start : start + vector.shape[-1]]
    return linear(vector, weight, layer.bias if bias else None)
