"""The symmetry mapping with the largest overlap for each pair of conformers of many molecules.

Superpositions of several molecules are evaluated together, in blocks that fit a processor's cache:
drug-like molecules have too few each to outweigh the fixed cost of some fifty array operations.
"""

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

import numpy as np

from pipeline_src.chem.branch_search import best_in_branches
from pipeline_src.chem.superposition import UNSURE, overlaps, products, settle
from pipeline_src.chem.symmetry import SymmetryMappings

_BLOCK = 3000  # superpositions held at once: about 1 MB


class Pairs(NamedTuple):
    """Centred heavy atoms of one molecule's conformers, coordinate axis first, Å."""

    mappings: SymmetryMappings
    a: np.ndarray  # references  # (3, C, N)
    b: np.ndarray  # generated  # (3, S, N)


class Best(NamedTuple):
    """The largest overlap of each pair  # (C, S), and what its mapping is.

    ``chosen``: the index of the mapping  # (C, S); with branches the mapping itself  # (C, S, N)
    """

    pairs: Pairs
    overlap: np.ndarray
    chosen: np.ndarray

    def maps(self, c: np.ndarray, s: np.ndarray) -> np.ndarray:
        """The mappings of some pairs  # (P,), (P,) -> (P, N)"""
        mappings, chosen = self.pairs.mappings, self.chosen[c, s]
        return chosen if mappings.branches else mappings.maps[chosen]


class _Block(NamedTuple):
    """Some reference conformers and mappings, with all generated conformers of a molecule."""

    best: Best
    c: int
    step_c: int
    k: int
    step_k: int

    def mapped(self) -> np.ndarray:
        """The references' atoms as mapped  # (3, c, k, N)"""
        mappings, a, _ = self.best.pairs
        return a[:, self.c:self.c + self.step_c].take(
            mappings.maps[self.k:self.k + self.step_k], axis=2)

    def keep(self, overlap: np.ndarray) -> None:
        """Note what is better than before  # (c, k, S)"""
        so_far, chosen = (x[self.c:self.c + self.step_c] for x in self.best[1:])
        highest = overlap.max(axis=1)
        better = highest > so_far if self.k else True
        np.copyto(chosen, overlap.argmax(axis=1) + self.k, where=better)
        np.copyto(so_far, highest, where=better)


def best_mappings(molecules: list[Pairs]) -> Iterator[tuple[int, Best]]:
    """Number and best mappings of each molecule, as it is done; each has a pair at least.

    Not in order. Only what waits for the same block is held, for mappings take far more room than
    the RMSDs that come of them.
    """
    blocks, waiting, size = [], [], 0
    for number, pairs in enumerate(molecules):
        best = _start(pairs)
        if pairs.mappings.branches:
            yield number, best
            continue
        for block in _blocks(best):
            new = block.step_c * block.step_k * pairs.b.shape[1]
            if blocks and size + new > _BLOCK:
                _evaluate(blocks)
                yield from waiting
                blocks, waiting, size = [], [], 0
            blocks.append(block)
            size += new
        waiting.append((number, best))
    if blocks:
        _evaluate(blocks)
    yield from waiting


def _start(pairs: Pairs) -> Best:
    """Room for the results; with branches these themselves."""
    if pairs.mappings.branches:
        a, b = pairs.a.transpose(1, 2, 0), pairs.b.transpose(1, 2, 0)
        return Best(pairs, *best_in_branches(pairs.mappings, a, b))
    shape = pairs.a.shape[1], pairs.b.shape[1]
    return Best(pairs, np.empty(shape), np.empty(shape, dtype=np.int64))


def _blocks(best: Best) -> Iterator[_Block]:
    """Blocks of ``_BLOCK`` superpositions at most, or of one mapping of one reference."""
    mappings, a, b = best.pairs
    n_maps, n_a, n_b = len(mappings.maps), a.shape[1], b.shape[1]
    step_k = min(n_maps, max(1, _BLOCK // n_b))
    step_c = min(n_a, max(1, _BLOCK // (n_b * step_k)))
    for c in range(0, n_a, step_c):
        for k in range(0, n_maps, step_k):
            yield _Block(best, c, step_c, k, step_k)


def _evaluate(blocks: list[_Block]) -> None:
    """The blocks' overlaps, exact where they may be the largest, all in one go."""
    mapped = [block.mapped() for block in blocks]
    h = products(mapped, [block.best.pairs.b for block in blocks])
    overlap, unsure = overlaps(h)
    parts, start = [], 0
    for block, m in zip(blocks, mapped, strict=True):
        shape = (*m.shape[1:3], block.best.pairs.b.shape[1])
        parts.append(overlap[start:start + prod(shape)].reshape(shape))
        start += prod(shape)
    if unsure.any():
        low = [part > part.max(axis=1, keepdims=True) * (1 - 2 * UNSURE) for part in parts]
        settle(h, overlap, unsure & np.concatenate([x.reshape(-1) for x in low]))
    for block, part in zip(blocks, parts, strict=True):
        block.keep(part)
