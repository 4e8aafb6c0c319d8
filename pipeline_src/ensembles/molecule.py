"""A molecule as a graph of plain arrays; the mapped SMILES fixes atom order and holds stereo."""

from dataclasses import dataclass

import numpy as np

from pipeline_src.run.errors import InputError

AROMATIC = 12  # RDKit's BondType.AROMATIC; 1, 2, 3 are single, double, triple


@dataclass(frozen=True, eq=False)
class Molecule:
    """Atoms and bonds of one molecule, or of the beads of one of its levels.

    Attributes:
        id: unique name within its dataset.
        smiles: atom-mapped SMILES with explicit hydrogens; map number = 1-based atom index. Empty
            for a level coarser than all atoms.
        numbers: atomic numbers, int64  # (N,)
        charges: formal charges, int64  # (N,)
        bonds: atom index pairs i < j, each bond once, sorted, int64  # (B, 2)
        orders: RDKit bond type codes (1, 2, 3, 12 = aromatic), int64  # (B,)
    """

    id: str
    smiles: str
    numbers: np.ndarray
    charges: np.ndarray
    bonds: np.ndarray
    orders: np.ndarray

    def __post_init__(self) -> None:
        n = self._array("numbers", (None,)).shape[0]
        self._array("charges", (n,))
        b = self._array("bonds", (None, 2)).shape[0]
        self._array("orders", (b,))
        if n == 0:
            raise InputError(f"molecule {self.id}: numbers", "no atoms", "at least one atom")
        if b and (self.bonds.min() < 0 or self.bonds.max() >= n):
            raise InputError(f"molecule {self.id}: bonds", int(self.bonds.max()),
                             f"atom indices from 0 to {n - 1}")
        if b and not (self.bonds[:, 0] < self.bonds[:, 1]).all():
            raise InputError(f"molecule {self.id}: bonds", "a pair i >= j", "pairs with i < j")

    def _array(self, name: str, shape: tuple) -> np.ndarray:
        array = getattr(self, name)
        fits = (isinstance(array, np.ndarray) and array.dtype == np.int64
                and array.ndim == len(shape)
                and all(want in (None, got) for want, got in zip(shape, array.shape, strict=True)))
        if not fits:
            came = (f"{array.dtype} array of shape {array.shape}"
                    if isinstance(array, np.ndarray) else type(array).__name__)
            raise InputError(f"molecule {self.id}: {name}", came, f"int64 array of shape {shape}")
        return array

    @property
    def n_atoms(self) -> int:
        """Number of atoms (or beads) N."""
        return len(self.numbers)

    def induced(self, atoms: np.ndarray) -> "Molecule":
        """The molecule on ``atoms`` (sorted indices, (M,)) and the bonds among them, re-indexed."""
        if len(atoms) == self.n_atoms:
            return self
        new = np.full(self.n_atoms, -1, dtype=np.int64)
        new[atoms] = np.arange(len(atoms))
        kept = (new[self.bonds] >= 0).all(axis=1)
        return Molecule(self.id, "", self.numbers[atoms], self.charges[atoms],
                        new[self.bonds[kept]], self.orders[kept])
