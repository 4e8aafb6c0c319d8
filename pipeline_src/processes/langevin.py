"""Annealed Langevin dynamics, one step a noise level: GeoDiff's 'ld' (models.md 3.1)."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.graphs.noise import StepNoise
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.processes.clipping import clip_lengths
from pipeline_src.processes.schedules import CLEAN, visited_levels
from pipeline_src.processes.ve_diffusion import VEDiffusion
from pipeline_src.run.settings import samplers as sampler_settings

REFERENCE_SIGMA = 0.01  # Å; at this noise the step is ``step_size``
GEODIFF_STEP = 1e-6  # the paper's step, never shortened
LARGEST_CURVATURE_STEP = 1.0  # step times curvature of the stiffest mode; walks diverge at 2


class Langevin:
    """Steps r <- r + a eps / sigma + sqrt(2 a) z with a = step (sigma / 0.01)^2.

    The step is ``step_size``, T / n times as long if only n of the T levels are visited, so that
    the walk as a whole stays as long while the step is within its bounds. Steps longer than
    GeoDiff's are held within two: ``longest_step``, and a drift that moves no atom further than
    ``largest_move`` sigma. The second is for networks that do not see the noise level: a long step
    leaves less noise than they were trained on, they take it for a lower level and overshoot, the
    more the further out.
    """

    largest_curvature_step = LARGEST_CURVATURE_STEP

    def __init__(self, settings: sampler_settings.Langevin, process: VEDiffusion):
        self.settings, self.process = settings, process
        self.sigmas = process.schedule.sigmas
        skipped = len(self.sigmas) / (settings.steps or len(self.sigmas))
        self.step_size = skipped * settings.step_size

    def levels(self) -> list[tuple[int, int]]:
        """Pairs (t, t_next) from the noisiest level down; the last t_next is -1 (clean)."""
        visited = visited_levels(self.sigmas, self.settings.steps).tolist()
        return list(zip(visited, [*visited[1:], CLEAN], strict=True))

    @property
    def second_try(self) -> str:
        """What is done otherwise in a second try."""
        return f"with local clipping at {self.settings.retry_clip_local:g}"

    def advance(self, backbone: Callable, batch: Data, pos: Tensor, guide: Tensor | None,
                step: tuple[int, int], noise: Callable[[int], StepNoise], retry: bool) -> Tensor:
        """Positions at the next level, not centred; see ``Sampler``  # (N, 3)"""
        t, t_next = step
        eps = self.direction(
            backbone, batch, pos, torch.full_like(batch.numbers, t), guide, t,
            clip_local=self.settings.retry_clip_local if retry else None)
        drawn = self.noise(lambda level: noise(level).atoms(Purpose.STEP), t, t_next)
        return self.step(eps, pos, t, t_next, drawn, batch.ptr.diff()[batch.batch])

    def direction(
        self, backbone: Callable, batch: Data, pos: Tensor, time: Tensor, guide: Tensor | None,
        t: int, clip_local: float | None = None,
    ) -> Tensor:
        """The process's drift with this sampler's weights and bounds  # (N, 3)

        Args:
            t: the level as a number; far pairs count only below ``global_start_sigma``.
            clip_local: bound in place of the settings' one, for a second try.
        """
        chosen = self.settings
        return self.process.direction(
            backbone, batch, pos, time, guide,
            far=bool(self.sigmas[t] < chosen.global_start_sigma) and chosen.global_weight > 0,
            global_weight=chosen.global_weight, clip_global=chosen.clip_global,
            clip_local=chosen.clip_local if clip_local is None else clip_local,
        )

    def noise(self, draw: Callable[[int], Tensor], t: int, t_next: int) -> Tensor:
        """What ``step`` takes as its noise  # (N, 3)

        Args:
            draw: gives the standard normal vectors of a level, the same ones each time  # (N, 3)
        """
        return draw(t)

    def step(self, eps: Tensor, pos: Tensor, t: int, t_next: int, noise: Tensor,
             n_atoms: Tensor) -> Tensor:
        """Positions at the next level, not centred  # (N, 3)

        Args:
            eps: drift at level t  # (N, 3)
            noise: what ``noise`` gives for this step  # (N, 3)
            n_atoms: atoms of each atom's own graph  # (N,)
        """
        drift, spread = self.sizes(t, t_next, n_atoms)
        move = drift.unsqueeze(-1) * eps
        if self.step_size > GEODIFF_STEP:
            held = clip_lengths(move, self.settings.largest_move * float(self.sigmas[t]))
            longer = self.longest_step(n_atoms) > GEODIFF_STEP
            move = torch.where(longer.unsqueeze(-1), held, move)
        return pos + move + spread.unsqueeze(-1) * noise

    def sizes(self, t: int, t_next: int, n_atoms: Tensor) -> tuple[Tensor, Tensor]:
        """Factors of the drift and of the noise, Å  # (N,), (N,)"""
        sigma = float(self.sigmas[t])
        relative = self.longest_step(n_atoms).clamp(max=self.step_size) / REFERENCE_SIGMA**2
        return relative * sigma, (2 * relative).sqrt() * sigma

    def longest_step(self, n_atoms: Tensor) -> Tensor:
        """The longest step this sampler takes at sigma = 0.01, Å²  # (N,) -> (N,)"""
        return longest_step(n_atoms, self.largest_curvature_step)


def longest_step(n_atoms: Tensor, curvature_step: float = LARGEST_CURVATURE_STEP) -> Tensor:
    """The longest stable step at sigma = 0.01 of molecules of N atoms, Å²  # (N,) -> (N,)

    With the exact scores of all pairs, (d_clean - d) / sigma, the drift is linear near the clean
    distances, of curvature 2 R^T R / sigma^2, where R is the rigidity matrix of the pairs and the
    2 comes from ``project_pairs``. R^T R is bounded by the Laplacian of the graph of pairs, hence
    by N, so a step a has a 2 N / sigma^2 at most as its step times curvature. Held to
    ``curvature_step``, 1 for Langevin, that gives 1e-4 / (2 N); from 50 atoms on GeoDiff's own
    step. A global weight above 1 would raise the curvature in proportion; it is not regarded.
    """
    bound = curvature_step * REFERENCE_SIGMA**2 / (2 * n_atoms.to(torch.float32))
    return bound.clamp(min=GEODIFF_STEP)
