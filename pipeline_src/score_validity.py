"""Step: PoseBusters' checks and stereo of one shard of samples, or of references."""

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from tqdm import tqdm

from pipeline_src.ensembles.drawing import drawn_conformers
from pipeline_src.ensembles.split_table import test_shard
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.jobs import ValidityJob
from pipeline_src.run.step import OutPath, run_step
from pipeline_src.scores.posebusters_checks import PoseChecks
from pipeline_src.scores.validity import COLUMNS, failed_row, validity_rows


def score_validity(settings: ValidityJob, samples: Path, split: Path, shard: int,
                   out: OutPath) -> dict:
    """Write a row per conformer of the shard's molecules: what it passes, or why it is not there.

    Returns PoseBusters' version.

    Args:
        settings: which checks, and which conformers of a molecule.
        samples: sample shard, or the folder of the reference ensembles; Parquet.
        split: the split table; rows of subset 'test' and of ``shard`` are looked at.
        shard: number of the shard.
        out: CSV.

    Raises:
        InputError: samples of a level coarser than 'all'.
    """
    write_rows(out, COLUMNS, _rows(settings, samples, test_shard(split, shard)))
    return {"versions": {"posebusters": metadata.version("posebusters")}}


def _rows(settings: ValidityJob, samples: Path, ids: list[str]) -> Iterator[dict]:
    energy, stereo = "internal_energy" in settings.checks, "stereo" in settings.checks
    poses = PoseChecks(energy) if energy or "posebusters" in settings.checks else None
    found = set()
    for sample in tqdm(read_ensembles(samples, set(ids)), desc="score_validity", unit=" molecules",
                       total=len(ids), disable=None):
        found.add(sample.molecule.id)
        drawn = drawn_conformers(sample.molecule.id, sample.n_conformers, settings.conformers,
                                 settings.seed)
        yield from validity_rows(sample, drawn, poses, stereo)
    for name in ids:
        if name not in found:
            yield failed_row(name, "molecule missing from the samples")


if __name__ == "__main__":
    run_step(score_validity)
