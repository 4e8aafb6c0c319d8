"""Is a conformer sound chemistry: rows of checks; a failed conformer is a row with its reason."""

from collections.abc import Iterator

import numpy as np

from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.stereo import stated_stereo, stereo_kept
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.scores.posebusters_checks import CHECKS, ENERGY, NUMBERS, PoseChecks

STEREO = "stereo_kept"
COLUMNS = ("molecule", "conformer", *CHECKS, *ENERGY, STEREO, *NUMBERS, "status", "reason")


def validity_rows(sample: Ensemble, drawn: np.ndarray, poses: PoseChecks | None,
                  stereo: bool) -> Iterator[dict]:
    """A row of ``COLUMNS`` for each drawn conformer, or one for a molecule without any.

    A check is 1 passed, 0 not, or None: not asked for, or it does not apply (stereo where none is
    stated, an energy that UFF has no parameters for).

    Args:
        sample: of all atoms.
        drawn: indices of the conformers that are looked at  # (D,)
        poses: PoseBusters' checks; None: not asked for.
        stereo: whether stereo is asked for.

    Raises:
        InputError: beads in place of atoms.
    """
    name = sample.molecule.id
    if sample.level != "all":
        raise InputError(f"ensemble {name}: level", sample.level, "all atoms ('all')")
    if not len(drawn):
        yield failed_row(name, "no conformer")
    sound = drawn[sample.ok[drawn]]
    mol, positions = to_rdkit(sample.molecule), sample.positions[sound]
    found = {c: {} for c in sound.tolist()}
    if poses:
        for c, verdicts in zip(found, poses.verdicts(mol, positions), strict=True):
            found[c] |= verdicts
    if stereo and len(stated_stereo(mol)):
        for c, kept in zip(found, stereo_kept(mol, positions).tolist(), strict=True):
            found[c][STEREO] = kept
    for c in drawn.tolist():
        yield failed_row(name, f"not sampled: {sample.reasons[c]}", c) if c not in found else {
            **dict.fromkeys(COLUMNS), "molecule": name, "conformer": c,
            **{check: _cell(value) for check, value in found[c].items()},
            "status": "ok", "reason": ""}


def failed_row(molecule: str, reason: str, conformer: int | None = None) -> dict:
    """The row of a conformer, or of a whole molecule, that there is nothing to say of."""
    return {**dict.fromkeys(COLUMNS), "molecule": molecule, "conformer": conformer,
            "status": "failed", "reason": reason}


def _cell(value: bool | float | None) -> int | float | None:
    return int(value) if isinstance(value, bool) else value
