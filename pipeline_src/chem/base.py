"""What readers of foreign formats give back: ensembles, and rejections that say why."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from pipeline_src.ensembles import Ensemble
from pipeline_src.run.settings import Settings

REJECTED_COLUMNS = ("molecule", "conformer", "reason")


class Refused(Exception):
    """One molecule or conformer cannot be used; the message is the reason a chemist reads."""


@dataclass(frozen=True)
class Rejection:
    """A molecule, or one of its conformers, that was left out.

    Attributes:
        molecule: its id, or where it stood when it has none.
        conformer: 0-based index among the molecule's records; None: the whole molecule.
        reason: a sentence.
    """

    molecule: str
    conformer: int | None
    reason: str

    def row(self) -> dict:
        """The rejection as a row of ``rejected.csv``."""
        return {"molecule": self.molecule, "conformer": self.conformer, "reason": self.reason}


Reader = Callable[[Settings], Iterator[Ensemble | Rejection]]


def unique(items: Iterable[Ensemble | Rejection]) -> Iterator[Ensemble | Rejection]:
    """Yield ``items``; an ensemble whose id came before becomes a rejection."""
    seen = set()
    for item in items:
        if isinstance(item, Ensemble) and item.molecule.id in seen:
            what = f", with {item.n_conformers} conformers," if item.n_conformers else ""
            yield Rejection(item.molecule.id, None, (
                f"this molecule{what} is left out: another one of the same name came before it"
                " (names must be unique, and the records of one molecule consecutive)"))
            continue
        if isinstance(item, Ensemble):
            seen.add(item.molecule.id)
        yield item


def select_conformers(ensemble: Ensemble, chosen: np.ndarray) -> Ensemble:
    """The ensemble with the ``chosen`` conformers only, in that order  # int (K,)"""
    def take(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values[chosen]

    return replace(ensemble, positions=ensemble.positions[chosen],
                   energies_hartree=take(ensemble.energies_hartree), weights=take(ensemble.weights),
                   reasons=tuple(ensemble.reasons[c] for c in chosen),
                   notes=tuple(ensemble.notes[c] for c in chosen))
