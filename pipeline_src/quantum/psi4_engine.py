"""Psi4 behind the interface of orbitals, with every integral: what can be compared with another."""

import numpy as np

from pipeline_src.ensembles import Molecule
from pipeline_src.quantum.find_psi4 import find_psi4
from pipeline_src.quantum.single_point import Result, psi4_level, single_point
from pipeline_src.run.settings.experiment import Properties
from pipeline_src.run.settings.quantum_check import SinglePointLevel


class Psi4:
    """The engine ``psi4``: as in the property task, but integrals are not fitted.

    ``scf_type pk`` computes every integral; the property task has Psi4's default ``df``. Functions
    of d are Cartesian by the basis sets' own files (puream false is said all the same), and
    ``B3LYP`` is libxc's HYB_GGA_XC_B3LYP (psi4/driver/procrouting/dft/libxc_functionals.py): the
    VWN of the random phase approximation, as Gaussian has it. See ``pyscf_engine`` for the other.
    By default no version prunes its grid (FLAT in 1.3, NONE later, and no name is known to both).

    Raises:
        InputError: no Psi4 on this machine.
    """

    def __init__(self, settings: SinglePointLevel):
        scf = settings.scf
        self._properties = Properties(
            dataset="", method=settings.method, basis=settings.basis,
            memory_mb=settings.memory_mb, timeout_s=settings.timeout_s)
        self.options = {
            "scf_type": "pk", "puream": False, "ints_tolerance": scf.integrals,
            "e_convergence": scf.energy_hartree, "d_convergence": scf.density,
            "maxiter": scf.cycles,
        }
        if settings.method != "hf":
            self.options |= {"dft_radial_points": scf.radial_points,
                             "dft_spherical_points": scf.angular_points}
        self.version = find_psi4()[1]
        self.identity = [*psi4_level(self._properties, self.version), self.options]

    def orbitals(self, molecule: Molecule, positions: np.ndarray) -> Result:
        """Energy, HOMO and LUMO; see ``OrbitalEngine``."""
        return single_point(molecule.numbers, molecule.charges, positions, self._properties,
                            options=self.options)
