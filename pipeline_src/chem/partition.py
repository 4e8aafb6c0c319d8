"""One molecule cut into connected groups of atoms that grow by the union of two neighbours."""

from collections import Counter
from collections.abc import Collection

import numpy as np
from rdkit import Chem

from pipeline_src.chem.fragment_labels import fragment_label

Pair = tuple[int, int]  # two neighbouring groups, the lower first


class Partition:
    """The atoms in groups, each atom alone at first, and the label of each two neighbours' union.

    Atoms and groups go by canonical rank, so that nothing depends on how atoms are numbered but
    for those that symmetry makes alike. A group's number is its lowest atom's.

    Args:
        mol: with explicit hydrogens.
        elements: atomic numbers; atoms of others stay alone.

    Attributes:
        members: group -> its atoms.
        unions: neighbouring groups -> label of their union.
    """

    def __init__(self, mol: Chem.Mol, elements: Collection[int]):
        self._rank = list(Chem.CanonicalRankAtoms(mol, breakTies=True))
        self._mol = Chem.RenumberAtoms(mol, np.argsort(self._rank).tolist())
        self.members = {atom: frozenset([atom]) for atom in range(mol.GetNumAtoms())}
        self._beside: dict[int, set[int]] = {atom: set() for atom in self.members}
        self.unions: dict[Pair, str] = {}
        for bond in self._mol.GetBonds():
            ends = bond.GetBeginAtom(), bond.GetEndAtom()
            if all(end.GetAtomicNum() in elements for end in ends):
                self._join(*(end.GetIdx() for end in ends))

    def label(self, group: int) -> str:
        """What a group is called."""
        return fragment_label(self._mol, self.members[group])

    def counts(self) -> Counter[str]:
        """How often each label occurs among the unions."""
        return Counter(self.unions.values())

    def merge_all(self, label: str) -> None:
        """Merge every two neighbours whose union has this label, the lowest first.

        Of two pairs that share a group only the first is merged.
        """
        for pair in sorted(pair for pair, found in self.unions.items() if found == label):
            if self.unions.get(pair) == label:
                self.merge(pair)

    def merge(self, pair: Pair) -> None:
        """Make one group of two neighbours."""
        kept, gone = pair
        around = (self._beside[kept] | self._beside[gone]) - {kept, gone}
        for group in (kept, gone):
            for other in self._beside[group]:
                self.unions.pop((min(group, other), max(group, other)), None)
                self._beside[other].discard(group)
        self.members[kept] |= self.members.pop(gone)
        del self._beside[gone]
        self._beside[kept] = set()
        for other in sorted(around):
            self._join(kept, other)

    def owners(self) -> np.ndarray:
        """The group of each atom, in the molecule's own order, int64  # (N,)"""
        by_rank = np.empty(len(self._rank), dtype=np.int64)
        for group, atoms in self.members.items():
            by_rank[list(atoms)] = group
        return by_rank[self._rank]

    def _join(self, one: int, other: int) -> None:
        self._beside[one].add(other)
        self._beside[other].add(one)
        self.unions[min(one, other), max(one, other)] = fragment_label(
            self._mol, self.members[one] | self.members[other])


def numbered(owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bead number of each atom, by lowest atom, and the owner of each bead, int64  # (N,), (F,)"""
    names, first, group = np.unique(owners, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return place[group].astype(np.int64), names[order]
