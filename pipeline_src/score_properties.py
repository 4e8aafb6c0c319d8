"""Errors of the generated ensembles' properties against the references', a row per quantity."""

from pathlib import Path

import numpy as np

from pipeline_src.quantum.ensemble_properties import ensemble_properties
from pipeline_src.quantum.property_table import read_property_rows
from pipeline_src.run.files import write_rows
from pipeline_src.run.step import OutPath, run_step
from pipeline_src.scores.property_error import COLUMNS, EnsembleSummary, property_errors


def score_properties(reference: list[Path], generated: list[Path], out: OutPath) -> None:
    """Write |reference - generated| in eV per molecule and quantity as CSV.

    Args:
        reference: property chunks of the reference ensembles.
        generated: property chunks of the generated ensembles.
        out: CSV; a molecule without properties on either side is five rows with a reason.
    """
    rows = property_errors(_summaries(reference), _summaries(generated))
    write_rows(out, COLUMNS, rows)


def _summaries(paths: list[Path]) -> dict[str, EnsembleSummary]:
    return {name: _summary(rows) for name, rows in read_property_rows(paths).items()}


def _summary(rows: list[dict[str, str]]) -> EnsembleSummary:
    ok = [row for row in rows if row["status"] == "ok"]
    failed = [row for row in rows if row["status"] != "ok" and row["conformer"]]
    if not ok:
        reason = f"{len(failed)} of {len(failed)} conformers failed, the first: " if failed else ""
        return EnsembleSummary(None, 0, len(failed), reason + rows[0]["reason"])
    energies, gaps = (np.array([float(row[column]) for row in ok])
                      for column in ("energy_hartree", "gap_ev"))
    return EnsembleSummary(ensemble_properties(energies, gaps), len(ok), len(failed))


if __name__ == "__main__":
    run_step(score_properties)
