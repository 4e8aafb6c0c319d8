"""Psi4 against PySCF: energies and gaps of shipped conformers, with equal settings."""

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.quantum.conformer_jobs import ConformerJob
from pipeline_src.quantum.cross_check import (
    COLUMNS,
    ENGINES,
    SUMMARY_COLUMNS,
    chosen,
    compared_row,
    summary_rows,
    summary_text,
)
from pipeline_src.quantum.engines import OrbitalEngine
from pipeline_src.quantum.partial_results import PartialResults
from pipeline_src.quantum.single_point import Result
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.quantum_check import QuantumCheck
from pipeline_src.run.step import OutPath, run_step


def check_quantum(settings: QuantumCheck, ensembles: Path, out: OutPath,
                  summary: OutPath) -> dict:
    """Write the energies and gaps of both programs as CSV; returns their versions.

    Which variant of B3LYP they have and why it is one and the same stands in
    ``quantum.psi4_engine`` and ``quantum.pyscf_engine``. Finished single points are kept in
    ``<out>.partial`` until the tables are written: the same command goes on from there. Seconds
    are those of this machine, the only cells that differ between equal runs.

    Args:
        settings: conformers, levels of theory, limits.
        ensembles: folder of the dataset's ensembles; Parquet.
        out: CSV, a row per conformer and level; failures are rows with a reason.
        summary: CSV, a row per level: largest and mean difference, and the verdict.
    """
    jobs = chosen(read_ensembles(ensembles), settings)
    folder = Path(f"{out}.partial")
    engines = _engines(settings)
    rows = list(_rows(settings, jobs, engines, folder))
    found = summary_rows(rows, settings)
    with replacing_all(out, summary) as (table, judged):
        write_rows(table, COLUMNS, rows)
        write_rows(judged, SUMMARY_COLUMNS, found)
    PartialResults(folder, []).remove()
    print(summary_text(found))
    return {"versions": {name: engines[0][name].version for name in ENGINES}}


def _engines(settings: QuantumCheck) -> list[dict[str, OrbitalEngine]]:
    """Of each level both programs."""
    return [{name: load_part("orbitals", name)(settings.single_points(level)) for name in ENGINES}
            for level in settings.levels]


def _rows(settings: QuantumCheck, jobs: list[ConformerJob],
          engines: list[dict[str, OrbitalEngine]], folder: Path) -> Iterator[dict]:
    for job in tqdm(jobs, desc="check_quantum", unit="conformer", disable=None):
        for level, programs in zip(settings.levels, engines, strict=True):
            results = {name: _result(job, engine, PartialResults(folder, engine.identity))
                       for name, engine in programs.items()}
            yield compared_row(job, level, results, settings.gap_limit_ev)


def _result(job: ConformerJob, engine: OrbitalEngine, partial: PartialResults) -> Result:
    """The single point, with the seconds it took when it was computed."""
    result = partial.get(job)
    if result is None:
        started = time.perf_counter()
        result = engine.orbitals(job.molecule, job.positions)
        result = dataclasses.replace(result, seconds=time.perf_counter() - started)
        partial.put(job, result)
    return result


if __name__ == "__main__":
    run_step(check_quantum)
