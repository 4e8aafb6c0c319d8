"""EBD's process: atoms slide to the centres of their fragments (models.md 3.4, 4.7).

Park and Shen, Equivariant Blurring Diffusion for Hierarchical Molecular Conformer Generation,
NeurIPS 2024, arXiv:2410.20255. Written from the equations. In MSGEN the upsampled guide takes the
place of the distance-geometry conformer that gives the centres.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.graphs.alignment import align
from pipeline_src.graphs.centering import centre
from pipeline_src.graphs.fragments import blurred
from pipeline_src.graphs.noise import StepNoise
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings import processes as process_settings


class Blurring:
    """x_t = (1 - t / T) x + (t / T) M x_f + noise, with x_f the guide's fragment centres.

    M† averages over the atoms of each fragment, M gives each atom its fragment's row. Networks
    predict x itself, in any pose: the loss superposes it. Times are t / T.

    Attributes:
        needs: what the backbone must predict.
        mean_over: what the loss is a mean over.
        n_levels: T.
    """

    needs = "positions"
    mean_over = "graphs"

    def __init__(self, settings: process_settings.Blurring):
        self.n_levels = settings.steps
        self.noise_angstrom = settings.noise_angstrom
        self.prior_noise_angstrom = settings.prior_noise_angstrom

    def draw_times(self, n_graphs: int, uniforms: Tensor) -> Tensor:
        """One time a graph, t / T with t in 1..T - 1, in pairs t, T - t, float32  # (G,)

        Args:
            uniforms: numbers in [0, 1), one a pair  # (ceil(G / 2),)
        """
        if 2 * len(uniforms) not in (n_graphs, n_graphs + 1):
            raise InputError("uniforms", len(uniforms), f"{(n_graphs + 1) // 2} numbers")
        last = self.n_levels - 1
        drawn = 1 + (uniforms * last).long().clamp(max=last - 1)
        return torch.cat([drawn, self.n_levels - drawn])[:n_graphs].float() / self.n_levels

    def perturb(self, batch: Data, pos: Tensor, guide: Tensor, time: Tensor,
                noise: Tensor) -> Tensor:
        """Blurred positions, in the frame that positions and guide share, Å  # (N, 3)"""
        share = time.to(pos).unsqueeze(-1)
        return torch.lerp(pos, blurred(guide, batch).to(pos), share) + (
            self.noise_angstrom * centre(noise, batch.batch, batch.num_graphs))

    def prior(self, batch: Data, noise: StepNoise, guide: Tensor | None = None) -> Tensor:
        """Start of sampling: the guide's fragment centres and a little noise, centred  # (N, 3)

        Raises:
            InputError: there is no guide.
        """
        centres = blurred(_given(guide), batch)
        start = centres + self.prior_noise_angstrom * noise.atoms(Purpose.PRIOR).to(centres)
        return centre(start, batch.batch, batch.num_graphs)

    def loss(
        self, backbone: Callable, batch: Data, pos: Tensor, time: Tensor, noise: StepNoise,
        guide: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """The squared error of the superposed prediction, summed over a graph's atoms, Å²

        The mean over graphs; 'all' is the one group. Gradients pass through the superposition.

        Args:
            backbone: a ``Backbone`` that predicts positions.
            batch: stage graphs.
            pos: clean positions, Å  # (N, 3)
            time: of each atom, t / T  # (N,)
            noise: random vectors of the training step.
            guide: guide positions in the same frame, Å  # (N, 3)

        Raises:
            InputError: there is no guide.
        """
        drawn = noise.atoms(Purpose.FORWARD)
        noisy = self.perturb(batch, pos, _given(guide), time, drawn)
        found = backbone(batch, noisy, time, guide).vectors
        error = align(found, pos, batch.batch, batch.num_graphs) - pos
        return {"all": error.square().sum() / batch.num_graphs}


def _given(guide: Tensor | None) -> Tensor:
    if guide is None:
        raise InputError("guide", "none", "a guide: blurring needs fragment centres",
                         "Give the stage a guide.")
    return guide
