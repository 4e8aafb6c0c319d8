"""The stereo a molecule states, as plain arrays, and which conformers show it."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pipeline_src.run.errors import InputError


def _none(columns: int) -> np.ndarray:
    return np.zeros((0, columns), dtype=np.int64)


class Verdict(NamedTuple):
    """What conformers show of the stereo that their molecule states.

    Attributes:
        kept: all of it, bool  # (C,)
        mirrored: their mirror images show all of it, bool  # (C,)
        wrong_centres: centres that are the other way round, int64  # (C,)
        wrong_bonds: double bonds that are the other way round, int64  # (C,)
    """

    kept: np.ndarray
    mirrored: np.ndarray
    wrong_centres: np.ndarray
    wrong_bonds: np.ndarray


@dataclass(frozen=True, eq=False)
class Stereo:
    """Tetrahedral centres and double bonds whose stereo is stated; what is left open is not here.

    One stereoisomer may show in several ways when the graph has symmetry: each half of a meso
    molecule may be the left-handed one, cis-4-methylcyclohexanol is its own mirror image.

    Attributes:
        centres: an atom and the four corners around it, in an order that spans a positive volume;
            of an atom with three neighbours the first corner is itself; int64  # (S, 5)
        bonds: atom beside the double bond, its two ends, atom beside the other end; 1 if the
            outer atoms lie on the same side (cis), else 0; int64  # (D, 5)
        accepted: the ways in which the stereoisomer may show: which centres and double bonds are
            as above, the others being the other way round; bool, first row true  # (A, S + D)
    """

    centres: np.ndarray = field(default_factory=lambda: _none(5))
    bonds: np.ndarray = field(default_factory=lambda: _none(5))
    accepted: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.accepted is None:
            object.__setattr__(self, "accepted", np.ones((1, len(self)), dtype=bool))
        for name, columns, dtype in (("centres", 5, np.int64), ("bonds", 5, np.int64),
                                     ("accepted", len(self), np.bool_)):
            value = getattr(self, name)
            if value.dtype != dtype or value.ndim != 2 or value.shape[1] != columns:
                raise InputError(f"stereo: {name}", f"{value.dtype} {value.shape}",
                                 f"{np.dtype(dtype).name} array of shape (any, {columns})")
        if not len(self.accepted) or not self.accepted[0].all():
            raise InputError("stereo: accepted", self.accepted, "a first row that is true")

    def __len__(self) -> int:
        """Number of centres and double bonds, S + D."""
        return len(self.centres) + len(self.bonds)

    def as_stated(self, positions: np.ndarray) -> np.ndarray:
        """Which centres and double bonds are as stated, bool  # (C, S + D) of (C, N, 3)

        A centre that is flat is not, a double bond at a right angle is trans; nothing is where
        positions are not finite.
        """
        finite = np.isfinite(positions).all(axis=(1, 2))[:, None]
        positions = np.where(finite[..., None], positions, 0.0).astype(np.float64)
        cis = same_side(self.bonds, positions) == (self.bonds[:, 4] == 1)
        return finite & np.concatenate([signed_volumes(self.centres, positions) > 0, cis], axis=1)

    def check(self, positions: np.ndarray) -> Verdict:
        """What conformers show, counted against the accepted way they are nearest to."""
        found = self.as_stated(positions)
        wrong = found[:, None] != self.accepted  # (C, A, S + D)
        nearest = wrong.sum(axis=2).argmin(axis=1)
        wrong = wrong[np.arange(len(found)), nearest]
        finite = np.isfinite(positions).all(axis=(1, 2))
        opposite = (self.as_stated(-positions)[:, None] == self.accepted).all(axis=2).any(axis=1)
        return Verdict(finite & ~wrong.any(axis=1), finite & opposite,
                       wrong[:, : len(self.centres)].sum(axis=1),
                       wrong[:, len(self.centres):].sum(axis=1))


def signed_volumes(centres: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Six times the signed volume of each centre's corners, Å^3  # (C, S) of (S, 5), (C, N, 3)

    All four neighbours of a centre decide, not the centre and three of them: in strained rings an
    atom may lie outside the tetrahedron of its neighbours.
    """
    corners = positions[:, centres[:, 1:]]  # (C, S, 4, 3)
    return np.linalg.det(corners[:, :, 1:] - corners[:, :, :1])


def same_side(bonds: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Whether the outer atoms of double bonds lie on one side  # (C, D) of (D, 5), (C, N, 3)"""
    first, begin, end, last = np.moveaxis(positions[:, bonds[:, :4]], 2, 0)
    axis = end - begin
    one, other = np.cross(first - begin, axis), np.cross(last - end, axis)
    return (one * other).sum(axis=-1) > 0
