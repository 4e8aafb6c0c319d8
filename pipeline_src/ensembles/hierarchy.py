"""The nested levels of one molecule, coarse to fine, as sorted atom indices."""

from dataclasses import dataclass, field

import numpy as np

from pipeline_src.ensembles.molecule import Molecule
from pipeline_src.ensembles.stereo import Stereo
from pipeline_src.run.errors import InputError


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """A molecule (all atoms; no positions) and the atoms each level picks.

    A level whose own rule gives nothing usable (no scaffold, or the scaffold is everything)
    *collapses*: it picks the same atoms as the next finer level, and is named in ``collapsed``.

    Attributes:
        molecule: all atoms.
        levels: level name -> sorted atom indices, int64 (M,), coarse to fine, each a subset of
            the next; the last is 'all'.
        collapsed: level name -> reason, for the levels that collapsed.
        n_references: reference conformers of the molecule (0 for a bare SMILES).
        stereo: of all atoms, as the molecule's SMILES states it.
    """

    molecule: Molecule
    levels: dict[str, np.ndarray]
    collapsed: dict[str, str]
    n_references: int = 0
    stereo: Stereo = field(default_factory=Stereo)

    def __post_init__(self) -> None:
        where = f"hierarchy of {self.molecule.id}"
        names = list(self.levels)
        if not names or names[-1] != "all":
            raise InputError(where, names, "levels from coarse to fine that end in 'all'")
        for name, atoms in self.levels.items():
            if atoms.dtype != np.int64 or not len(atoms) or (np.diff(atoms) <= 0).any():
                raise InputError(f"{where}: {name}", atoms, "sorted, distinct int64 atom indices")
        for coarse, fine in zip(names, names[1:], strict=False):
            if not np.isin(self.levels[coarse], self.levels[fine]).all():
                raise InputError(where, f"{coarse} not within {fine}", "nested levels")
        atoms = np.concatenate([self.stereo.centres.ravel(), self.stereo.bonds[:, :4].ravel()])
        if len(atoms) and not 0 <= atoms.min() <= atoms.max() < self.molecule.n_atoms:
            raise InputError(f"{where}: stereo", int(atoms.max()),
                             f"atom indices from 0 to {self.molecule.n_atoms - 1}")

    def beads(self, level: str) -> Molecule:
        """The molecule induced on ``level``."""
        return self.molecule.induced(self.levels[level])

    def coarse_index(self, coarse: str, fine: str) -> np.ndarray:
        """Positions of the coarse level's atoms within the fine level's, int64  # (M_coarse,)"""
        return np.searchsorted(self.levels[fine], self.levels[coarse])
