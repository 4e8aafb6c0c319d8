"""Step: how many samples of an experiment's chains show the stereo of their molecules."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tqdm import tqdm

from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.reports.inputs import RUN_COLUMNS, read_left_out
from pipeline_src.reports.stereo_figure import draw_stereo
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.settings.jobs import ScoredSource, StereoSettings
from pipeline_src.run.step import OutPath, run_step
from pipeline_src.scores.bootstrap import bootstrap_share
from pipeline_src.scores.stereo import COLUMNS, stereo_rows


def score_stereo(settings: StereoSettings, out: OutPath, plot: OutPath) -> None:
    """Write a table of rows as ``stereo_rows`` has them, for each chain, dataset, seed and sampler.

    Molecules that a source leaves out are not among them.

    Args:
        settings: the samples, and the intervals of their shares.
        out: CSV.
        plot: SVG, the shares of each chain.

    Raises:
        InputError: a shard is missing or unreadable.
    """
    interval = partial(bootstrap_share, resamples=settings.bootstrap_resamples,
                       seed=settings.bootstrap_seed)
    rows = [{**{name: getattr(source, name) for name in RUN_COLUMNS}, **row}
            for source in settings.sources for row in stereo_rows(_samples(source), interval)]
    with replacing_all(out, plot) as (table, svg):
        write_rows(table, (*RUN_COLUMNS, *COLUMNS), rows)
        draw_stereo(rows, svg)


def _samples(source: ScoredSource) -> Iterator[Ensemble]:
    left_out = set(read_left_out(source)["molecule"])
    for path in tqdm(source.paths, desc=f"stereo of {source.chain}", unit=" shards", disable=None):
        yield from (sample for sample in read_ensembles(Path(path))
                    if sample.molecule.id not in left_out)


if __name__ == "__main__":
    run_step(score_stereo)
