"""Guides from a source for training: each reference conformer's partner, laid over it.

EBD's pairing (models.md 3.4): a Hungarian assignment on the RMSD of fragment centres.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from pipeline_src.chem.superposition import superpose
from pipeline_src.ensembles import Ensemble, Hierarchy

NO_PARTNER = "the source made too few conformers"


def match_guides(references: np.ndarray, embedded: Ensemble, hierarchy: Hierarchy,
                 fragments: str) -> Ensemble:
    """The partner of each reference in its frame, all atoms superposed; without one NaN and reason.

    EBD turns the reference onto its partner, which is the same to a network that turns with it.

    Args:
        references: all atoms, Å  # (C, N, 3)
        embedded: conformers of the source, no more than one is given to a reference.
        hierarchy: with the level ``fragments``.
        fragments: the level whose beads are compared.
    """
    source = embedded.positions[embedded.ok]
    centres = [hierarchy.coarsen(np.asarray(x, dtype=np.float64), fragments)
               for x in (references, source)]
    rows, partners = linear_sum_assignment(pairwise_rmsd(*centres))
    positions = np.full(references.shape, np.nan, dtype=np.float32)
    for row, partner in zip(rows, partners, strict=True):
        positions[row] = laid_over(source[partner], references[row])
    matched = np.isin(np.arange(len(references)), rows)
    lacking = next((reason for reason in embedded.reasons if reason), NO_PARTNER)
    return Ensemble(hierarchy.molecule, positions,
                    reasons=tuple("" if found else lacking for found in matched))


def pairwise_rmsd(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """RMSD of each a with each b after superposition, Å  # (C, F, 3), (D, F, 3) -> (C, D)"""
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (a, b))
    overlap, _ = superpose(np.einsum("cfi,dfj->cdij", a, b))
    sizes = [np.square(x).sum(axis=(1, 2)) for x in (a, b)]
    squares = sizes[0][:, None] + sizes[1] - 2 * overlap
    return np.sqrt(np.maximum(squares, 0) / a.shape[1])


def laid_over(moving: np.ndarray, target: np.ndarray) -> np.ndarray:
    """``moving`` turned and shifted as near to ``target`` as can be, float64  # (N, 3)"""
    moving, target = np.asarray(moving, np.float64), np.asarray(target, np.float64)
    centre = target.mean(axis=0)
    shifted = moving - moving.mean(axis=0)
    _, rotation = superpose((target - centre).T @ shifted)
    return shifted @ rotation.T + centre
