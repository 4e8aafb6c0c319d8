"""Which conformers of a molecule are kept where not all of them are wanted."""

import numpy as np

from pipeline_src.ensembles.ensemble import Ensemble


def sound_conformers(ensemble: Ensemble, most: int | None) -> np.ndarray:
    """Sorted indices of the best conformers that did not fail, ``most`` at most, int64  # (K,)"""
    sound = np.flatnonzero(ensemble.ok)
    weights, energies = (None if values is None else values[sound]
                         for values in (ensemble.weights, ensemble.energies_hartree))
    return sound[best_conformers(weights, energies, len(sound), most)]


def best_conformers(weights: np.ndarray | None, energies: np.ndarray | None, n_conformers: int,
                    most: int | None) -> np.ndarray:
    """Sorted indices of the ``most`` best: highest weight, else lowest energy, else first  # (K,)

    Args:
        weights: population weights, or None  # (C,)
        energies: any unit, or None; counts only without weights  # (C,)
        n_conformers: C.
        most: how many at most; None: all.
    """
    if weights is not None:
        rank = np.argsort(-weights, kind="stable")
    elif energies is not None:
        rank = np.argsort(energies, kind="stable")
    else:
        rank = np.arange(n_conformers)
    return np.sort(rank[:most])
