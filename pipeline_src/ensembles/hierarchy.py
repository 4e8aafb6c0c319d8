"""The levels of one molecule: atoms that are beads, and groups of atoms that are one bead each."""

from dataclasses import dataclass, field

import numpy as np

from pipeline_src.ensembles.molecule import Molecule
from pipeline_src.ensembles.stereo import Stereo
from pipeline_src.run.errors import InputError

BEAD_BOND = 22  # order of a bond between beads of several atoms: a code RDKit leaves free
APART = ("smarts",)  # levels of atoms within 'all' that nest with no other one


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """A molecule (all atoms; no positions) and its levels.

    A level either *picks* atoms, each a bead (``levels``), or *groups* all atoms, each group a bead
    at the mean of its atoms (``groups``: M† of models.md 2.4 averages the members of each row).

    A level of picked atoms whose own rule gives nothing usable (no scaffold, or the scaffold is
    everything) *collapses*: it picks the same atoms as the next finer level, and is named in
    ``collapsed``.

    Attributes:
        molecule: all atoms.
        levels: level name -> sorted atom indices, int64 (M,), coarse to fine, each a subset of
            the next but for those in ``APART``; the last is 'all'.
        collapsed: level name -> reason, for the levels that collapsed.
        n_references: reference conformers of the molecule (0 for a bare SMILES).
        groups: level name -> bead number of every atom, int64 (N,): 0 to F - 1, each there, beads
            numbered by their lowest atom.
        kinds: level name, as in ``groups`` -> kind of each bead, int64 (F,), 0 or more: for
            'fragments' the number of its line in the vocabulary, from 1 on, and 0 for an atom of
            an element that the vocabulary lacks. Networks embed it as they do atomic numbers.
        stereo: of all atoms, as the molecule's SMILES states it.
    """

    molecule: Molecule
    levels: dict[str, np.ndarray]
    collapsed: dict[str, str]
    n_references: int = 0
    groups: dict[str, np.ndarray] = field(default_factory=dict)
    kinds: dict[str, np.ndarray] = field(default_factory=dict)
    stereo: Stereo = field(default_factory=Stereo)

    def __post_init__(self) -> None:
        where = f"hierarchy of {self.molecule.id}"
        names = list(self.levels)
        if not names or names[-1] != "all":
            raise InputError(where, names, "levels from coarse to fine that end in 'all'")
        for name, atoms in self.levels.items():
            if atoms.dtype != np.int64 or not len(atoms) or (np.diff(atoms) <= 0).any():
                raise InputError(f"{where}: {name}", atoms, "sorted, distinct int64 atom indices")
        nested = [name for name in names if name not in APART]
        for coarse, fine in zip(nested, nested[1:], strict=False):
            if not np.isin(self.levels[coarse], self.levels[fine]).all():
                raise InputError(where, f"{coarse} not within {fine}", "nested levels")
        if self.groups.keys() != self.kinds.keys() or self.groups.keys() & self.levels.keys():
            raise InputError(f"{where}: kinds", list(self.kinds),
                             f"one for each of the groups {list(self.groups)}, no other level's")
        for name in self.groups:
            self._check_groups(f"{where}: {name}", self.groups[name], self.kinds[name])
        atoms = np.concatenate([self.stereo.centres.ravel(), self.stereo.bonds[:, :4].ravel()])
        if len(atoms) and not 0 <= atoms.min() <= atoms.max() < self.molecule.n_atoms:
            raise InputError(f"{where}: stereo", int(atoms.max()),
                             f"atom indices from 0 to {self.molecule.n_atoms - 1}")

    def _check_groups(self, where: str, group: np.ndarray, kinds: np.ndarray) -> None:
        n = self.molecule.n_atoms
        if group.dtype != np.int64 or group.shape != (n,):
            raise InputError(where, f"{group.dtype} {group.shape}", f"int64 array of shape ({n},)")
        _, first = np.unique(group, return_index=True)
        if group.min() != 0 or group.max() != len(first) - 1 or (np.diff(first) <= 0).any():
            raise InputError(where, group.tolist(), "every bead from 0 on, numbered by lowest atom")
        if kinds.dtype != np.int64 or kinds.shape != (len(first),) or kinds.min() < 0:
            raise InputError(f"{where}: kinds", kinds.tolist(), f"{len(first)} int64, 0 or more")

    def check_levels(self, *levels: str) -> None:
        """Raise ``InputError`` unless it has all of these levels."""
        for level in levels:
            if level not in self.levels and level not in self.groups:
                known = ", ".join([*self.groups, *self.levels])
                raise InputError(f"hierarchy of {self.molecule.id}", f"no level '{level}'",
                                 f"one of its levels: {known}",
                                 "Levels that need options are in files of extract_beads.")

    def n_beads(self, level: str) -> int:
        """Number of beads of ``level``."""
        return len(self.kinds[level] if level in self.groups else self.levels[level])

    def beads(self, level: str) -> Molecule:
        """The graph of the beads of ``level``.

        Picked atoms: the molecule induced on them. Groups: ``numbers`` are kinds, ``charges`` sums,
        ``bonds`` the pairs of beads that a bond joins, all of order ``BEAD_BOND``.
        """
        if level not in self.groups:
            return self.molecule.induced(self.levels[level])
        group, kinds = self.groups[level], self.kinds[level]
        charges = np.zeros_like(kinds)
        np.add.at(charges, group, self.molecule.charges)
        ends = np.sort(group[self.molecule.bonds], axis=1)
        bonds = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0).reshape(-1, 2)
        return Molecule(self.molecule.id, "", kinds, charges, bonds,
                        np.full(len(bonds), BEAD_BOND, dtype=np.int64))

    def coarsen(self, positions: np.ndarray, level: str) -> np.ndarray:
        """Positions of the beads of ``level``: those of its atoms, or M† x  # (C, M, 3)

        Args:
            positions: of all atoms; the type is kept, means are taken in float64  # (C, N, 3)
        """
        if level not in self.groups:
            return np.ascontiguousarray(positions[:, self.levels[level]])
        group = self.groups[level]
        total = np.zeros((self.n_beads(level), len(positions), 3))
        np.add.at(total, group, positions.transpose(1, 0, 2))
        means = total / np.bincount(group)[:, None, None]
        return np.ascontiguousarray(means.transpose(1, 0, 2).astype(positions.dtype))

    def coarse_index(self, coarse: str, fine: str) -> np.ndarray:
        """Positions of the coarse level's atoms within the fine level's, int64  # (M_coarse,)

        Raises:
            InputError: a bead of one of them is several atoms, or the one is not in the other.
        """
        for level in (coarse, fine):
            if level in self.groups:
                raise InputError(f"hierarchy of {self.molecule.id}: coarse_index", level,
                                 "a level whose beads are atoms",
                                 f"Beads of '{level}' are groups of atoms: see groups.")
        found = np.searchsorted(self.levels[fine], self.levels[coarse])
        within = found < len(self.levels[fine])
        if not within.all() or (self.levels[fine][found] != self.levels[coarse]).any():
            raise InputError(f"hierarchy of {self.molecule.id}: coarse_index", coarse,
                             f"a level within '{fine}'")
        return found
