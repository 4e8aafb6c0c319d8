"""What ``check_quantum`` compares: conformers, levels of theory, both programs' SCF, limits."""

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline_src.run.settings.base import Settings


class CheckedLevel(Settings):
    """A level of theory, and how far two programs may be apart at it."""

    method: Literal["hf", "b3lyp"]
    basis: str
    energy_limit_hartree: PositiveFloat = Field(description="largest difference of total energies")

    @property
    def name(self) -> str:
        """As in the tables: hf/6-31g**."""
        return f"{self.method}/{self.basis}"


class ExactScf(Settings):
    """An SCF that two programs can do alike: every integral, one grid, tight convergence.

    The grid is Psi4's own default, which the property task has with B3LYP: 75 radial points times
    Lebedev's 302, none pruned away.
    """

    energy_hartree: PositiveFloat = Field(1e-10, description="last change of the energy")
    density: PositiveFloat = Field(1e-8, description="Psi4: RMS of the orbital gradient")
    gradient: PositiveFloat = Field(1e-6, description="PySCF: norm of the orbital gradient")
    integrals: PositiveFloat = Field(1e-12, description="Psi4 leaves out smaller ones")
    radial_points: PositiveInt = Field(75, description="shells of the grid around an atom")
    angular_points: PositiveInt = Field(302, description="points of a shell, of Lebedev's grids")
    cycles: PositiveInt = Field(100, description="SCF cycles at most")


class SinglePointLevel(Settings):
    """What an engine of orbitals is made from."""

    method: Literal["hf", "b3lyp"]
    basis: str
    scf: ExactScf = ExactScf()
    memory_mb: PositiveInt = Field(2000, description="what the program may use")
    timeout_s: PositiveInt = Field(3600, description="a conformer, for Psi4 only")


class QuantumCheck(Settings):
    """The comparison of Psi4 with PySCF."""

    dataset: str = Field("mini_qm9_geodiff", description="shipped ensembles at GFN2-xTB")
    smallest: PositiveInt = Field(9, description="atoms")
    largest: PositiveInt = Field(18, description="atoms")
    conformers: PositiveInt = Field(20, description="one of each molecule chosen")
    levels: tuple[CheckedLevel, ...] = Field((
        CheckedLevel(method="hf", basis="6-31g**", energy_limit_hartree=1e-5),
        CheckedLevel(method="b3lyp", basis="6-31g*", energy_limit_hartree=1e-4)), min_length=1)
    gap_limit_ev: PositiveFloat = Field(0.005, description="largest difference of gaps")
    scf: ExactScf = ExactScf()
    memory_mb: PositiveInt = Field(2000, description="what either program may use")
    timeout_s: PositiveInt = Field(3600, description="a conformer, for Psi4 only")

    def single_points(self, level: CheckedLevel) -> SinglePointLevel:
        """What the engines are given for ``level``."""
        return SinglePointLevel(method=level.method, basis=level.basis, scf=self.scf,
                                memory_mb=self.memory_mb, timeout_s=self.timeout_s)
