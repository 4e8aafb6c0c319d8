"""Fragments of molecules: which atoms belong together, their means and their complete graph.

A batch names the fragment of each atom by the fragment's first atom (``fragment_index``). That
is an atom index, so PyG shifts it as any other, and a fragment's array may simply have a row an
atom.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.ensembles.hierarchy import Hierarchy
from pipeline_src.graphs.centering import graph_means
from pipeline_src.run.errors import InputError


class Fragments(NamedTuple):
    """The F fragments of a batch, numbered in the order of their first atoms.

    Attributes:
        of_atom: number of each atom's fragment, int64  # (N,)
        pair_index: all pairs of fragments of the same molecule, each once, int64  # (2, P_F)
        count: F.
    """

    of_atom: Tensor
    pair_index: Tensor
    count: int

    def means(self, values: Tensor) -> Tensor:
        """Mean over each fragment's atoms  # (N, ...) -> (F, ...)"""
        return graph_means(values, self.of_atom, self.count)


def first_members(hierarchy: Hierarchy, level: str, fragments: str) -> np.ndarray:
    """For each atom of ``level``, the first of them in its fragment, int64  # (N,)

    Args:
        level: a level whose beads are atoms.
        fragments: a level of groups.

    Raises:
        InputError: they are not.
    """
    if fragments not in hierarchy.groups or level not in hierarchy.levels:
        raise InputError(f"fragments of {hierarchy.molecule.id}", f"'{fragments}' of '{level}'",
                         f"one of {', '.join(hierarchy.groups) or 'no levels of groups'}, of one "
                         f"of {', '.join(hierarchy.levels)}", "Extract the levels again.")
    members = hierarchy.groups[fragments][hierarchy.levels[level]]
    _, first, number = np.unique(members, return_index=True, return_inverse=True)
    return first[number].astype(np.int64)


def fragments_of(batch: Data) -> Fragments:
    """The fragments of a batch; the pairs are those atom pairs that are both first atoms."""
    first = batch.fragment_index == torch.arange(batch.num_nodes, device=batch.numbers.device)
    number = first.cumsum(0) - 1
    pairs = torch.cat([batch.local_pair_index, batch.far_pair_index], dim=1)
    pairs = pairs[:, first[pairs[0]] & first[pairs[1]]]
    return Fragments(number[batch.fragment_index], number[pairs], int(first.sum()))


def blurred(values: Tensor, batch: Data) -> Tensor:
    """Each atom's row replaced by its fragment's mean: M M† x  # (N, ...) -> (N, ...)"""
    fragment = batch.fragment_index
    return graph_means(values, fragment, len(values)).index_select(0, fragment)
