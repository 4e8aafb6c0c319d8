"""Training steps as the released codes take them: every edge found anew in every step."""

import torch
from torch import Tensor, nn
from torch_geometric.data import Batch, Data
from torch_geometric.loader import DataLoader

from benchmarks.baseline.edges import edges_of_batch, extended_kinds
from benchmarks.baseline.network import PlainNetwork, node_vectors
from benchmarks.molecules import Molecule
from pipeline_src.graphs.pairs import pair_distances
from pipeline_src.run.settings import Stage


def loader(molecules: list[Molecule], batches: list[list[int]]) -> DataLoader:
    """The batches (indices of conformers, molecule by molecule) one by one."""
    data = []
    for molecule in molecules:
        graph = molecule.hierarchy.molecule
        for positions in molecule.positions:
            data.append(Data(
                numbers=torch.from_numpy(graph.numbers), pos=torch.from_numpy(positions),
                edge_index=torch.from_numpy(graph.bonds).T.contiguous(),
                edge_type=torch.from_numpy(graph.orders)))
    return DataLoader(data, batch_sampler=batches)


class PlainTraining:
    """One Adam a branch, a joint bound of the gradient.

    Args:
        network: to be trained.
        stage: its settings.
        sigmas: noise levels, Å  # (T,)
    """

    def __init__(self, network: PlainNetwork, stage: Stage, sigmas: Tensor):
        self.network, self.stage, self.sigmas = network, stage, sigmas
        chosen = stage.training
        self.optimizers = [
            torch.optim.Adam(branch.parameters(), lr=chosen.learning_rate,
                             betas=(chosen.adam_beta1, chosen.adam_beta2))
            for branch in (network.global_branch, network.local_branch)]

    def step(self, batch: Batch) -> float:
        """The loss before the step; a guide is the clean positions."""
        levels = torch.randint(len(self.sigmas), (batch.num_graphs // 2 + 1,))
        levels = torch.cat([levels, len(self.sigmas) - 1 - levels])[: batch.num_graphs]
        sigma = self.sigmas.to(batch.pos)[levels.to(batch.batch)][batch.batch].unsqueeze(-1)
        guide = batch.pos if self.stage.guide else None
        total = self.loss(batch, sigma, torch.randn_like(batch.pos), guide)
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.stage.training.clip_norm)
        for optimizer in self.optimizers:
            optimizer.step()
        return float(total.detach())

    def loss(self, batch: Batch, sigma: Tensor, noise: Tensor,
             guide: Tensor | None = None) -> Tensor:
        """The weighted losses of both branches  # (N, 1), (N, 3) -> ()"""
        noisy = batch.pos + sigma * noise
        kinds = extended_kinds(batch.num_nodes, batch.edge_index, batch.edge_type)
        edge, kind = edges_of_batch(kinds, noisy, batch.batch,
                                    self.stage.backbone.cutoff_angstrom)
        target = pair_distances(batch.pos, edge) - pair_distances(noisy, edge)
        target = target.unsqueeze(-1) / sigma[edge[0]]
        scores = self.network(batch.numbers, noisy, edge, kind, guide)
        weights = (self.stage.process.global_weight, self.stage.process.local_weight)
        total = noisy.new_zeros(())
        for score, chosen, weight in zip(scores, (kind == 0, kind > 0), weights, strict=True):
            error = node_vectors(noisy, edge[:, chosen], score - target[chosen])
            total = total + weight * error.square().sum(-1).mean()
        return total
