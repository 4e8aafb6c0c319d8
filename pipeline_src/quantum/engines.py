"""What engines are: of minima (geometry optimisations) and of orbitals (single points)."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pipeline_src.ensembles import Molecule
from pipeline_src.quantum.single_point import Result


@dataclass(frozen=True, eq=False)
class Optimised:
    """What became of one conformer; the arrays are None when ``reason`` says why it failed.

    Attributes:
        positions: Å, float32, as they are stored  # (N, 3)
        energy_hartree: of these positions.
        reason: '' or why there is no result.
        of_machine: the reason lies with the machine (a time limit, a kill), not the conformer.
    """

    positions: np.ndarray | None = None
    energy_hartree: float | None = None
    reason: str = ""
    of_machine: bool = False


class Engine(Protocol):
    """A level of theory on this machine, made from its settings.

    Attributes:
        label: level of theory, for manifests; part of what identifies a finished ensemble.
        version: of the program.
    """

    label: str
    version: str

    def optimise(self, molecule: Molecule, positions: np.ndarray, level: str,
                 seconds: float) -> Optimised:
        """The minimum downhill of ``positions`` (N, 3) at convergence ``level``.

        ``seconds`` is a safety net. The molecule's charge is the sum of its formal charges, and it
        is a closed shell.
        """

    def single_point(self, molecule: Molecule, positions: np.ndarray) -> Optimised:
        """The energy of ``positions`` (N, 3) as they are."""


class OrbitalEngine(Protocol):
    """A level of theory with orbitals, made from a ``SinglePointLevel``.

    Attributes:
        version: of the program.
        identity: all that a result depends on beside the conformer, as JSON can write it.
    """

    version: str
    identity: list

    def orbitals(self, molecule: Molecule, positions: np.ndarray) -> Result:
        """Energy, HOMO and LUMO of ``positions`` (N, 3) as they are: a closed shell in vacuum."""
