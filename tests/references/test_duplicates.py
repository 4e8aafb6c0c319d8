"""Rotational constants by formula; which conformers are one."""

import numpy as np
import pytest

from pipeline_src.chem.duplicates import distinct, principal_moments, rotational_constants_ghz
from pipeline_src.run.settings.reference import Duplicates

MASS_H, MASS_C, MASS_O = 1.008, 12.011, 15.999  # RDKit's
GHZ = 505.379  # h / (8 pi² amu Å²): 16.857629 amu Å² cm-1 times c
ENERGIES = np.array([0.0, 0.01])


def water():
    bond, angle = 0.9572, np.radians(104.52)
    x, z = bond * np.sin(angle / 2), bond * np.cos(angle / 2)
    return np.array([8, 1, 1]), np.array([[[0, 0, 0], [x, 0, z], [-x, 0, z]]])


def test_water_by_formula():
    numbers, positions = water()
    x, z = positions[0, 1, 0], positions[0, 1, 2]
    reduced = MASS_O * 2 * MASS_H / (MASS_O + 2 * MASS_H)  # along the axis of symmetry
    along, across = reduced * z ** 2, 2 * MASS_H * x ** 2
    moments = sorted([along, across, along + across])
    assert principal_moments(numbers, positions)[0] == pytest.approx(moments, abs=1e-9)
    constants = rotational_constants_ghz(numbers, positions)[0]
    assert constants == pytest.approx(GHZ / np.array(moments), rel=1e-5)
    assert constants == pytest.approx([835.8, 435.4, 278.1], rel=0.03)  # measured (NIST CCCBDB)


def test_benzene_is_an_oblate_top_by_formula():
    angles = np.arange(6) * np.pi / 3
    ring = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    numbers, positions = np.array([6] * 6 + [1] * 6), np.concatenate([1.397 * ring, 2.481 * ring])
    moment = 6 * (MASS_C * 1.397 ** 2 + MASS_H * 2.481 ** 2)  # about the sixfold axis
    constants = rotational_constants_ghz(numbers, positions[None])[0]
    assert constants == pytest.approx(GHZ / np.array([moment / 2, moment / 2, moment]), rel=1e-5)


def test_linear_molecule_has_an_infinite_constant():
    constants = rotational_constants_ghz(
        np.array([8, 6, 8]), np.array([[[-1.16, 0, 0], [0, 0, 0], [1.16, 0, 0.0]]]))
    assert np.isinf(constants[0, 0])
    assert constants[0, 1] == pytest.approx(GHZ / (2 * MASS_O * 1.16 ** 2), rel=1e-5)


def turned(positions):
    """Turned by 40 degrees and moved."""
    c, s = np.cos(0.7), np.sin(0.7)
    return positions @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) + 3.0


@pytest.mark.parametrize("change", [turned, np.negative], ids=["moved", "mirror image"])
@pytest.mark.parametrize("smiles", ["CCCCO", "O=CO", "C#C", "O"])
def test_moved_and_mirrored_conformers_are_one(embedded, smiles, change):
    molecule, (one,) = embedded(smiles)
    both = np.stack([one, change(one)])
    assert distinct(molecule, both, ENERGIES[::-1], Duplicates()).tolist() == [1]


def test_conformers_of_other_shape_or_other_energy_stay(embedded):
    molecule, conformers = embedded("OCCO", 2)
    assert distinct(molecule, conformers, ENERGIES, Duplicates()).tolist() == [0, 1]
    twice = np.stack([conformers[0]] * 2)
    assert distinct(molecule, twice, np.array([1.0, 0.0]), Duplicates()).tolist() == [1, 0]


def test_hydroxyl_turned_is_another_conformer_and_equal_atoms_exchanged_are_not(embedded):
    molecule, (one,) = embedded("OC1CC1")
    oxygen = int(np.flatnonzero(molecule.numbers == 8)[0])
    ring = one[oxygen + 1]
    axis = (one[oxygen] - ring) / np.linalg.norm(one[oxygen] - ring)
    hydrogen = next(int(b.sum()) - oxygen for b in molecule.bonds
                    if oxygen in b and molecule.numbers[b.sum() - oxygen] == 1)
    arm, other = one[hydrogen] - one[oxygen], one.copy()
    other[hydrogen] = one[oxygen] + 2 * (arm @ axis) * axis - arm  # half a turn
    rule = Duplicates(rotational_constant=1e-6)  # so that positions decide
    assert len(distinct(molecule, np.stack([one, other]), ENERGIES, rule)) == 2
    swapped = one.copy()
    swapped[[2, 3]] = one[[3, 2]]  # the two CH2 of the ring
    assert len(distinct(molecule, np.stack([one, swapped]), ENERGIES, rule)) == 1
