"""Step: checks, strain and relaxed scores of an experiment to its tables of validity."""

from collections.abc import Iterator
from functools import partial

import pandas as pd
from tqdm import tqdm

from pipeline_src.reports import tables, validity_tables
from pipeline_src.reports.comparison_tables import Statistics
from pipeline_src.reports.inputs import GEOMETRY_SCORES, read_sources
from pipeline_src.reports.validity_tables import NONE, Intervals
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.settings.jobs import ScoredSource, ValiditySettings
from pipeline_src.run.step import OutPath, run_step
from pipeline_src.scores.bootstrap import bootstrap_interval, bootstrap_pooled, bootstrap_share
from pipeline_src.scores.paired import holm, paired_difference, seed_mean

_Scores = dict[str, list[tuple[ScoredSource, pd.DataFrame]]]


def make_validity_tables(settings: ValiditySettings, out_validity: OutPath, out_relaxed: OutPath,
                         out_paired: OutPath) -> None:
    """Write the tables; rows come in the order of the settings.

    Molecules that a source leaves out are in none of them.

    Args:
        settings: the score files and how to sum them up.
        out_validity: a row per chain, dataset, seed, sampler and check, the references' among them.
        out_relaxed: COV/MAT at the headline thresholds of the samples as drawn and after each
            relaxer; the header alone if none was asked for.
        out_paired: relaxed minus drawn, molecule by molecule, over all seeds.

    Raises:
        InputError: a score file that does not fit, or no thresholds for a dataset.
    """
    drawn = {"resamples": settings.bootstrap_resamples, "seed": settings.bootstrap_seed}
    scores = _geometry(settings)
    statistics = Statistics(partial(seed_mean, **drawn), partial(paired_difference, **drawn), holm)
    written = {
        out_validity: (validity_tables.VALIDITY_COLUMNS, _validity(settings, Intervals(
            partial(bootstrap_share, **drawn), partial(bootstrap_pooled, **drawn)))),
        out_relaxed: (validity_tables.RELAXED_COLUMNS, _relaxed(
            settings, scores, partial(bootstrap_interval, **drawn))),
        out_paired: (validity_tables.RELAXED_PAIRED_COLUMNS, validity_tables.relaxed_pairs(
            scores, settings.deltas_angstrom, settings.failure_policies, statistics))}
    with replacing_all(*written) as temporaries:
        for temporary, (columns, rows) in zip(temporaries, written.values(), strict=True):
            write_rows(temporary, columns, rows)


def _validity(settings: ValiditySettings, intervals: Intervals) -> Iterator[dict]:
    """The rows of a chain and dataset together, whichever files they come from."""
    rows: dict[tuple, list[dict]] = {}
    for source in tqdm(settings.checks, desc="checks", unit="source", disable=None):
        rows.setdefault(_run(source), []).extend(validity_tables.check_rows(
            source, read_sources([source], validity_tables.CHECK_SCORES), intervals))
    for strain in tqdm(settings.strain, desc="strain", unit="source", disable=None):
        energies = read_sources([strain.source], validity_tables.STRAIN)
        rows.setdefault(_run(strain.source), []).extend(validity_tables.strain_rows(
            strain.source, strain.relaxer, energies, intervals))
    for found in rows.values():
        yield from found


def _run(source: ScoredSource) -> tuple:
    return source.chain, source.dataset, source.seed, source.sampler


def _geometry(settings: ValiditySettings) -> _Scores:
    """Relaxer, or ``NONE`` -> each source and its scores at the headline thresholds."""
    scores: _Scores = {}
    for entry in settings.relaxed:
        for relaxer, source in {NONE: entry.source, **entry.relaxed}.items():
            if source.dataset not in settings.deltas_angstrom:
                raise InputError("deltas_angstrom", sorted(settings.deltas_angstrom),
                                 f"thresholds for {source.dataset}")
            found = read_sources([source], GEOMETRY_SCORES, settings.deltas_angstrom)
            scores.setdefault(relaxer, []).append((source, found))
    return scores


def _relaxed(settings: ValiditySettings, scores: _Scores, interval: tables.Interval
             ) -> Iterator[dict]:
    """The rows of ``tables.geometry_rows``, a run after the other, as drawn first."""
    for number, entry in enumerate(settings.relaxed):
        for relaxer in (NONE, *entry.relaxed):
            source, found = scores[relaxer][number]
            for row in tables.geometry_rows(source, found, settings.deltas_angstrom[source.dataset],
                                            settings.failure_policies, interval):
                yield {"relaxed": relaxer, **row}


if __name__ == "__main__":
    run_step(make_validity_tables)
