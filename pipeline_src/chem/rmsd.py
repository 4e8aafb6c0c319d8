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
    n_a, n_atoms = len(reference), len(mappings.heavy)
    if not n_a or not len(generated):
        return np.empty((n_a, len(generated)))
    both = _centred(np.concatenate([reference, generated]), mappings.heavy)  # (3, C + S, N)
    a, b, size = both[:, :n_a], both[:, n_a:], _squared(both)
    overlap, maps = _best(mappings, a, b)
    squared = np.add.outer(size[:n_a], size[n_a:]) - 2 * overlap
    c, s = np.nonzero(squared < n_atoms * _SMALL ** 2)
    if len(c):
        mapped, moving = a[:, c[:, None], maps(c, s)], b[:, s]  # (3, P, N) each
        _, rotations = superpose(np.einsum("xpn,ypn->pxy", mapped, moving))
        squared[c, s] = _squared(mapped - np.einsum("pxy,ypn->xpn", rotations, moving))
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
    heavy = mappings.heavy
    a = _centred(_checked(molecule, reference[None]), heavy)
    b = _centred(_checked(molecule, generated[None]), heavy)
    _, maps = _best(mappings, a, b)
    first = np.zeros(1, dtype=np.int64)
    _, rotation = superpose(a[:, 0, maps(first, first)[0]] @ b[:, 0].T)
    return (generated - generated[heavy].mean(axis=0)) @ rotation.T + reference[heavy].mean(axis=0)


def _checked(molecule: Molecule, positions: np.ndarray) -> np.ndarray:
    if positions.ndim != 3 or positions.shape[1:] != (molecule.n_atoms, 3):
        raise InputError(f"molecule {molecule.id}: positions", positions.shape,
                         f"shape (C, {molecule.n_atoms}, 3)")
    if not np.isfinite(positions).all():
        raise InputError(f"molecule {molecule.id}: positions", "NaN or infinity",
                         "finite coordinates", "Leave failed conformers out.")
    return positions


def _centred(positions: np.ndarray, atoms: np.ndarray) -> np.ndarray:
    """Those atoms' positions about their mean, coordinate axis first  # (C, N, 3) -> (3, C, n)"""
    centred = positions.take(atoms, axis=1).transpose(2, 0, 1).astype(np.float64, order="C")
    centred -= centred.sum(axis=2, keepdims=True) / len(atoms)
    return centred


def _squared(positions: np.ndarray) -> np.ndarray:
    """Sum of squares of each conformer  # (3, C, N) -> (C,)"""
    return np.einsum("xcn,xcn->c", positions, positions)


def _best(mappings: SymmetryMappings, a: np.ndarray, b: np.ndarray) -> tuple[
        np.ndarray, Callable[[np.ndarray, np.ndarray], np.ndarray]]:
    """The largest overlap of each pair  # (C, S); and a function that tells its mapping

    That gives for indices of pairs  # (P,), (P,)  their mappings  # (P, N).
    """
    if mappings.branches:
        best, chosen = best_in_branches(mappings, a.transpose(1, 2, 0), b.transpose(1, 2, 0))
        return best, lambda c, s: chosen[c, s]
    step_k, step_c = _steps(len(mappings.maps), b.shape[1])
    blocks = [_best_of_maps(mappings.maps, a[:, c:c + step_c], b, step_k)
              for c in range(0, a.shape[1], step_c)]
    best, chosen = blocks[0] if len(blocks) == 1 else map(np.concatenate, zip(*blocks, strict=True))
    return best, lambda c, s: mappings.maps[chosen[c, s]]


def _steps(n_maps: int, n_b: int) -> tuple[int, int]:
    """Mappings and reference conformers of a block."""
    step_k = min(n_maps, max(1, _BLOCK // n_b))
    return step_k, max(1, _BLOCK // (n_b * step_k))


def _best_of_maps(maps: np.ndarray, a: np.ndarray, b: np.ndarray,
                  step: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest overlap of each pair and the index of its mapping  # (c, S) each"""
    value = _compared(a.take(maps[:step], axis=2), b)  # (c, k, S)
    best, chosen = value.max(axis=1), value.argmax(axis=1)
    for k in range(step, len(maps), step):
        value = _compared(a.take(maps[k:k + step], axis=2), b)
        highest = value.max(axis=1)
        better = highest > best
        np.copyto(chosen, value.argmax(axis=1) + k, where=better)
        np.copyto(best, highest, where=better)
    return best, chosen


def _compared(mapped: np.ndarray, moving: np.ndarray) -> np.ndarray:
    """Overlaps, exact where they may be the largest  # (3, c, k, N), (3, S, N) -> (c, k, S)"""
    shape = (*mapped.shape[1:3], moving.shape[1])
    h = products(mapped.reshape(3, -1, mapped.shape[3]), moving)
    overlap, unsure = overlaps(h)
    if unsure.any():
        by_mapping = overlap.reshape(shape)
        low = by_mapping.max(axis=1, keepdims=True) * (1 - 2 * UNSURE)
        settle(h, overlap, unsure & (by_mapping > low).reshape(overlap.shape))
    return overlap.reshape(shape)
