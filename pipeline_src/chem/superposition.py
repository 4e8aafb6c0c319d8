"""Optimal overlap of mapped structures, in closed form for thousands of pairs at once, and by SVD.

With both structures centred and H the sum of outer products of mapped atoms, the largest trace
a proper rotation can give H (Kabsch, Acta Cryst. A32 (1976) 922) is ``s1 + s2 + s3`` with the sign
of det H in s3, for the singular values s of H. It follows from three invariants of H.
"""

import numpy as np

UNSURE = 1e-3
_LOST = 1e-10  # share of |H|^2 below which rounding takes the digits of (s2 + s3)^2
_TINY = 1e-100  # Å^4; below all rounding


def products(a: list[np.ndarray], b: list[np.ndarray]) -> np.ndarray:
    """H of every a with every b, molecule by molecule, as ``cyclic`` leaves them  # (5, 5, P)

    Args:
        a: centred structures of each molecule, coordinate axis first, Å  # (3, ..., N) each
        b: the same of the others, to superpose with all of ``a``  # (3, S, N) each
    """
    flat = [x.reshape(-1, x.shape[-1]) @ y.reshape(-1, y.shape[-1]).T
            for x, y in zip(a, b, strict=True)]  # (3 M, 3 S) each
    h, start = np.empty((5, 5, sum(x.size for x in flat) // 9)), 0
    for x in flat:
        m, s = len(x) // 3, x.shape[1] // 3
        part = h[:3, :3, start:start + m * s].reshape(3, 3, m, s, copy=False)
        part[...] = x.reshape(3, m, 3, s).swapaxes(1, 2)
        start += m * s
    return cyclic(h)


def cyclic(h: np.ndarray) -> np.ndarray:
    """``h`` with rows and columns 3 and 4 filled from 0 and 1, in place  # (5, 5, P)"""
    h[3:, :3] = h[:2, :3]
    h[:, 3:] = h[:, :2]
    return h


def overlaps(h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """s1 + s2 + s3 of each H, and where rounding may spoil it  # (5, 5, P) -> (P,) each

    s1 by the trigonometric solution of the cubic with coefficients |H|^2, |cofactors of H|^2 and
    (det H)^2 (Smith, Commun. ACM 4 (1961) 168); ``(s2 + s3)^2 = |H|^2 - s1^2 + 2 det H / s1``.
    Where s3 is near -s2 and s1 near both, or s2 + s3 next to nothing, the result may be off by
    ``UNSURE`` of itself (``settle`` mends that), elsewhere by 1e-7 of itself.
    """
    cofactors = h[1:4, 1:4] * h[2:, 2:]
    cofactors -= h[1:4, 2:] * h[2:, 1:4]
    p = np.einsum("xyp,xyp->p", h[:3, :3], h[:3, :3])
    q = np.einsum("xyp,xyp->p", cofactors, cofactors)
    d = np.einsum("yp,yp->p", h[0, :3], cofactors[0])
    mean = p / 3
    square = mean * mean
    spread = square - q / 3
    np.maximum(spread, _TINY, out=spread)
    root = 2 * np.sqrt(spread)
    cosine = 3 * spread
    cosine -= square
    cosine *= mean
    cosine += d * d
    cosine /= spread * root
    np.minimum(cosine, 1, out=cosine)
    np.maximum(cosine, -1, out=cosine)
    first = root * np.cos(np.arccos(cosine) / 3)
    first += mean
    s1 = np.sqrt(first)
    rest = p - first
    rest += 2 * d / s1
    np.maximum(rest, 0, out=rest)
    unsure = rest < UNSURE * p
    if unsure.any():  # s3 is near -s2; s1 stands apart from them if it has half of |H|^2
        unsure &= (first < p / 2) | (rest < _LOST * p)
    return s1 + np.sqrt(rest), unsure


def settle(h: np.ndarray, overlap: np.ndarray, where: np.ndarray) -> None:
    """Replace ``overlap`` by that of the SVD, in place  # (5, 5, P), (P,), (P,)"""
    overlap[where] = superpose(np.moveaxis(h[:3, :3, where], -1, 0))[0]


def superpose(h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The overlap by SVD and the proper rotation R of b onto a, for H = aᵀb  # (..., 3, 3)"""
    u, s, vt = np.linalg.svd(h)
    flip = np.where(np.linalg.det(u) * np.linalg.det(vt) < 0, -1.0, 1.0)
    u[..., :, 2] *= flip[..., None]
    return s[..., 0] + s[..., 1] + flip * s[..., 2], u @ vt
