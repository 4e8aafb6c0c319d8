"""Flow matching from a prior to the data along noisy straight lines (models.md 3.3).

Hassan, Shenoy et al., ET-Flow, NeurIPS 2024, arXiv:2410.22388; Lipman et al., ICLR 2023,
arXiv:2210.02747; Albergo, Vanden-Eijnden, ICLR 2023, arXiv:2209.15571.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.graphs.alignment import align
from pipeline_src.graphs.centering import centre, graph_means
from pipeline_src.graphs.noise import StepNoise
from pipeline_src.graphs.pairs import safe_norm
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.processes.priors import PRIORS
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings import processes as process_settings

EDGE = 1e-4  # training times lie between this and one minus this


class FlowMatching:
    """x_t = t x_1 + (1 - t) x_0 + s sqrt(t (1 - t)) e; networks predict its derivative by t.

    x_0 is the prior's, x_1 the data, e standard normal, all centred; time runs from 0 to 1.

    Attributes:
        needs: what the backbone must predict.
        mean_over: what its loss is a mean over.
    """

    needs = "velocity"
    mean_over = "graphs"

    def __init__(self, settings: process_settings.FlowMatching):
        self.settings, self.bridge_sigma = settings, settings.bridge_sigma
        self._prior = PRIORS[settings.prior]

    def draw_times(self, n_graphs: int, uniforms: Tensor) -> Tensor:
        """One time a graph in antithetic pairs t, 1 - t, float32  # (G,)

        Args:
            uniforms: numbers in [0, 1), one a pair  # (ceil(G / 2),)
        """
        if 2 * len(uniforms) not in (n_graphs, n_graphs + 1):
            raise InputError("uniforms", len(uniforms), f"{(n_graphs + 1) // 2} numbers")
        drawn = EDGE + (1 - 2 * EDGE) * uniforms
        return torch.cat([drawn, 1 - drawn])[:n_graphs]

    def prior(self, batch: Data, noise: StepNoise, guide: Tensor | None = None) -> Tensor:
        """Start of sampling, Å, each graph centred  # (N, 3)"""
        return self._prior(batch, noise.atoms(Purpose.PRIOR))

    def towards(self, batch: Data, start: Tensor, goal: Tensor) -> Tensor:
        """``start``, turned onto ``goal`` if the settings say so  # (N, 3)"""
        if not self.settings.aligned:
            return start
        return align(start, goal, batch.batch, batch.num_graphs)

    def path(self, start: Tensor, end: Tensor, time: Tensor,
             noise: Tensor) -> tuple[Tensor, Tensor]:
        """Position at a time and its derivative by time  # (N, 3), (N, 3)

        Args:
            start: x_0, Å  # (N, 3)
            end: x_1, Å  # (N, 3)
            time: strictly between 0 and 1 unless the bridge has no noise  # (N,)
            noise: e  # (N, 3)
        """
        t = time.to(end.dtype).unsqueeze(-1)
        pos, velocity = t * end + (1 - t) * start, end - start
        if self.bridge_sigma:
            root = (t * (1 - t)).sqrt()
            pos = pos + self.bridge_sigma * root * noise
            velocity = velocity + self.bridge_sigma * (1 - 2 * t) / (2 * root) * noise
        return pos, velocity

    def loss(self, backbone: Callable, batch: Data, pos: Tensor, time: Tensor, noise: StepNoise,
             guide: Tensor | None = None) -> dict[str, Tensor]:
        """Length of the velocity's error, mean over atoms, then over molecules, as 'all'.

        Args:
            backbone: a ``Backbone`` that predicts velocities.
            batch: stage graphs.
            pos: clean positions, Å  # (N, 3)
            time: of each atom, between 0 and 1  # (N,)
            noise: random vectors of the training step.
            guide: guide positions, Å, or None  # (N, 3)
        """
        graph, count = batch.batch, batch.num_graphs
        end = centre(pos, graph, count)
        start = self.towards(batch, self.prior(batch, noise), end)
        bridge = centre(noise.atoms(Purpose.FORWARD), graph, count)
        here, velocity = self.path(start, end, time, bridge)
        # where an atom's time is its own, the middle moves too, which no network can say
        error = backbone(batch, here, time, guide).vectors - centre(velocity, graph, count)
        return {"all": graph_means(safe_norm(error).unsqueeze(-1), graph, count).mean()}
