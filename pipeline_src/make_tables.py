"""Step: score tables of an experiment to its result tables."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
from tqdm import tqdm

from pipeline_src.reports import comparison_tables, property_tables, tables
from pipeline_src.reports.comparison_tables import Statistics
from pipeline_src.reports.inputs import (
    GEOMETRY_SCORES,
    near,
    read_left_out,
    read_shards,
    stack,
)
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.settings.jobs import ScoredSource, TableSettings
from pipeline_src.run.step import OutPath, run_step
from pipeline_src.scores.bootstrap import bootstrap_interval
from pipeline_src.scores.paired import holm, paired_difference, seed_mean


def make_tables(settings: TableSettings, out_geometry: OutPath, out_curve: OutPath,
                out_properties: OutPath, out_failures: OutPath, out_comparison: OutPath,
                out_paired: OutPath, out_property_molecules: OutPath,
                out_property_comparison: OutPath, out_property_paired: OutPath) -> None:
    """Write the tables; rows come in the order of the settings.

    Args:
        settings: the score files and how to sum them up.
        out_geometry: COV/MAT at the headline thresholds, means with bootstrap intervals.
        out_curve: mean COV over all thresholds, failed molecules counted as 0.
        out_properties: errors of ensemble properties; this and the other tables of properties
            have the header alone if none were asked for.
        out_failures: every molecule and conformer that failed or does not count, and why.
        out_comparison: COV/MAT at the headline thresholds over all seeds.
        out_paired: the chains against their baselines, molecule by molecule; the header alone if
            none has one.
        out_property_molecules: errors of ensemble properties by molecule, failed ones among them.
        out_property_comparison: their means over all seeds.
        out_property_paired: the chains against their baselines in them, molecule by molecule.

    Raises:
        InputError: a score file that does not fit, no thresholds for a dataset, a baseline that
            was not scored.
    """
    unknown = sorted(set(settings.failure_policies) - {"zero", "skip"})
    if unknown:
        raise InputError("failure_policies", unknown, "zero and skip")
    drawn = {"resamples": settings.bootstrap_resamples, "seed": settings.bootstrap_seed}
    interval = partial(bootstrap_interval, **drawn)
    statistics = Statistics(partial(seed_mean, **drawn), partial(paired_difference, **drawn), holm)
    geometry, curve, headline, failures = _geometry(settings, interval)
    properties, failed = property_tables.rows_of_properties(settings, statistics, interval)
    comparison, paired = _compared(settings, headline, statistics)
    written = {out_geometry: (tables.GEOMETRY_COLUMNS, geometry),
               out_curve: (tables.CURVE_COLUMNS, curve),
               out_failures: (tables.FAILURE_COLUMNS, failures + failed),
               out_comparison: (comparison_tables.COMPARISON_COLUMNS, comparison),
               out_paired: (comparison_tables.PAIRED_COLUMNS, paired),
               **dict(zip((out_properties, out_property_molecules, out_property_comparison,
                           out_property_paired), properties.items(), strict=True))}
    with replacing_all(*written) as temporaries:
        for temporary, (columns, rows) in zip(temporaries, written.values(), strict=True):
            write_rows(temporary, columns, rows)


def _geometry(settings: TableSettings, interval: tables.Interval
              ) -> tuple[list[dict], list[dict], list[pd.DataFrame], list[dict]]:
    """Rows of COV/MAT and of the curve, the scores at the headline thresholds, and failures."""
    geometry, curve, headline, failures = [], [], [], []
    for source in tqdm(settings.geometry, desc="make_tables", unit="source", disable=None):
        if source.dataset not in settings.deltas_angstrom:
            raise InputError("deltas_angstrom", sorted(settings.deltas_angstrom),
                             f"thresholds for {source.dataset}")
        deltas = settings.deltas_angstrom[source.dataset]
        scores, coverage, failed = _gathered(source, deltas)
        geometry += tables.geometry_rows(source, scores, deltas, settings.failure_policies,
                                         interval)
        headline.append(comparison_tables.headline_scores(source, scores, deltas))
        curve += tables.curve_rows(source, coverage)
        failures += failed
        failures += tables.left_out_rows(source, read_left_out(source))
    return geometry, curve, headline, failures


def _gathered(source: ScoredSource, deltas: Sequence[float]
              ) -> tuple[pd.DataFrame, pd.DataFrame, list[dict]]:
    """Of a source its scores at these thresholds, its parts of the curve, its failures.

    All that is scored of a large set does not fit in memory; one shard of it does.
    """
    scores, coverage, failures = [], [], {}
    for shard in read_shards(source, GEOMETRY_SCORES):
        scores.append(shard[near(shard["delta"], deltas)])
        coverage.append(tables.curve_part(shard))
        for row in tables.failure_rows(source, shard, "geometry"):
            failures.setdefault((row["molecule"], row["reason"]), row)
    return stack(scores), stack(coverage), list(failures.values())


def _compared(settings: TableSettings, headline: list[pd.DataFrame],
              statistics: Statistics) -> tuple[list[dict], list[dict]]:
    """Rows of the chains over all seeds, and of those with a baseline against it."""
    if not headline:
        return [], []
    scores = pd.concat(headline, ignore_index=True)
    policies = settings.failure_policies
    return (list(comparison_tables.comparison_rows(scores, policies, statistics)),
            list(comparison_tables.paired_rows(scores, policies, settings.baselines, statistics)))


if __name__ == "__main__":
    run_step(make_tables)
