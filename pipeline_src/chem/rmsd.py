"""Heavy-atom RMSD after optimal superposition, minimal over symmetry mappings; and alignment.

The least squared deviation of centred structures A and B is ``|A|^2 + |B|^2`` less twice the
overlap of ``superposition``. Agrees with RDKit's ``GetBestRMS`` on the same heavy atoms.
"""

from collections.abc import Callable

import numpy as np

from pipeline_src.chem.branch_search import best_in_branches
from pipeline_src.chem.superposition import UNSURE, overlaps, products, settle, superpose
from pipeline_src.chem.symmetry import SymmetryMappings, symmetry_mappings
from pipeline_src.ensembles import Molecule
from pipeline_src.run.errors import InputError

MAX_MATCHES = 1_000_000  # RDKit's default
_BLOCK = 4000  # superpositions held at once: about 2 MB, what a processor's cache takes
_SMALL = 0.1  # Å; below it the difference of large numbers gives way to that of rotated atoms


def rmsd_matrix(molecule: Molecule, reference: np.ndarray, generated: np.ndarray,
                symmetrize: bool, max_matches: int = MAX_MATCHES) -> np.ndarray:
    """RMSDs in Å of every reference to every generated conformer, float64  # (C, S)

    With more than ``max_matches`` mappings that are no products of branches the values are upper
    bounds, as in RDKit; call ``symmetry_mappings`` and ``mapped_rmsd`` to learn whether that is so.

    Args:
        molecule: the graph both belong to.
        reference: Å  # (C, N, 3)
        generated: Å  # (S, N, 3)
        symmetrize: conjugated terminal groups are equivalent.
        max_matches: symmetry mappings held at most.

    Raises:
        InputError: no heavy atom, or positions of a wrong shape or not finite.
    """
    mappings = symmetry_mappings(molecule, symmetrize, max_matches)
    return mapped_rmsd(mappings, _checked(molecule, reference), _checked(molecule, generated))


def mapped_rmsd(mappings: SymmetryMappings, reference: np.ndarray,
                generated: np.ndarray) -> np.ndarray:
    """As ``rmsd_matrix`` for mappings that are known already  # (C, S)"""
    a = _centred(reference[:, mappings.heavy])  # (C, N, 3)
    b = _centred(generated[:, mappings.heavy])  # (S, N, 3)
    if not a.size or not b.size:
        return np.empty((len(a), len(b)))
    overlap, maps = _best(mappings, a, b)
    squared = np.add.outer(_squared(a), _squared(b)) - 2 * overlap
    n_atoms = a.shape[1]
    c, s = np.nonzero(squared < n_atoms * _SMALL ** 2)
    if len(c):
        mapped = a[c[:, None], maps(c, s)]  # (P, N, 3)
        _, rotations = superpose(mapped.swapaxes(1, 2) @ b[s])
        squared[c, s] = _squared(mapped - b[s] @ rotations.swapaxes(1, 2))
    return np.sqrt(np.maximum(squared, 0) / n_atoms)


def align_onto(reference: np.ndarray, generated: np.ndarray, molecule: Molecule,
               symmetrize: bool, max_matches: int = MAX_MATCHES) -> np.ndarray:
    """All atoms of ``generated`` moved by the best heavy-atom superposition, float64  # (N, 3)

    Args:
        reference: Å  # (N, 3)
        generated: Å  # (N, 3)
        molecule, symmetrize, max_matches: as in ``rmsd_matrix``, which also says what is raised.
    """
    mappings = symmetry_mappings(molecule, symmetrize, max_matches)
    reference = _checked(molecule, reference[None])[:, mappings.heavy]
    generated = _checked(molecule, generated[None])[0]
    moving = generated[mappings.heavy]
    a, b = _centred(reference), _centred(moving[None])
    _, maps = _best(mappings, a, b)
    first = np.zeros(1, dtype=np.int64)
    _, rotation = superpose(a[0][maps(first, first)[0]].T @ b[0])
    return (generated - moving.mean(axis=0)) @ rotation.T + reference[0].mean(axis=0)


def _checked(molecule: Molecule, positions: np.ndarray) -> np.ndarray:
    if positions.ndim != 3 or positions.shape[1:] != (molecule.n_atoms, 3):
        raise InputError(f"molecule {molecule.id}: positions", positions.shape,
                         f"shape (C, {molecule.n_atoms}, 3)")
    if not np.isfinite(positions).all():
        raise InputError(f"molecule {molecule.id}: positions", "NaN or infinity",
                         "finite coordinates", "Leave failed conformers out.")
    return positions


def _centred(positions: np.ndarray) -> np.ndarray:
    positions = positions.astype(np.float64)
    return positions - positions.sum(axis=1, keepdims=True) / positions.shape[1]


def _squared(positions: np.ndarray) -> np.ndarray:
    """Sum of squares of each conformer  # (C, N, 3) -> (C,)"""
    return np.einsum("cnx,cnx->c", positions, positions)


def _best(mappings: SymmetryMappings, a: np.ndarray, b: np.ndarray) -> tuple[
        np.ndarray, Callable[[np.ndarray, np.ndarray], np.ndarray]]:
    """The largest overlap of each pair  # (C, S); and a function that tells its mapping

    That gives for indices of pairs  # (P,), (P,)  their mappings  # (P, N).
    """
    if mappings.branches:
        best, chosen = best_in_branches(mappings, a, b)
        return best, lambda c, s: chosen[c, s]
    maps, step_k, step_c = mappings.maps, *_steps(len(mappings.maps), len(b))
    fixed = np.ascontiguousarray(a.transpose(2, 0, 1))  # (3, C, N)
    moving = np.ascontiguousarray(b.transpose(2, 1, 0))  # (3, N, S)
    best = np.full((len(a), len(b)), -np.inf)
    chosen = np.zeros(best.shape, dtype=np.int64)
    for c in range(0, len(a), step_c):
        so_far, top = best[c:c + step_c], chosen[c:c + step_c]
        for k in range(0, len(maps), step_k):
            mapped = fixed[:, c:c + step_c][:, :, maps[k:k + step_k]]  # (3, c, k, N)
            value = _compared(mapped, moving)  # (c, k, S)
            highest = value.max(axis=1)
            better = highest > so_far
            np.copyto(top, value.argmax(axis=1) + k, where=better)
            np.copyto(so_far, highest, where=better)
    return best, lambda c, s: maps[chosen[c, s]]


def _steps(n_maps: int, n_b: int) -> tuple[int, int]:
    """Mappings and reference conformers of a block."""
    step_k = min(n_maps, max(1, _BLOCK // n_b))
    return step_k, max(1, _BLOCK // (n_b * step_k))


def _compared(mapped: np.ndarray, moving: np.ndarray) -> np.ndarray:
    """Overlaps, exact where they may be the largest  # (3, c, k, N), (3, N, S) -> (c, k, S)"""
    shape = (*mapped.shape[1:3], moving.shape[2])
    h = products(mapped.reshape(3, -1, mapped.shape[3]), moving)
    overlap, unsure = overlaps(h)
    if unsure.any():
        by_mapping = overlap.reshape(shape)
        low = by_mapping.max(axis=1, keepdims=True) * (1 - 2 * UNSURE)
        settle(h, overlap, unsure & (by_mapping > low).reshape(overlap.shape))
    return overlap.reshape(shape)
