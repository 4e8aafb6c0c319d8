"""Step: how many samples of an experiment's chains show the stereo of their molecules."""

from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.jobs import SampleSources, ScoredSource
from pipeline_src.run.step import OutPath, run_step
from pipeline_src.scores.stereo import COLUMNS, stereo_rows

_RUN_COLUMNS = ("chain", "dataset", "seed", "sampler")


def score_stereo(settings: SampleSources, out: OutPath) -> None:
    """Write a table of rows as ``stereo_rows`` has them, for each chain, dataset, seed and sampler.

    Args:
        settings: the samples.
        out: CSV.

    Raises:
        InputError: a shard is missing or unreadable.
    """
    write_rows(out, (*_RUN_COLUMNS, *COLUMNS), (
        {**{name: getattr(source, name) for name in _RUN_COLUMNS}, **row}
        for source in settings.sources for row in stereo_rows(_samples(source))))


def _samples(source: ScoredSource) -> Iterator[Ensemble]:
    for path in tqdm(source.paths, desc=f"stereo of {source.chain}", unit=" shards", disable=None):
        yield from read_ensembles(Path(path))


if __name__ == "__main__":
    run_step(score_stereo)
