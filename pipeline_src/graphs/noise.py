"""Random numbers that depend on what they are for, never on where in a batch they are drawn.

Counter-based: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC'11), in plain 64-bit integer tensor
operations, so that every device gives the same words. A stream is named by a key of two 32-bit
words, a draw by a counter of four. Floating-point steps run in float64 before rounding.
"""

import hashlib
import math

import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.graphs.stage_graph import atom_index

MASK = 0xFFFFFFFF
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)  # M0, M1 of Philox4x32
WEYL = (0x9E3779B9, 0xBB67AE85)  # key increments a round
ROUNDS = 10


def stream_key(*parts: str | int) -> tuple[int, int]:
    """Two 32-bit words that name the random stream of ``parts`` (BLAKE2b of their text)."""
    text = "\x1f".join(f"s{p}" if isinstance(p, str) else f"i{int(p)}" for p in parts)
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def philox(key: Tensor, counter: Tensor) -> Tensor:
    """Four random 32-bit words a row, as int64  # (..., 4)

    Args:
        key: 32-bit words, int64  # (..., 2)
        counter: 32-bit words, int64  # (..., 4)
    """
    return torch.stack(_philox(key, *counter.unbind(-1)), dim=-1)


def _philox(key: Tensor, c0: Tensor, c1: Tensor, c2: Tensor, c3: Tensor) -> tuple[Tensor, ...]:
    """The four words of each row, from those of its counter  # (...) each"""
    k0, k1 = key[..., 0].clone(), key[..., 1].clone()
    for _ in range(ROUNDS):  # the 64 bits of a product survive the wrap-around of int64
        one, two = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2
        c0 = (two >> 32).bitwise_xor_(c1).bitwise_xor_(k0).bitwise_and_(MASK)
        c2 = (one >> 32).bitwise_xor_(c3).bitwise_xor_(k1).bitwise_and_(MASK)
        c1, c3 = two, one  # their high bits and the keys' are masked away above and below
        k0 += WEYL[0]
        k1 += WEYL[1]
    return c0, c1 & MASK, c2, c3 & MASK


def _unit_interval(words: Tensor) -> Tensor:
    """32-bit words as float64 strictly between 0 and 1."""
    return (words.double() + 0.5) * 2.0**-32


def _draw(key: Tensor, atom: Tensor, conformer: Tensor, step: int,
          purpose: int) -> tuple[Tensor, ...]:
    """The four words of each counter (atom, conformer, step, purpose)  # (N,) each"""
    return _philox(key, atom & MASK, conformer & MASK, torch.full_like(atom, step & MASK),
                   torch.full_like(atom, purpose & MASK))


def atom_noise(key: Tensor, atom: Tensor, conformer: Tensor, step: int, purpose: int) -> Tensor:
    """Standard normal vectors, float32, by Box and Muller's transform  # (N, 3)

    Args:
        key: stream of each atom's molecule, int64  # (N, 2)
        atom: index of each atom within its molecule, int64  # (N,)
        conformer: number of its conformer, int64  # (N,)
        step: number of the step.
        purpose: what the draw is for; a small number the caller fixes for each use.
    """
    u0, u1, u2, u3 = map(_unit_interval, _draw(key, atom, conformer, step, purpose))
    one, other = torch.sqrt(-2.0 * torch.log(u0)), torch.sqrt(-2.0 * torch.log(u2))
    angle = 2.0 * math.pi * u1
    normals = torch.stack([one * torch.cos(angle), one * torch.sin(angle),
                           other * torch.cos(2.0 * math.pi * u3)], dim=-1)
    return normals.float()


def pair_noise(batch: Data, pair_index: Tensor, step: int, purpose: int) -> Tensor:
    """Standard normal numbers of undirected atom pairs, float32, by Box and Muller  # (P,)

    In place of an atom's index the counter has (larger index) * 2^16 + (smaller index), within
    the molecule: never the index of an atom, for molecules of at most 65536 atoms.

    Args:
        batch: stage graphs.
        pair_index: atom pairs, each within a graph, in either order, int64  # (2, P)
        step: number of the step.
        purpose: as in ``atom_noise``.
    """
    graph = batch.batch.index_select(0, pair_index[0])
    within = pair_index - batch.ptr.index_select(0, graph)
    pair = (within.amax(0) << 16) | within.amin(0)
    u0, u1, _, _ = map(_unit_interval, _draw(
        batch.key.index_select(0, graph), pair, batch.conformer.index_select(0, graph), step,
        purpose))
    return (torch.sqrt(-2.0 * torch.log(u0)) * torch.cos(2.0 * math.pi * u1)).float()


def uniform(key: Tensor, conformer: Tensor, step: int, purpose: int) -> Tensor:
    """Uniform numbers in [0, 1), float32, one a row of ``key``  # (G,)"""
    words = _draw(key, torch.zeros_like(conformer), conformer, step, purpose)[0]
    return (words >> 8).float() * 2.0**-24


def batch_noise(batch: Data, step: int, purpose: int, atoms: Tensor | None = None) -> Tensor:
    """``atom_noise`` for all atoms of a batch of stage graphs, float32  # (N, 3)

    Args:
        atoms: the only atoms whose noise is needed, int64; all others' rows are zero  # (M,)
    """
    if atoms is None:
        graph, atom = batch.batch, atom_index(batch)
    else:
        graph = batch.batch.index_select(0, atoms)
        atom = atoms - batch.ptr.index_select(0, graph)
    noise = atom_noise(batch.key.index_select(0, graph), atom,
                       batch.conformer.index_select(0, graph), step, purpose)
    if atoms is None:
        return noise
    return noise.new_zeros(batch.num_nodes, 3).index_copy_(0, atoms, noise)


def graph_of(counts: Tensor) -> Tensor:
    """The graph of each item, if the graphs have so many items one after the other  # (I,)"""
    return torch.repeat_interleave(torch.arange(len(counts), device=counts.device), counts)


def counted_noise(batch: Data, counts: Tensor, step: int, purpose: int) -> Tensor:
    """``atom_noise`` for items that are no nodes: beads of the guide, atoms of molecules  # (I, 3)

    Args:
        counts: how many of them each graph has, int64  # (G,)
    """
    graph = graph_of(counts)
    start = counts.cumsum(0) - counts
    item = torch.arange(len(graph), device=counts.device) - start.index_select(0, graph)
    return atom_noise(batch.key.index_select(0, graph), item,
                      batch.conformer.index_select(0, graph), step, purpose)


class StepNoise:
    """Random numbers of one step of a batch, by what they are for.

    Args:
        batch: stage graphs with their keys and conformer numbers.
        step: number of the step.
        shift: added to every purpose.
    """

    def __init__(self, batch: Data, step: int, shift: int = 0):
        self.batch, self.number, self.shift = batch, step, shift

    def atoms(self, purpose: int) -> Tensor:
        """Standard normal vectors, float32  # (N, 3)"""
        return batch_noise(self.batch, self.number, purpose + self.shift)

    def pairs(self, pair_index: Tensor, purpose: int) -> Tensor:
        """Standard normal numbers, float32, the same whichever atom of a pair comes first  # (P,)

        Args:
            pair_index: atom pairs, each within a graph, int64  # (2, P)
        """
        return pair_noise(self.batch, pair_index, self.number, purpose + self.shift)


def batch_uniform(batch: Data, step: int, purpose: int) -> Tensor:
    """``uniform`` for each graph of a batch, float32  # (G,)"""
    return uniform(batch.key, batch.conformer, step, purpose)
