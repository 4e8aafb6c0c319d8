"""Annealed Langevin dynamics for the copies of one molecule, both branches at every step."""

import torch
from torch import Tensor

from benchmarks.baseline.edges import edges_of_copies, extended_kinds
from benchmarks.baseline.network import PlainNetwork, node_vectors
from pipeline_src.ensembles.molecule import Molecule
from pipeline_src.run.settings.samplers import Langevin


class PlainWalk:
    """Steps of S copies of one molecule.

    Args:
        network: with weights.
        molecule: atoms and bonds of the stage's level.
        copies: S.
        settings: bounds and weights of the sampler.
        cutoff: Å.
        guide: guide positions, Å, or None  # (S N, 3)

    The walk runs where the network is.
    """

    def __init__(self, network: PlainNetwork, molecule: Molecule, copies: int,
                 settings: Langevin, cutoff: float, guide: Tensor | None = None):
        self.network, self.settings, self.cutoff, self.guide = network, settings, cutoff, guide
        self.n_atoms = molecule.n_atoms
        device = next(network.parameters()).device
        self.kinds = extended_kinds(molecule.n_atoms, torch.from_numpy(molecule.bonds).T,
                                    torch.from_numpy(molecule.orders)).to(device)
        self.numbers = torch.from_numpy(molecule.numbers).repeat(copies).to(device)

    def step(self, pos: Tensor, sigma: float, step_size: float, noise: Tensor) -> Tensor:
        """Positions at the next level, centred  # (S N, 3)

        Args:
            sigma: the noise level, Å.
            step_size: at sigma = 0.01 Å.
            noise: standard normal vectors  # (S N, 3)

        Raises:
            FloatingPointError: a position is not a number.
        """
        edge, kind = edges_of_copies(self.kinds, pos, self.cutoff)
        far, local = self.network(self.numbers, pos, edge, kind, self.guide)
        drift = bounded(node_vectors(pos, edge[:, kind > 0], local), self.settings.clip_local)
        wide = bounded(node_vectors(pos, edge[:, kind == 0], far), self.settings.clip_global)
        if sigma < self.settings.global_start_sigma:
            drift = drift + self.settings.global_weight * wide
        size = step_size * (sigma / 0.01) ** 2
        pos = pos + size / sigma * drift + (2 * size) ** 0.5 * noise
        if torch.isnan(pos).any():
            raise FloatingPointError("a position is not a number")
        copies = pos.view(-1, self.n_atoms, 3)
        return (copies - copies.mean(dim=1, keepdim=True)).view(-1, 3)


def bounded(vectors: Tensor, bound: float | None) -> Tensor:
    """Vectors no longer than ``bound``  # (N, 3)"""
    if bound is None:
        return vectors
    length = vectors.norm(dim=-1, keepdim=True)
    return torch.where(length > bound, vectors * (bound / length), vectors)
