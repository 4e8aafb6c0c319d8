"""Optimal overlap of mapped structures, in closed form for thousands of pairs at once, and by SVD.

With both structures centred and H the sum of outer products of mapped atoms, the largest trace
a proper rotation can give H (Kabsch, Acta Cryst. A32 (1976) 922) is ``s1 + s2 + s3`` with the sign
of det H in s3, for the singular values s of H. It follows from three invariants of H.
"""

import numpy as np

UNSURE = 1e-3
_TINY = np.finfo(float).tiny


def products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """H of every a with every b, rows and columns in the order 0, 1, 2, 0, 1  # (5, 5, M, S)

    Args:
        a: centred structures, coordinate axis first, Å  # (3, M, N)
        b: the same of the others  # (3, N, S)
    """
    h = np.empty((5, 5, a.shape[1], b.shape[2]))
    np.matmul(a[:, None], b[None], out=h[:3, :3])
    return cyclic(h)


def cyclic(h: np.ndarray) -> np.ndarray:
    """``h`` with rows and columns 3 and 4 filled from 0 and 1, in place  # (5, 5, ...)"""
    h[3:, :3] = h[:2, :3]
    h[:, 3:] = h[:, :2]
    return h


def overlaps(h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """s1 + s2 + s3 of each H, and where rounding may spoil it  # (5, 5, M, S) -> (M, S) each

    s1 by the trigonometric solution of the cubic with coefficients |H|^2, |cofactors of H|^2 and
    (det H)^2 (Smith, Commun. ACM 4 (1961) 168); ``(s2 + s3)^2 = |H|^2 - s1^2 + 2 det H / s1``.
    Where that is a small share of |H|^2 the result may be off by ``UNSURE`` of itself (``settle``
    mends that), elsewhere by 1e-7 of itself.
    """
    cofactors = h[1:4, 1:4] * h[2:, 2:]
    cofactors -= h[1:4, 2:] * h[2:, 1:4]
    p = np.einsum("xyms,xyms->ms", h[:3, :3], h[:3, :3])
    q = np.einsum("xyms,xyms->ms", cofactors, cofactors)
    d = np.einsum("yms,yms->ms", h[0, :3], cofactors[0])
    mean = p / 3
    square = mean * mean
    spread = np.maximum(square - q / 3, 0)
    root = np.sqrt(spread)
    cosine = mean * (square - q / 2) + d * d / 2
    cosine /= spread * root + _TINY
    np.minimum(cosine, 1, out=cosine)
    np.maximum(cosine, -1, out=cosine)
    first = mean + 2 * root * np.cos(np.arccos(cosine) / 3)
    s1 = np.sqrt(first)
    rest = np.maximum(p - first + 2 * d / (s1 + _TINY), 0)
    return s1 + np.sqrt(rest), rest < UNSURE * p


def settle(h: np.ndarray, overlap: np.ndarray, where: np.ndarray) -> None:
    """Replace ``overlap`` by that of the SVD, in place  # (5, 5, M, S), (M, S), (M, S)"""
    overlap[where] = superpose(np.moveaxis(h[:3, :3, where], -1, 0))[0]


def superpose(h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The overlap by SVD and the proper rotation R of b onto a, for H = aᵀb  # (..., 3, 3)"""
    u, s, vt = np.linalg.svd(h)
    flip = np.where(np.linalg.det(u) * np.linalg.det(vt) < 0, -1.0, 1.0)
    u[..., :, 2] *= flip[..., None]
    return s[..., 0] + s[..., 1] + flip * s[..., 2], u @ vt
