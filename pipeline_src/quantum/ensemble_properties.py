"""Properties of an ensemble: plain means and extremes over its conformers."""

import numpy as np

from pipeline_src.run.errors import InputError
from pipeline_src.run.units import HARTREE_TO_EV


def ensemble_properties(energies_hartree: np.ndarray, gaps_ev: np.ndarray) -> dict[str, float]:
    """The five quantities of the property task, in eV.

    Every conformer counts the same: the paper's task has no Boltzmann weights (models.md 5.3).

    Args:
        energies_hartree: total energies  # (C,)
        gaps_ev: HOMO-LUMO gaps  # (C,)

    Raises:
        InputError: no conformer, arrays of different length, or a value that is not finite.
    """
    energies, gaps = (np.asarray(v, dtype=np.float64) for v in (energies_hartree, gaps_ev))
    if energies.ndim != 1 or energies.shape != gaps.shape or not len(energies):
        raise InputError("ensemble properties", f"{energies.shape} and {gaps.shape}",
                         "an energy and a gap for each of at least one conformer")
    if not (np.isfinite(energies).all() and np.isfinite(gaps).all()):
        raise InputError("ensemble properties", "NaN or infinity", "finite energies and gaps")
    return {
        "e_mean": float(energies.mean() * HARTREE_TO_EV),
        "e_min": float(energies.min() * HARTREE_TO_EV),
        "gap_mean": float(gaps.mean()),
        "gap_min": float(gaps.min()),
        "gap_max": float(gaps.max()),
    }
