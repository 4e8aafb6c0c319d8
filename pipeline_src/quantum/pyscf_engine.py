"""PySCF behind the interface of orbitals: a second program for the numbers that Psi4 gives."""

import numpy as np
import pyscf
from pyscf import dft, gto, lib, scf

from pipeline_src.ensembles import Molecule
from pipeline_src.quantum.single_point import THREADS, Result, unsound
from pipeline_src.run.settings.quantum_check import SinglePointLevel

# Psi4's name -> PySCF's. B3LYP comes with two fits of Vosko, Wilk and Nusair to the uniform
# electron gas; water's energy differs by 0.037 hartree between them. Psi4's `b3lyp` is libxc's
# HYB_GGA_XC_B3LYP, that of Gaussian: the random phase approximation (VWN_RPA; "VWN3" in
# PySCF's and others' words). PySCF's `b3lyp` was the one with VWN5 before 2.3 and can be made so
# again by its configuration; `b3lypg` is libxc's 402, the same HYB_GGA_XC_B3LYP, in every version
# (pyscf/dft/libxc.py: XC_CODES and the note on B3LYP_WITH_VWN5).
FUNCTIONALS = {"b3lyp": "b3lypg"}
# What PySCF raises for a basis set without the element, a charge that leaves an odd electron, an
# SCF that breaks down; every one becomes a row's reason.
_FAILURES = (RuntimeError, ValueError, KeyError, AssertionError, MemoryError,
             np.linalg.LinAlgError)


class PySCF:
    """The engine ``pyscf``: RHF or RKS in this process, one thread, every integral.

    Density fitting is off unless asked for, so integrals are exact. ``cart`` makes functions of d
    Cartesian, as 6-31G* is defined. The grid is Treutler's and Ahlrichs' radial one times
    Lebedev's, with Becke's partition, as Psi4's; nothing is pruned.
    """

    def __init__(self, settings: SinglePointLevel):
        self.settings = settings
        self.version = pyscf.__version__
        self.identity = ["pyscf", self.version, settings.model_dump(mode="json")]

    def orbitals(self, molecule: Molecule, positions: np.ndarray) -> Result:
        """Energy, HOMO and LUMO; see ``OrbitalEngine``. The clock is not looked at."""
        reason = unsound(molecule.numbers, molecule.charges, positions)
        if reason:
            return Result(reason=reason)
        with lib.with_omp_threads(THREADS):
            try:
                return self._solved(molecule, positions)
            except _FAILURES as error:
                lines = str(error).splitlines() or [""]
                return Result(reason=f"{type(error).__name__}: {lines[0]}")

    def _solved(self, molecule: Molecule, positions: np.ndarray) -> Result:
        field = self._field(molecule, positions)
        energy = float(field.kernel())
        if not field.converged:
            return Result(reason=f"SCF not converged in {self.settings.scf.cycles} cycles")
        occupied = field.mol.nelectron // 2
        if occupied >= len(field.mo_energy):
            return Result(reason=f"no empty orbital in basis {self.settings.basis}")
        return Result(energy, *map(float, field.mo_energy[occupied - 1:occupied + 1]))

    def _field(self, molecule: Molecule, positions: np.ndarray) -> scf.hf.SCF:
        """RHF or RKS of the molecule, not yet solved."""
        settings = self.settings
        atoms = list(zip(molecule.numbers.tolist(), positions.astype(float).tolist(), strict=True))
        mol = gto.M(atom=atoms, unit="Angstrom", basis=settings.basis, cart=True, verbose=0,
                    charge=int(molecule.charges.sum()), max_memory=settings.memory_mb)
        if settings.method == "hf":
            field = scf.RHF(mol)
        else:
            field = dft.RKS(mol, xc=FUNCTIONALS[settings.method])
            field.grids.atom_grid = (settings.scf.radial_points, settings.scf.angular_points)
            field.grids.prune = None
        field.conv_tol, field.conv_tol_grad = settings.scf.energy_hartree, settings.scf.gradient
        field.max_cycle = settings.scf.cycles
        return field
