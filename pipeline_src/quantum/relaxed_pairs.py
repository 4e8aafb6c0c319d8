"""A molecule's conformers before and after a relaxation: as one ensemble, and as rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.drawing import drawn_conformers
from pipeline_src.quantum.relaxers import Relaxed, Relaxer
from pipeline_src.run.errors import InputError
from pipeline_src.run.units import HARTREE_TO_KCAL_MOL

COLUMNS = ("molecule", "conformer", "energy_before_hartree", "energy_after_hartree",
           "strain_kcal_mol", "converged", "status", "reason")
NOT_SAMPLED = "not sampled: "
_CONVERGED = "converged"


@dataclass(frozen=True)
class Pairing:
    """Relaxes the drawn conformers of a molecule.

    Attributes:
        relaxer: the level of theory.
        most: conformers of a molecule at most; None: all.
        seed: of their draw.
    """

    relaxer: Relaxer
    most: int | None
    seed: int | None

    def drawn(self, sample: Ensemble) -> np.ndarray:
        """Which conformers are relaxed, sorted indices  # (D,)"""
        return drawn_conformers(sample.molecule.id, sample.n_conformers, self.most, self.seed)

    def relaxed(self, sample: Ensemble) -> Ensemble:
        """The drawn conformers as they were and then relaxed, in one ensemble of 2 D conformers.

        Energies are NaN where there is none; a note of the second half says what converged.

        Raises:
            InputError: beads in place of atoms.
        """
        if sample.level != "all":
            raise InputError(f"ensemble {sample.molecule.id}: level", sample.level,
                             "all atoms ('all')")
        drawn = self.drawn(sample)
        sound = drawn[sample.ok[drawn]]
        done = dict(zip(sound.tolist(), self.relaxer.relax(
            sample.molecule, sample.positions[sound]), strict=True)) if len(sound) else {}
        results = [done.get(c) or Relaxed(reason=NOT_SAMPLED + sample.reasons[c])
                   for c in drawn.tolist()]
        nothing = np.full((sample.molecule.n_atoms, 3), np.nan, dtype=np.float32)
        after = [nothing if r.positions is None else r.positions for r in results]
        positions = np.stack([*sample.positions[drawn], *after]) if results else \
            np.empty((0, *nothing.shape), dtype=np.float32)
        energies = [np.nan if e is None else e for e in (
            *(r.before_hartree for r in results), *(r.after_hartree for r in results))]
        return Ensemble(
            sample.molecule, positions, energies_hartree=np.array(energies, dtype=np.float64),
            reasons=(*(sample.reasons[c] for c in drawn), *(r.reason for r in results)),
            notes=(*(sample.notes[c] for c in drawn),
                   *(_CONVERGED if r.converged else "" for r in results)))


def strain_rows(pair: Ensemble, drawn: np.ndarray) -> Iterator[dict]:
    """A row for each drawn conformer, or one for a molecule without any: ``COLUMNS``.

    Strain is the energy before minus that after, in kcal/mol.

    Args:
        pair: of ``Pairing.relaxed``.
        drawn: indices of its conformers among the samples  # (D,)
    """
    half, energies = len(drawn), pair.energies_hartree
    if not half:
        yield {**dict.fromkeys(COLUMNS), "molecule": pair.molecule.id, "status": "failed",
               "reason": "no conformer"}
    for c, conformer in enumerate(drawn.tolist()):
        before, after = float(energies[c]), float(energies[half + c])
        reason = pair.reasons[half + c]
        yield {"molecule": pair.molecule.id, "conformer": conformer,
               "energy_before_hartree": _known(before), "energy_after_hartree": _known(after),
               "strain_kcal_mol": _known((before - after) * HARTREE_TO_KCAL_MOL),
               "converged": None if reason else int(pair.notes[half + c] == _CONVERGED),
               "status": "failed" if reason else "ok", "reason": reason}


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
