"""Which conformers are best."""

import numpy as np
import pytest

from pipeline_src.ensembles.selection import best_conformers

WEIGHTS, ENERGIES = np.array([0.1, 0.4, 0.1, 0.4]), np.array([-1.0, -1.0, -3.0, -2.0])


@pytest.mark.parametrize("weights, energies, most, kept", [
    (WEIGHTS, ENERGIES, 1, [1]), (WEIGHTS, ENERGIES, 3, [0, 1, 3]), (None, ENERGIES, 3, [0, 2, 3]),
    (None, None, 3, [0, 1, 2]), (WEIGHTS, ENERGIES, None, [0, 1, 2, 3]),
    (None, ENERGIES, 9, [0, 1, 2, 3])])
def test_weight_then_energy_then_place(weights, energies, most, kept):
    assert best_conformers(weights, energies, 4, most).tolist() == kept
