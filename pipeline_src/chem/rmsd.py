"""Heavy-atom RMSD after optimal superposition, minimal over symmetry mappings; and alignment.

Superposition: Kabsch, Acta Cryst. A32 (1976) 922; proper rotations only. With both structures
centred and H the sum of outer products of mapped atoms, the least squared deviation is
``|A|^2 + |B|^2 - 2 (s1 + s2 + sign(det H) s3)`` for the singular values s of H. Agrees with
RDKit's ``GetBestRMS`` on the same heavy atoms.
"""

import numpy as np

from pipeline_src.chem.symmetry import SymmetryMappings, symmetry_mappings
from pipeline_src.ensembles import Molecule
from pipeline_src.run.errors import InputError

MAX_MATCHES = 1_000_000  # RDKit's default
_BLOCK = 100_000  # superpositions held at once: about 20 MB


def rmsd_matrix(molecule: Molecule, reference: np.ndarray, generated: np.ndarray,
                symmetrize: bool, max_matches: int = MAX_MATCHES) -> np.ndarray:
    """RMSDs in Å of every reference to every generated conformer, float64  # (C, S)

    With more than ``max_matches`` mappings the values are upper bounds, as in RDKit; call
    ``symmetry_mappings`` and ``mapped_rmsd`` to learn whether that happened.

    Args:
        molecule: the graph both belong to.
        reference: Å  # (C, N, 3)
        generated: Å  # (S, N, 3)
        symmetrize: conjugated terminal groups are equivalent.
        max_matches: symmetry mappings tried at most.

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
    best = _best_mapping(mappings.maps, a, b)
    result = np.empty(best.shape)
    sizes = (b ** 2).sum(axis=(1, 2))
    for c in range(len(a)):
        mapped = a[c][mappings.maps[best[c]]]  # (S, N, 3)
        overlap, _ = _superpose(mapped.swapaxes(1, 2) @ b)
        squared = (a[c] ** 2).sum() + sizes - 2 * overlap
        result[c] = np.sqrt(np.maximum(squared, 0) / a.shape[1])
    return result


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
    mapped = a[0][mappings.maps[_best_mapping(mappings.maps, a, b)[0, 0]]]
    _, rotation = _superpose(mapped.T @ b[0])
    return (generated - moving.mean(axis=0)) @ rotation.T + reference[0].mean(axis=0)


def _checked(molecule: Molecule, positions: np.ndarray) -> np.ndarray:
    if positions.ndim != 3 or positions.shape[1:] != (molecule.n_atoms, 3):
        raise InputError(f"molecule {molecule.id}: positions", positions.shape,
                         f"shape (C, {molecule.n_atoms}, 3)")
    if not np.isfinite(positions).all():
        raise InputError(f"molecule {molecule.id}: positions", "NaN or infinity",
                         "finite coordinates", "Leave failed conformers out.")
    return positions.astype(np.float64)


def _centred(positions: np.ndarray) -> np.ndarray:
    positions = positions.astype(np.float64)
    return positions - positions.mean(axis=1, keepdims=True)


def _best_mapping(maps: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Index of the mapping with the largest overlap for each pair, int64  # (C, S)"""
    n_maps, (n_a, n_atoms), n_b = len(maps), a.shape[:2], len(b)
    best = np.zeros((n_a, n_b), dtype=np.int64)
    if n_maps == 1 or n_a == 0 or n_b == 0:
        return best
    moving = b.transpose(1, 2, 0).reshape(n_atoms, 3 * n_b)  # so that S is the innermost axis
    step_k = min(n_maps, max(1, _BLOCK // n_b))
    step_c = max(1, _BLOCK // (n_b * step_k))
    for c in range(0, n_a, step_c):
        highest = np.full(best[c:c + step_c].shape, -np.inf)
        for k in range(0, n_maps, step_k):
            mapped = a[c:c + step_c][:, maps[k:k + step_k]].swapaxes(2, 3)  # (c, k, 3, N)
            h = (mapped.reshape(-1, n_atoms) @ moving).reshape(*mapped.shape[:3], 3, n_b)
            overlap = _overlap(h)  # (c, k, S)
            top = overlap.argmax(axis=1)
            value = np.take_along_axis(overlap, top[:, None], axis=1)[:, 0]
            better = value > highest
            best[c:c + step_c][better] = top[better] + k
            highest[better] = value[better]
    return best


def _overlap(h: np.ndarray) -> np.ndarray:
    """s1 + s2 + sign(det H) s3 in closed form  # h (..., 3, 3, S) -> (..., S)

    The eigenvalues of HᵀH by the trigonometric formula (Smith, Commun. ACM 4 (1961) 168); s3 comes
    as det H / (s1 s2), which keeps full precision when singular values coincide. Rod-like pairs,
    where s2 drowns in rounding, take the SVD.
    """
    x, y, z = (h[..., i, :] for i in range(3))  # columns of H, each (..., 3, S)
    xx, yy, zz = ((v * v).sum(axis=-2) for v in (x, y, z))
    xy, xz, yz = ((v * w).sum(axis=-2) for v, w in ((x, y), (x, z), (y, z)))
    mean = (xx + yy + zz) / 3
    dx, dy, dz = xx - mean, yy - mean, zz - mean
    spread = np.sqrt((dx * dx + dy * dy + dz * dz + 2 * (xy * xy + xz * xz + yz * yz)) / 6)
    deviator = dx * (dy * dz - yz * yz) - xy * (xy * dz - yz * xz) + xz * (xy * yz - dy * xz)
    cosine = deviator / (2 * spread ** 3 + np.finfo(float).tiny)
    angle = np.arccos(np.clip(cosine, -1, 1)) / 3
    first = mean + 2 * spread * np.cos(angle)
    third = mean + 2 * spread * np.cos(angle + 2 * np.pi / 3)
    second = np.maximum(3 * mean - first - third, 0)
    product = np.sqrt(first * second)
    determinant = _determinant(h)
    ratio = determinant / (product + np.finfo(float).tiny)
    s3 = np.clip(ratio, -np.sqrt(second), np.sqrt(second))
    overlap = np.sqrt(first + second + 2 * product) + s3
    rods = second < 1e-4 * first
    if rods.any():
        overlap[rods] = _superpose(np.moveaxis(h, -1, -3)[rods])[0]
    return overlap


def _determinant(h: np.ndarray) -> np.ndarray:
    """det H  # (..., 3, 3, S) -> (..., S)"""
    (a, b, c), (d, e, f), (g, i, j) = (
        [h[..., row, column, :] for column in range(3)] for row in range(3))
    return a * (e * j - f * i) - b * (d * j - f * g) + c * (d * i - e * g)


def _superpose(h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Overlap by SVD and the proper rotation R of b onto a, for H = aᵀb  # (..., 3, 3)"""
    u, s, vt = np.linalg.svd(h)
    flip = np.where(np.linalg.det(u) * np.linalg.det(vt) < 0, -1.0, 1.0)
    u[..., :, 2] *= flip[..., None]
    return s[..., 0] + s[..., 1] + flip * s[..., 2], u @ vt
