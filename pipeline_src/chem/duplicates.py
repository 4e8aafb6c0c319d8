"""Which optimised conformers are one and the same, as CREST decides it (its CREGEN procedure).

Source: Pracht, Bohle and Grimme, PCCP 2020, 22, 7169. Conformers whose energies agree are one if
their rotational constants do too (identical, mirror images, or rotamers that only exchange equal
atoms) or if they superpose.
"""

import numpy as np
from rdkit import Chem

from pipeline_src.chem.rmsd import mapped_rmsd
from pipeline_src.chem.symmetry import SymmetryMappings, symmetry_mappings
from pipeline_src.ensembles import Molecule
from pipeline_src.run.settings.reference import Duplicates

GHZ_AMU_ANGSTROM2 = 505.3790  # h / (8 pi² I): CODATA 2018
NO_MOMENT = 0.05  # amu Å²; below it a moment is that of a linear molecule about its axis
MAX_MATCHES = 10_000
_HELIUM = 2  # stands for a counted hydrogen: RMSDs are over all atoms heavier than hydrogen


def principal_moments(numbers: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Principal moments of inertia in amu Å², ascending, with average masses  # (C, 3)

    Args:
        numbers: atomic numbers  # (N,)
        positions: Å  # (C, N, 3)
    """
    table = Chem.GetPeriodicTable()
    masses = np.array([table.GetAtomicWeight(int(z)) for z in numbers])
    p = np.asarray(positions, dtype=np.float64)
    p = p - np.average(p, axis=1, weights=masses)[:, None]
    spread = np.einsum("n,cnx,cny->cxy", masses, p, p)
    inertia = np.trace(spread, axis1=1, axis2=2)[:, None, None] * np.eye(3) - spread
    return np.maximum(np.linalg.eigvalsh(inertia), 0.0)


def rotational_constants_ghz(numbers: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Rotational constants A >= B >= C in GHz; A of a linear molecule is infinite  # (C, 3)"""
    moments = principal_moments(numbers, positions)
    with np.errstate(divide="ignore"):
        return GHZ_AMU_ANGSTROM2 / np.where(moments < NO_MOMENT, 0.0, moments)


class DistinctConformers:
    """The distinct ones of the conformers added so far; of those that are one the first stays.

    Args:
        molecule: the graph.
        rule: when two are one.
    """

    def __init__(self, molecule: Molecule, rule: Duplicates):
        self.molecule, self.rule, self.nearness = molecule, rule, Nearness(molecule)
        self.positions: list[np.ndarray] = []
        self.moments: list[np.ndarray] = []
        self.energies_kcal_mol: list[float] = []

    def add(self, positions: np.ndarray, energy_kcal_mol: float) -> bool:
        """Whether the conformer is new; then it is one of them from now on  # (N, 3)"""
        moments = principal_moments(self.molecule.numbers, positions[None])[0]
        near = [k for k, energy in enumerate(self.energies_kcal_mol)
                if abs(energy_kcal_mol - energy) <= self.rule.energy_kcal_mol]
        if any(self._same_moments(moments, self.moments[k]) for k in near):
            return False
        references = np.array([self.positions[k] for k in near])
        if near and self.nearness.rmsd(references, positions).min() <= self.rule.rmsd_angstrom:
            return False
        self.positions.append(positions)
        self.moments.append(moments)
        self.energies_kcal_mol.append(energy_kcal_mol)
        return True

    def _same_moments(self, a: np.ndarray, b: np.ndarray) -> bool:
        """Whether all three agree; constants and moments have the same relative differences."""
        allowed = self.rule.rotational_constant * np.maximum(a, b) + NO_MOMENT
        return bool((np.abs(a - b) <= allowed).all())


def distinct(molecule: Molecule, positions: np.ndarray, energies_kcal_mol: np.ndarray,
             rule: Duplicates) -> np.ndarray:
    """Indices of the distinct conformers, lowest energy first; of equal ones the lowest  # (K,)

    Args:
        molecule: the graph.
        positions: Å  # (C, N, 3)
        energies_kcal_mol: on any zero  # (C,)
        rule: when two are one.
    """
    found = DistinctConformers(molecule, rule)
    order = np.argsort(energies_kcal_mol, kind="stable").tolist()
    return np.array([c for c in order if found.add(positions[c], float(energies_kcal_mol[c]))],
                    dtype=np.int64)


class Nearness:
    """RMSDs over heavy atoms and hydrogens on N, O and S, with symmetry and mirror images.

    Hydrogens on carbon follow their carbon, or turn as methyl groups do, into themselves; those on
    N, O and S make conformers.
    """

    def __init__(self, molecule: Molecule):
        counted = _with_polar_hydrogens(molecule)
        self.mappings: SymmetryMappings = symmetry_mappings(counted, True, MAX_MATCHES)

    def rmsd(self, references: np.ndarray, one: np.ndarray) -> np.ndarray:
        """RMSDs in Å of the references to one conformer or its mirror image  # (C, N, 3) -> (C,)"""
        return mapped_rmsd(self.mappings, references, np.stack([one, -one])).min(axis=1)


def _with_polar_hydrogens(molecule: Molecule) -> Molecule:
    numbers = molecule.numbers.copy()
    for i, j in molecule.bonds.tolist():
        for hydrogen, other in ((i, j), (j, i)):
            if molecule.numbers[hydrogen] == 1 and molecule.numbers[other] in (7, 8, 16):
                numbers[hydrogen] = _HELIUM
    return Molecule(molecule.id, "", numbers, molecule.charges, molecule.bonds, molecule.orders)
