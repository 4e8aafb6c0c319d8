"""Real Psi4: known energies, repeatability, and failures as reasons."""

import numpy as np
import pytest
from water_molecule import WATER

from pipeline_src.quantum.single_point import single_point

NUMBERS, NEUTRAL = np.array([8, 1, 1]), np.zeros(3, dtype=np.int64)
pytestmark = pytest.mark.psi4


def test_water_has_the_energy_another_program_gives(properties, tmp_path):
    """PySCF 2 (RHF, 6-31G** Cartesian, density fitting cc-pVDZ-JKFIT) at this very geometry."""
    result = single_point(NUMBERS, NEUTRAL, WATER, properties, tmp_path)
    assert result.reason == ""
    assert result.energy_hartree == pytest.approx(-76.023092, abs=1e-6)
    assert result.homo_hartree == pytest.approx(-0.49712, abs=2e-5)
    assert result.lumo_hartree == pytest.approx(0.21199, abs=2e-5)
    assert result.gap_ev == pytest.approx(27.211386 * (0.49712 + 0.21199), abs=1e-3)
    assert list(tmp_path.iterdir()) == []  # no scratch file stays


def test_same_again_and_moved_molecule_same_energy(properties):
    turn = np.array([[0, -1, 0], [0.6, 0, -0.8], [0.8, 0, 0.6]], dtype=np.float32)
    first = single_point(NUMBERS, NEUTRAL, WATER, properties)
    again = single_point(NUMBERS, NEUTRAL, WATER, properties)
    moved = single_point(NUMBERS, NEUTRAL, WATER @ turn.T + 3, properties)
    assert first.energy_hartree == pytest.approx(again.energy_hartree, abs=1e-10)
    assert first.energy_hartree == pytest.approx(moved.energy_hartree, abs=1e-6)
    assert first.homo_hartree < first.lumo_hartree


def test_charge_reaches_psi4(properties):
    hydroxide = single_point(NUMBERS[:2], np.array([-1, 0]), WATER[:2], properties)
    assert hydroxide.reason == ""
    assert -75.5 < hydroxide.energy_hartree < -75.2  # OH-, far from OH+ (-74.9)


@pytest.mark.parametrize(("change", "word"), [
    ({"basis": "6-31g-of-nowhere"}, "BasisSetNotFound"),
    ({"method": "hff"}, "ValidationError"),
])
def test_what_psi4_refuses_is_a_reason(properties, change, word):
    result = single_point(NUMBERS, NEUTRAL, WATER, properties.model_copy(update=change))
    assert result.reason.startswith(word)
    assert "\n" not in result.reason
    assert (result.energy_hartree, result.gap_ev) == (None, None)


def test_iodine_is_not_in_the_basis(properties):
    positions = np.array([[0, 0, 0], [0, 0, 1.61]], dtype=np.float32)
    result = single_point(np.array([53, 1]), NEUTRAL[:2], positions, properties)
    assert result.reason.startswith("BasisSetNotFound")
    assert "I" in result.reason


def test_no_empty_orbital_is_a_reason(properties):
    minimal = properties.model_copy(update={"basis": "sto-3g"})
    result = single_point(np.array([2]), NEUTRAL[:1], WATER[:1], minimal)  # helium, one orbital
    assert result.reason == "ValueError: no empty orbital in basis sto-3g"
