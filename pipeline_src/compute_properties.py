"""Psi4 energy and HOMO-LUMO gap of one chunk of conformers, a row per conformer."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tqdm import tqdm

from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.split_table import test_rows
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.quantum.conformer_jobs import ConformerJob, conformer_jobs, deal, placed
from pipeline_src.quantum.find_psi4 import find_psi4
from pipeline_src.quantum.partial_results import PartialResults
from pipeline_src.quantum.property_table import COLUMNS, property_row
from pipeline_src.quantum.single_point import Result, psi4_level, single_point
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.experiment import Properties
from pipeline_src.run.settings.jobs import PropertyJob
from pipeline_src.run.step import OutPath, run_step


def compute_properties(settings: PropertyJob, ensembles: list[Path], split: Path,
                       out: OutPath) -> dict:
    """Write energy, HOMO, LUMO and gap of the chunk's conformers as CSV; returns Psi4's version.

    Finished conformers are kept in ``<out>.partial`` until the table is written: the same
    command goes on from there after it was stopped.

    Args:
        settings: level of theory, molecules, conformers per molecule, and the chunk to compute.
        ensembles: sample shards, or the folder of the reference ensembles; Parquet.
        split: ``split.csv``; only molecules of its test subset are computed.
        out: CSV, a row per conformer; failures are rows with a reason.
    """
    properties = settings.properties
    test = {row.molecule for row in test_rows(split)}
    jobs = deal(conformer_jobs(_read(ensembles, test), properties), properties.chunks,
                settings.chunk)
    mine = {job.name for job in jobs} & test
    placed_jobs = tqdm(placed(jobs, _read(ensembles, mine)), desc="single points",
                       total=len(jobs), unit="conformer", disable=None)
    version = find_psi4()[1]
    partial = PartialResults(Path(f"{out}.partial"), psi4_level(properties, version))
    write_rows(out, COLUMNS, list(_rows(placed_jobs, properties, partial)))
    partial.remove()
    return {"versions": {"psi4": version}}


def _read(paths: list[Path], wanted: set[str]) -> Iterator[Ensemble]:
    return (ensemble for path in paths for ensemble in read_ensembles(path, wanted))


def _rows(
    jobs: Iterable[ConformerJob], properties: Properties, partial: PartialResults
) -> Iterator[dict]:
    for job in jobs:
        yield property_row(job, _result(job, properties, partial))


def _result(job: ConformerJob, properties: Properties, partial: PartialResults) -> Result:
    if job.reason:
        return Result(reason=job.reason)
    result = partial.get(job)
    if result is None:
        molecule = job.molecule
        result = single_point(molecule.numbers, molecule.charges, job.positions, properties)
        partial.put(job, result)
    return result


if __name__ == "__main__":
    run_step(compute_properties)
