"""Coverage (COV) and matching (MAT) of one molecule, recall and precision.

Definitions: models.md 5.1, as GeoDiff's and MSGEN's evaluation. For RMSDs of C references (rows)
to S samples (columns): COV-R(delta) = share of references whose nearest sample lies within delta
(<=), MAT-R = mean over references of the distance to the nearest sample; COV-P and MAT-P the same
with references and samples exchanged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline_src.run.errors import InputError

_DIGITS = 10  # thresholds are rounded so that fifteen steps of 0.05 Å are 0.75 Å


@dataclass(frozen=True, eq=False)
class CoverageMatching:
    """COV in % per threshold and MAT in Å of one molecule.

    Attributes:
        cov_r: recall: references covered by samples, %, float64  # (D,)
        mat_r: mean distance of a reference to its nearest sample, Å
        cov_p: precision: samples covered by references, %, float64  # (D,)
        mat_p: mean distance of a sample to its nearest reference, Å
    """

    cov_r: np.ndarray
    mat_r: float
    cov_p: np.ndarray
    mat_p: float


def coverage_matching(rmsd: np.ndarray, deltas: Sequence[float]) -> CoverageMatching:
    """COV at every threshold of ``deltas`` and MAT.

    Args:
        rmsd: Å, finite  # (C, S)
        deltas: thresholds in Å  # D of them

    Raises:
        InputError: no reference, no sample, or an RMSD that is not finite.
    """
    if rmsd.ndim != 2 or not rmsd.size:
        raise InputError("rmsd", rmsd.shape, "shape (C, S) with at least one of each")
    if not np.isfinite(rmsd).all():
        raise InputError("rmsd", "NaN or infinity", "finite RMSDs", "Leave failed conformers out.")
    of_references, of_samples = rmsd.min(axis=1), rmsd.min(axis=0)
    return CoverageMatching(_coverage(of_references, deltas), float(of_references.mean()),
                            _coverage(of_samples, deltas), float(of_samples.mean()))


def _coverage(nearest: np.ndarray, deltas: Sequence[float]) -> np.ndarray:
    within = nearest[None, :] <= np.asarray(deltas, dtype=np.float64)[:, None]  # (D, C or S)
    return 100.0 * within.mean(axis=1)


def threshold_grid(step: float, stop: float, extra: Sequence[float] = ()) -> list[float]:
    """Sorted thresholds step, 2 step, ... up to ``stop`` (included), and ``extra``, in Å."""
    count = int(np.floor(stop / step + 1e-9))
    grid = [round((k + 1) * step, _DIGITS) for k in range(count)]
    return sorted({*grid, *(round(float(delta), _DIGITS) for delta in extra)})
