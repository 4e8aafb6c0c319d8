"""What readers of foreign formats give back: ensembles, and rejections that say why."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from pipeline_src.ensembles import Ensemble
from pipeline_src.run.settings import Settings

REJECTED_COLUMNS = ("molecule", "conformer", "reason")


class Refused(Exception):
    """One molecule or conformer cannot be used; the message is the reason a chemist reads."""


def writable(text: str) -> str:
    """``text``, escaped where it is no characters, as are file names that are not UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


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
        return {"molecule": writable(self.molecule), "conformer": self.conformer,
                "reason": writable(self.reason)}


@dataclass(frozen=True)
class Share:
    """One of ``of`` contiguous runs of a source's molecules, which as jobs import side by side.

    Attributes:
        number: 0-based.
        of: how many there are.
    """

    number: int = 0
    of: int = 1

    def run(self, n_molecules: int) -> range:
        """Positions of this share's molecules; the shares' lengths differ by one at most."""
        each, longer = divmod(n_molecules, self.of)
        start = self.number * each + min(self.number, longer)
        return range(start, start + each + (self.number < longer))


WHOLE = Share()
# The ensembles of one share of a source, in the source's order, and what is left out of it.
Reader = Callable[[Settings, Share], Iterator[Ensemble | Rejection]]


def unique(items: Iterable[Ensemble | Rejection]) -> Iterator[Ensemble | Rejection]:
    """Yield ``items``; an ensemble whose id came before becomes a rejection."""
    seen = set()
    for item in items:
        if isinstance(item, Ensemble) and item.molecule.id in seen:
            yield repeated(item)
            continue
        if isinstance(item, Ensemble):
            seen.add(item.molecule.id)
        yield item


def repeated(ensemble: Ensemble) -> Rejection:
    """The rejection of an ensemble whose molecule came before."""
    what = f", with {ensemble.n_conformers} conformers," if ensemble.n_conformers else ""
    return Rejection(ensemble.molecule.id, None, (
        f"this molecule{what} is left out: another one of the same name came before it"
        " (names must be unique, and the records of one molecule consecutive)"))


def select_conformers(ensemble: Ensemble, chosen: np.ndarray) -> Ensemble:
    """The ensemble with the ``chosen`` conformers only, in that order  # int (K,)"""
    def take(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values[chosen]

    return replace(ensemble, positions=ensemble.positions[chosen],
                   energies_hartree=take(ensemble.energies_hartree), weights=take(ensemble.weights),
                   reasons=tuple(ensemble.reasons[c] for c in chosen),
                   notes=tuple(ensemble.notes[c] for c in chosen))
