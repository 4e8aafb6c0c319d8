"""What processes of numbered noise levels share: sigmas of atoms and pairs, and times."""

import numpy as np
import torch
from torch import Tensor

from pipeline_src.run.errors import InputError


class NoiseLevels:
    """Noise levels 0..T-1; a time is the index of a level.

    Args:
        sigmas: noise of each level, rising, Å, float64  # (T,)

    Attributes:
        sigmas: the same.
        n_levels: T.
    """

    def __init__(self, sigmas: np.ndarray):
        self.sigmas, self.n_levels = sigmas, len(sigmas)
        self._tables: dict[tuple, Tensor] = {}

    def sigma(self, time: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
        """Noise of each level index, Å  # (N,) -> (N,)"""
        place = (time.device, dtype)
        if place not in self._tables:  # one copy to each device
            self._tables[place] = torch.as_tensor(self.sigmas, dtype=dtype, device=time.device)
        return self._tables[place][time]

    def pair_sigma(self, time: Tensor, pair_index: Tensor, dtype: torch.dtype) -> Tensor:
        """Noise of pairs, Å; its square is the mean of both ends'  # (N,), (2, P) -> (P,)"""
        variance = self.sigma(time, dtype).square()
        return (0.5 * (variance[pair_index[0]] + variance[pair_index[1]])).sqrt()

    def draw_times(self, n_graphs: int, uniforms: Tensor) -> Tensor:
        """One level index a graph in antithetic pairs t, T - 1 - t, int64  # (G,)

        Args:
            uniforms: numbers in [0, 1), one a pair  # (ceil(G / 2),)
        """
        if 2 * len(uniforms) not in (n_graphs, n_graphs + 1):
            raise InputError("uniforms", len(uniforms), f"{(n_graphs + 1) // 2} numbers")
        drawn = (uniforms * self.n_levels).long().clamp(max=self.n_levels - 1)
        return torch.cat([drawn, self.n_levels - 1 - drawn])[:n_graphs]
