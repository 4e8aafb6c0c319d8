"""Rows of the geometry score table for one molecule; a molecule that cannot be scored is a row."""

from collections import Counter

import numpy as np

from pipeline_src.chem.rmsd import mapped_rmsd
from pipeline_src.chem.symmetry import symmetry_mappings
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.jobs import ScoreSettings
from pipeline_src.scores.covmat import coverage_matching, threshold_grid

COLUMNS = ("molecule", "symmetrize", "delta", "cov_r", "cov_p", "mat_r", "mat_p", "n_references",
           "n_samples", "n_failed", "status", "reason")


def score_rows(settings: ScoreSettings, reference: Ensemble,
               generated: Ensemble | None) -> list[dict]:
    """A row per (symmetrize, delta) with ``COLUMNS``; failed ones have a reason and no scores.

    Failed conformers are left out; ``n_samples`` counts the others, ``n_failed`` these. The reason
    of an ``ok`` row is a remark: symmetry mappings not tried, notes of the samples.

    Args:
        settings: thresholds and RMSD modes.
        reference: reference conformers, restricted to the beads that ``generated`` has.
        generated: samples, or None if the molecule is missing from them.
    """
    grid = settings.geometry
    deltas = threshold_grid(grid.grid_step_angstrom, grid.grid_stop_angstrom,
                            settings.deltas_angstrom)
    counts = {"n_references": int(reference.ok.sum()),
              "n_samples": int(generated.ok.sum()) if generated else 0,
              "n_failed": int((~generated.ok).sum()) if generated else 0}
    rows = []
    for symmetrize in grid.symmetrize:
        head = {"molecule": reference.molecule.id, "symmetrize": int(symmetrize), **counts}
        reason = _unscorable(reference, generated)
        if not reason:
            try:
                rows += _scored(head, deltas, reference, generated, symmetrize, grid.max_matches)
                continue
            except InputError as error:
                reason = str(error)
        empty = dict.fromkeys(("cov_r", "cov_p", "mat_r", "mat_p"))
        rows += [{**head, "delta": delta, **empty, "status": "failed", "reason": reason}
                 for delta in deltas]
    return rows


def _scored(head: dict, deltas: list[float], reference: Ensemble, generated: Ensemble,
            symmetrize: bool, max_matches: int) -> list[dict]:
    mappings = symmetry_mappings(reference.molecule, symmetrize, max_matches)
    rmsd = mapped_rmsd(mappings, reference.positions[reference.ok],
                       generated.positions[generated.ok])
    score = coverage_matching(rmsd, deltas)
    remarks = [f"{n} of {generated.n_conformers} conformers {note}"
               for note, n in sorted(Counter(filter(None, generated.notes)).items())]
    if not mappings.complete:
        remarks.append(f"only {max_matches} symmetry mappings tried: RMSDs are upper bounds")
    reason = "; ".join(remarks)
    return [{**head, "delta": delta, "cov_r": float(cov_r), "cov_p": float(cov_p),
             "mat_r": score.mat_r, "mat_p": score.mat_p, "status": "ok", "reason": reason}
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
