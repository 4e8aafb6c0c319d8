"""Noise on the guide's source during training, so that a stage bears imperfect coarse samples.

Each part gives one sigma a graph; the noise itself is variance-exploding (D3). ``after`` says
where it goes: on the coarse positions before upsampling, or on the upsampled guide.
"""

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from pipeline_src.processes.schedules import sigmoid_schedule
from pipeline_src.run.settings import guides as guide_settings

BETA_START = 1e-7  # MSGEN paper, Table 7


class Augmentation(Protocol):
    """How much noise the coarse structure gets.

    Attributes:
        after: False: on the coarse positions; True: on all atoms of the upsampled guide.
    """

    after: bool

    def coarse_sigma(self, uniform: Tensor) -> Tensor:
        """Noise of each graph, Å, from a uniform number in [0, 1)  # (G,) -> (G,)"""


class NoAugmentation:
    """No noise."""

    after = False

    def __init__(self, settings: guide_settings.NoAugmentation):
        pass

    def coarse_sigma(self, uniform: Tensor) -> Tensor:
        """Zeros  # (G,)"""
        return torch.zeros_like(uniform)


class PaperAugmentation:
    """A level s drawn evenly from 1..max_step (1-based) of the coarse stage's schedule."""

    after = False

    def __init__(self, settings: guide_settings.PaperAugmentation):
        self.sigmas = _sigmas(settings.steps)[: settings.max_step]

    def coarse_sigma(self, uniform: Tensor) -> Tensor:
        """sigma_s of each graph, Å  # (G,)"""
        return _pick(self.sigmas, uniform)


class ReleasedAugmentation:
    """Any level of the whole schedule, on the upsampled guide, as the released code (D2, D3)."""

    after = True

    def __init__(self, settings: guide_settings.ReleasedAugmentation):
        self.sigmas = _sigmas(settings.steps)

    def coarse_sigma(self, uniform: Tensor) -> Tensor:
        """sigma_s of each graph, Å  # (G,)"""
        return _pick(self.sigmas, uniform)


class SigmaMaxAugmentation:
    """sigma even in [0, sigma_max]."""

    after = False

    def __init__(self, settings: guide_settings.SigmaMaxAugmentation):
        self.sigma_max = settings.sigma_max_angstrom

    def coarse_sigma(self, uniform: Tensor) -> Tensor:
        """sigma of each graph, Å  # (G,)"""
        return uniform * self.sigma_max


def _sigmas(steps: int) -> np.ndarray:
    return sigmoid_schedule(steps, BETA_START).sigmas


def _pick(sigmas: np.ndarray, uniform: Tensor) -> Tensor:
    """The level each uniform number falls on  # (G,)"""
    table = torch.as_tensor(sigmas, dtype=uniform.dtype, device=uniform.device)
    return table[(uniform * len(sigmas)).long().clamp(max=len(sigmas) - 1)]
