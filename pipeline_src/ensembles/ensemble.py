"""A molecule and C conformers: references and samples alike."""

from dataclasses import dataclass, field

import numpy as np

from pipeline_src.ensembles.molecule import Molecule
from pipeline_src.run.errors import InputError


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Conformers of one molecule at one level.

    Attributes:
        molecule: graph of the level's beads, N of them.
        positions: Å, float32; NaN where a conformer failed  # (C, N, 3)
        level: 'all', or the coarser level that ``molecule`` is induced on.
        energies_hartree: float64 or None  # (C,)
        weights: Boltzmann weights as given, float64 or None  # (C,)
        reasons: per conformer, '' = fine, else why it failed  # C strings
        notes: per conformer, '' or what is to be known of one that did not fail  # C strings
    """

    molecule: Molecule
    positions: np.ndarray
    level: str = "all"
    energies_hartree: np.ndarray | None = None
    weights: np.ndarray | None = None
    reasons: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        where = f"ensemble {self.molecule.id}"
        p = self.positions
        if not (isinstance(p, np.ndarray) and p.dtype == np.float32 and p.ndim == 3
                and p.shape[1:] == (self.molecule.n_atoms, 3)):
            came = f"{p.dtype} {p.shape}" if isinstance(p, np.ndarray) else type(p).__name__
            raise InputError(f"{where}: positions", came,
                             f"float32 array of shape (C, {self.molecule.n_atoms}, 3)")
        for name in ("energies_hartree", "weights"):
            value = getattr(self, name)
            if value is not None and (value.dtype != np.float64 or value.shape != (len(p),)):
                raise InputError(f"{where}: {name}", f"{value.dtype} {value.shape}",
                                 f"float64 array of shape ({len(p)},)")
        for name in ("reasons", "notes"):
            if not getattr(self, name):
                object.__setattr__(self, name, ("",) * len(p))
            if len(getattr(self, name)) != len(p):
                raise InputError(f"{where}: {name}", len(getattr(self, name)),
                                 f"{len(p)} strings")
        bad = [c for c, reason in enumerate(self.reasons)
               if not reason and not np.isfinite(p[c]).all()]
        if bad:
            raise InputError(f"{where}: positions", f"NaN or infinity in conformers {bad[:5]}",
                             "finite coordinates, or a reason for the failure")

    @property
    def n_conformers(self) -> int:
        """Number of conformers C, failed ones included."""
        return len(self.positions)

    @property
    def ok(self) -> np.ndarray:
        """Which conformers did not fail, bool  # (C,)"""
        return np.array([not reason for reason in self.reasons], dtype=bool)
