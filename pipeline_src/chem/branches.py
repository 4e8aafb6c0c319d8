"""Branches: end atoms on one atom (tert-butyl, CF3, nitro) that may change places on their own.

With them the mappings of a molecule are products: a mapping of all other atoms, the core, and for
each branch one of its orders. Three tert-butyl groups on benzene: 6 core mappings and 3 times 6
orders stand for 1,296 mappings.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from rdkit import Chem

_LARGEST = 6  # atoms of a branch; 720 orders


@dataclass(frozen=True, eq=False)
class Branch:
    """One branch and where its atoms can come from, for every core mapping.

    Attributes:
        atoms: the generated conformer's atoms, int64  # (n,)
        images: per core mapping and order the reference's atoms, int64  # (K, M, n)
        allowed: whether elements, charges and bonds agree, bool  # (K, M)
    """

    atoms: np.ndarray
    images: np.ndarray
    allowed: np.ndarray


def branch_atoms(query: Chem.Mol, target: Chem.Mol) -> dict[int, list[int]]:
    """The end atoms of each atom that has two or more of them, some of which can change places."""
    found = {}
    for atom in target.GetAtoms():
        ends = [n.GetIdx() for n in atom.GetNeighbors() if n.GetDegree() == 1]
        if 2 <= len(ends) <= _LARGEST:
            fits = _fits(query, target, (atom.GetIdx(), ends), (atom.GetIdx(), ends))
            if fits.sum() > len(ends):
                found[atom.GetIdx()] = ends
    return found


def core_graph(target: Chem.Mol, ends: dict[int, list[int]]) -> tuple[Chem.Mol, np.ndarray]:
    """The graph without branches, marked where these were, and its atoms  # (n_core,)"""
    core = Chem.RWMol(target)
    for centre, atoms in ends.items():
        core.GetAtomWithIdx(centre).SetIsotope(1 + len(atoms))  # matches its like only
    gone = sorted((atom for atoms in ends.values() for atom in atoms), reverse=True)
    for atom in gone:
        core.RemoveAtom(atom)
    return core.GetMol(), np.setdiff1d(np.arange(target.GetNumAtoms()), gone)


def with_branches(query: Chem.Mol, target: Chem.Mol, ends: dict[int, list[int]],
                  atoms: np.ndarray, maps: np.ndarray) -> tuple[np.ndarray, tuple[Branch, ...]]:
    """The core mappings that all branches bear, one full mapping each, and the branches.

    Args:
        query, target: the whole graph, with and without relaxed end groups.
        ends: as from ``branch_atoms``.
        atoms: atoms of the core  # (n_core,)
        maps: mappings of the core, in its own counting  # (K, n_core)
    """
    full = np.empty((len(maps), target.GetNumAtoms()), dtype=np.int64)
    full[:, atoms] = atoms[maps]
    branches = [_branch(query, target, ends, centre, full[:, centre]) for centre in ends]
    kept = np.all([b.allowed.any(axis=1) for b in branches], axis=0)
    for b in branches:
        first = b.allowed.argmax(axis=1)
        full[:, b.atoms] = b.images[np.arange(len(maps)), first]
    return full[kept], tuple(Branch(b.atoms, b.images[kept], b.allowed[kept]) for b in branches)


def _branch(query: Chem.Mol, target: Chem.Mol, ends: dict[int, list[int]], centre: int,
            images: np.ndarray) -> Branch:
    """The branch of ``centre``; ``images``: the core mappings' images of it  # (K,)"""
    own = ends[centre]
    orders = np.array(list(permutations(range(len(own)))))  # (M, n)
    places, allowed = {}, {}
    for image in set(images.tolist()):
        fits = _fits(query, target, (centre, own), (image, ends[image]))
        places[image] = np.array(ends[image])[orders]
        allowed[image] = fits[np.arange(len(own)), orders].all(axis=1)
    return Branch(np.array(own), np.array([places[i] for i in images.tolist()]),
                  np.array([allowed[i] for i in images.tolist()]))


def _fits(query: Chem.Mol, target: Chem.Mol, one: tuple[int, list[int]],
          other: tuple[int, list[int]]) -> np.ndarray:
    """Whether each end of one branch of the query matches each end of another  # (n, n)"""
    (centre, ends), (place, others) = one, other
    return np.array([[
        query.GetAtomWithIdx(i).Match(target.GetAtomWithIdx(j))
        and query.GetBondBetweenAtoms(centre, i).Match(target.GetBondBetweenAtoms(place, j))
        for j in others] for i in ends])
