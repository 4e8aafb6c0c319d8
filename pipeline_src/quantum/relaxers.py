"""What a relaxer of samples is: from conformers as drawn to conformers downhill, with energies."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pipeline_src.ensembles import Molecule


@dataclass(frozen=True, eq=False)
class Relaxed:
    """What became of one conformer; ``positions`` are None when ``reason`` says why it failed.

    Attributes:
        positions: Å, float32, as they are stored  # (N, 3)
        before_hartree: energy as drawn; None where there is none.
        after_hartree: energy of ``positions``.
        converged: whether they are at a minimum, as the relaxer understands it.
        reason: '' or why there is no result.
    """

    positions: np.ndarray | None = None
    before_hartree: float | None = None
    after_hartree: float | None = None
    converged: bool = False
    reason: str = ""


class Relaxer(Protocol):
    """A level of theory on this machine, made from its settings.

    Attributes:
        label: level of theory, for provenance.
        version: of the program.
    """

    label: str
    version: str

    def relax(self, molecule: Molecule, positions: np.ndarray) -> Iterator[Relaxed]:
        """One result for each conformer, in order, each by itself; never one of higher energy.

        Args:
            molecule: of all atoms.
            positions: Å, finite, float32  # (C, N, 3)
        """


def not_uphill(start: np.ndarray, before_hartree: float, end: np.ndarray, after_hartree: float,
               converged: bool) -> Relaxed:
    """The lower one of start and end: a step of rounding must not count as a negative strain."""
    if after_hartree > before_hartree:
        return Relaxed(start, before_hartree, before_hartree, converged)
    return Relaxed(end, before_hartree, after_hartree, converged)
