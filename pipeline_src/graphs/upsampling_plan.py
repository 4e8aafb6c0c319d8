"""The order in which new atoms are placed beside their bonded neighbours: plain integer arrays.

Algorithms 1 and 2 of the MSGEN paper, read as a plain multi-source breadth-first search from the
coarse atoms over the true bonds (models.md 4.3, D5 and D6).
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from pipeline_src.run.errors import InputError


@dataclass(frozen=True, eq=False)
class UpsamplingPlan:
    """Who anchors whom, for one molecule.

    Attributes:
        coarse_index: positions of the coarse atoms within the fine ones, int64  # (M,)
        new_index: the other atoms, in placing order, int64  # (N - M,)
        new_round: how many new atoms stand one upon the other below each, int64  # (N - M,)
        anchor_index: pairs [placed, new]: bonded neighbours placed before, int64  # (2, A)
    """

    coarse_index: np.ndarray
    new_index: np.ndarray
    new_round: np.ndarray
    anchor_index: np.ndarray


def make_upsampling_plan(n: int, bonds: np.ndarray, coarse_index: np.ndarray) -> UpsamplingPlan:
    """The plan for a molecule of ``n`` fine atoms.

    Atoms that no bond path joins to the coarse ones come last, each such component searched from
    its lowest index; its first atom has no anchor.

    Args:
        bonds: bonded pairs of the fine level, int64  # (B, 2)
        coarse_index: positions of the coarse atoms within the fine ones, int64  # (M,)

    Raises:
        InputError: no coarse atom, or an index outside the molecule.
    """
    if not len(coarse_index) or coarse_index.min() < 0 or coarse_index.max() >= n:
        raise InputError("coarse_index", coarse_index.tolist(), f"one or more indices below {n}")
    neighbours = _neighbours(n, bonds)
    order = _placing_order(neighbours, coarse_index)
    rank = np.full(n, -1, dtype=np.int64)  # coarse atoms: -1, before every new one
    rank[order] = np.arange(len(order))
    rounds = np.full(n, -1, dtype=np.int64)
    pairs = []
    for atom in order:
        placed = [j for j in neighbours[atom] if rank[j] < rank[atom]]
        rounds[atom] = 1 + max((rounds[j] for j in placed), default=-1)
        pairs += [(j, atom) for j in placed]
    anchors = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return UpsamplingPlan(coarse_index.astype(np.int64), order, rounds[order],
                          np.ascontiguousarray(anchors))


def _neighbours(n: int, bonds: np.ndarray) -> list[list[int]]:
    """Bonded neighbours of each atom, sorted."""
    neighbours: list[list[int]] = [[] for _ in range(n)]
    for i, j in bonds.tolist():
        neighbours[i].append(j)
        neighbours[j].append(i)
    return [sorted(found) for found in neighbours]


def _placing_order(neighbours: list[list[int]], coarse_index: np.ndarray) -> np.ndarray:
    """The atoms that are not coarse in breadth-first order, leftovers last  # (N - M,)"""
    seen = np.zeros(len(neighbours), dtype=bool)
    seen[coarse_index] = True
    order: list[int] = []
    queue = deque(coarse_index.tolist())
    for start in (-1, *range(len(neighbours))):
        if start >= 0 and not seen[start]:
            seen[start] = True
            order.append(start)
            queue.append(start)
        while queue:
            for j in neighbours[queue.popleft()]:
                if not seen[j]:
                    seen[j] = True
                    order.append(j)
                    queue.append(j)
    return np.array(order, dtype=np.int64)
