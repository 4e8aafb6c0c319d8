"""Rows of the geometry score table; a molecule that cannot be scored is a row."""

from collections import Counter

import numpy as np

from pipeline_src.chem.rmsd import mapped_rmsds
from pipeline_src.chem.symmetry import SymmetryMappings, symmetry_mappings
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.jobs import ScoreSettings
from pipeline_src.scores.covmat import coverage_matching, threshold_grid

COLUMNS = ("molecule", "symmetrize", "delta", "cov_r", "cov_p", "mat_r", "mat_p", "n_references",
           "n_samples", "n_failed", "status", "reason")
Task = tuple[Ensemble, Ensemble | None]  # references and samples of a molecule


def score_rows(settings: ScoreSettings, reference: Ensemble,
               generated: Ensemble | None) -> list[dict]:
    """The rows of one molecule; see ``score_molecules``."""
    return score_molecules(settings, [(reference, generated)])[0]


def score_molecules(settings: ScoreSettings, molecules: list[Task]) -> list[list[dict]]:
    """For each molecule a row per (symmetrize, delta) with ``COLUMNS``.

    A row that failed has a reason and no scores. Failed conformers are left out; ``n_samples``
    counts the others, ``n_failed`` these. The reason of an ``ok`` row is a remark: symmetry
    mappings not tried, notes of the samples.

    Args:
        settings: thresholds and RMSD modes.
        molecules: of each its reference conformers, restricted to the beads that its samples have,
            and its samples, or None if it is missing from them.
    """
    rows = [[] for _ in molecules]
    for symmetrize in settings.geometry.symmetrize:
        mappings = [_mappings(settings, *task, symmetrize) for task in molecules]
        sound = [k for k, found in enumerate(mappings) if not isinstance(found, str)]
        rmsds = mapped_rmsds(*zip(*((mappings[k], *_positions(*molecules[k])) for k in sound),
                                  strict=True)) if sound else []
        by_molecule = dict(zip(sound, rmsds, strict=True))
        for k, task in enumerate(molecules):
            head = {"molecule": task[0].molecule.id, "symmetrize": int(symmetrize),
                    **_counts(*task)}
            rows[k] += [{**head, **score}
                        for score in _scores(settings, task[1], mappings[k], by_molecule.get(k))]
    return rows


def _mappings(settings: ScoreSettings, reference: Ensemble, generated: Ensemble | None,
              symmetrize: bool) -> SymmetryMappings | str:
    """The molecule's symmetry mappings, or why it has no scores."""
    reason = _unscorable(reference, generated)
    if reason:
        return reason
    try:
        return symmetry_mappings(reference.molecule, symmetrize, settings.geometry.max_matches)
    except InputError as error:
        return str(error)


def _positions(reference: Ensemble, generated: Ensemble) -> tuple[np.ndarray, np.ndarray]:
    return reference.positions[reference.ok], generated.positions[generated.ok]


def _counts(reference: Ensemble, generated: Ensemble | None) -> dict[str, int]:
    return {"n_references": int(reference.ok.sum()),
            "n_samples": int(generated.ok.sum()) if generated else 0,
            "n_failed": int((~generated.ok).sum()) if generated else 0}


def _scores(settings: ScoreSettings, generated: Ensemble | None,
            mappings: SymmetryMappings | str, rmsd: np.ndarray | None) -> list[dict]:
    """The scores at each threshold, or a failed row for each."""
    grid = settings.geometry
    deltas = threshold_grid(grid.grid_step_angstrom, grid.grid_stop_angstrom,
                            settings.deltas_angstrom)
    if rmsd is None:
        empty = dict.fromkeys(("cov_r", "cov_p", "mat_r", "mat_p"))
        return [{"delta": delta, **empty, "status": "failed", "reason": mappings}
                for delta in deltas]
    score = coverage_matching(rmsd, deltas)
    remarks = [f"{n} of {generated.n_conformers} conformers {note}"
               for note, n in sorted(Counter(filter(None, generated.notes)).items())]
    if not mappings.complete:
        remarks.append(f"only {grid.max_matches} symmetry mappings tried: RMSDs are upper bounds")
    reason = "; ".join(remarks)
    return [{"delta": delta, "cov_r": float(cov_r), "cov_p": float(cov_p), "mat_r": score.mat_r,
             "mat_p": score.mat_p, "status": "ok", "reason": reason}
            for delta, cov_r, cov_p in zip(deltas, score.cov_r, score.cov_p, strict=True)]


def _unscorable(reference: Ensemble, generated: Ensemble | None) -> str:
    """Why the molecule has no scores, or ''."""
    if not reference.ok.any():
        return "no reference conformers"
    if generated is None:
        return "molecule missing from the samples"
    ours, theirs = reference.molecule, generated.molecule
    if not np.array_equal(ours.numbers, theirs.numbers):
        return "atoms of samples and references differ in number, element or order"
    if not (np.array_equal(ours.bonds, theirs.bonds)
            and np.array_equal(ours.orders, theirs.orders)):
        return "bonds of samples and references differ"
    if not generated.ok.any():
        reasons = sorted({reason for reason in generated.reasons if reason})
        return "no usable sample: " + ("; ".join(reasons) or "none was drawn")
    return ""
