"""The best mapping among products of core mappings and branch orders, by branch and bound.

H of a mapping is that of the core plus one term for each branch. The overlap is the maximum of a
linear function of H over rotations, so it is subadditive: with G branches it is at most the sum
over the branches of the overlap of (core / G + branch). These bounds need one superposition for
each order of each branch instead of one for each product of orders, and are close, as the core
turns all branches nearly the same way. What cannot beat the best product found is left out.
"""

from typing import NamedTuple

import numpy as np

from pipeline_src.chem.superposition import UNSURE, cyclic, overlaps, settle
from pipeline_src.chem.symmetry import SymmetryMappings

_BLOCK = 20_000  # superpositions or candidates held at once
_SLACK = 1e-7  # relative; bounds are rounded


class _Tables(NamedTuple):
    """Of one reference and S generated conformers, over K core mappings.

    ``core``: H of the core  # (3, 3, K, S); ``terms``: H of every order of each branch
    # (3, 3, K, M, S); ``bounds``: overlaps of core / G + branch  # (K, M, S)
    """

    core: np.ndarray
    terms: list[np.ndarray]
    bounds: list[np.ndarray]


class _Candidates(NamedTuple):
    """Core mappings k of conformers s with an order for the first branches, and upper bounds."""

    k: np.ndarray  # (R,)
    s: np.ndarray  # (R,)
    orders: np.ndarray  # (R, branches done)
    bound: np.ndarray  # (R,)

    def rows(self, where: np.ndarray | slice) -> "_Candidates":
        """Some of them."""
        return _Candidates(*(field[where] for field in self))


class _Best(NamedTuple):
    """The best product found so far for each conformer, changed in place."""

    overlap: np.ndarray  # (S,)
    k: np.ndarray  # (S,)
    orders: np.ndarray  # (S, G)


def best_in_branches(mappings: SymmetryMappings, a: np.ndarray,
                     b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The largest overlap of each pair and the mapping that has it  # (C, S), (C, S, N)

    Args:
        mappings: with branches.
        a: centred reference conformers, Å  # (C, N, 3)
        b: centred generated conformers, Å  # (S, N, 3)
    """
    overlap = np.empty((len(a), len(b)))
    chosen = np.empty((*overlap.shape, a.shape[1]), dtype=np.int64)
    step = max(1, _BLOCK // sum(branch.allowed.size for branch in mappings.branches))
    for c, reference in enumerate(a):
        for s in range(0, len(b), step):
            best = _search(_tables(mappings, reference, b[s:s + step]))
            overlap[c, s:s + step] = best.overlap
            chosen[c, s:s + step] = _full(mappings, best)
    return overlap, chosen


def _full(mappings: SymmetryMappings, best: _Best) -> np.ndarray:
    """The mappings of the products  # (S, N)"""
    maps = mappings.maps[best.k]
    for branch, orders in zip(mappings.branches, best.orders.T, strict=True):
        maps[:, branch.atoms] = branch.images[best.k, orders]
    return maps


def _tables(mappings: SymmetryMappings, a: np.ndarray, b: np.ndarray) -> _Tables:
    in_core = np.ones(len(a), dtype=bool)
    for branch in mappings.branches:
        in_core[branch.atoms] = False
    core = _h(a[mappings.maps[:, in_core]], b[:, in_core])
    terms = [_h(a[branch.images], b[:, branch.atoms]) for branch in mappings.branches]
    share = core[:, :, :, None] / len(terms)
    bounds = []
    for branch, term in zip(mappings.branches, terms, strict=True):
        overlap, unsure = _overlaps(share + term)
        overlap[unsure] *= 1 + UNSURE
        overlap[~branch.allowed] = -np.inf
        bounds.append(overlap)
    return _Tables(core, terms, bounds)


def _h(mapped: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Sums of outer products  # (..., n, 3), (S, n, 3) -> (3, 3, ..., S)"""
    left = np.moveaxis(mapped, -1, 0)[:, None]  # (3, 1, ..., n)
    flat = left.reshape(3, 1, -1, left.shape[-1])
    result = flat @ b.transpose(2, 1, 0)[None]
    return result.reshape(3, 3, *left.shape[2:-1], len(b))


def _overlaps(h: np.ndarray, exact: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """As ``superposition.overlaps``, for any shape  # (3, 3, ...) -> (...), (...)"""
    extended = np.empty((5, 5, h[0, 0].size))
    extended[:3, :3] = h.reshape(3, 3, -1)
    overlap, unsure = overlaps(cyclic(extended))
    if exact and unsure.any():
        settle(extended, overlap, unsure)
    return overlap.reshape(h.shape[2:]), unsure.reshape(h.shape[2:])


def _search(tables: _Tables) -> _Best:
    """The best product of each conformer."""
    tops = [bound.max(axis=1) for bound in tables.bounds]  # (K, S) each
    bound = np.sum(tops, axis=0)
    n_maps, n_b = bound.shape
    best = _Best(np.full(n_b, -np.inf), np.zeros(n_b, dtype=np.int64),
                 np.zeros((n_b, len(tops)), dtype=np.int64))
    k, s = (index.reshape(-1) for index in np.indices(bound.shape))
    greedy = np.stack([b.argmax(axis=1).reshape(-1) for b in tables.bounds], axis=1)
    _evaluate(tables, best, _Candidates(k, s, greedy, bound.reshape(-1)))
    _expand(tables, tops, best, _Candidates(k, s, greedy[:, :0], bound.reshape(-1)))
    return best


def _expand(tables: _Tables, tops: list[np.ndarray], best: _Best, rows: _Candidates) -> None:
    """Give the next branch each of its orders; depth first beyond ``_BLOCK`` candidates."""
    rows = rows.rows(rows.bound > best.overlap[rows.s] * (1 - _SLACK))
    g = rows.orders.shape[1]
    if g == len(tops):
        _evaluate(tables, best, rows)
        return
    n_orders = tables.bounds[g].shape[1]
    step = max(1, _BLOCK // n_orders)
    for start in range(0, len(rows.k), step):
        k, s, orders, bound = rows.rows(slice(start, start + step))
        new = (bound - tops[g][k, s])[:, None] + tables.bounds[g][k, :, s]  # (R, M)
        row, order = np.nonzero(new > best.overlap[s][:, None] * (1 - _SLACK))
        grown = np.concatenate([orders[row], order[:, None]], axis=1)
        _expand(tables, tops, best, _Candidates(k[row], s[row], grown, new[row, order]))


def _evaluate(tables: _Tables, best: _Best, rows: _Candidates) -> None:
    """Compare the candidates' overlaps with the best."""
    if not len(rows.k):
        return
    h = tables.core[:, :, rows.k, rows.s]
    for term, orders in zip(tables.terms, rows.orders.T, strict=True):
        h = h + term[:, :, rows.k, orders, rows.s]
    overlap, _ = _overlaps(h, exact=True)
    by_value = np.argsort(overlap, kind="stable")  # the last of each conformer is its largest
    top = np.full(len(best.overlap), -1)
    top[rows.s[by_value]] = by_value
    better = np.flatnonzero(top >= 0)
    better = better[overlap[top[better]] > best.overlap[better]]
    best.overlap[better] = overlap[top[better]]
    best.k[better] = rows.k[top[better]]
    best.orders[better] = rows.orders[top[better]]
