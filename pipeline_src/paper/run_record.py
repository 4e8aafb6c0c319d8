"""What made a table: commits, seeds, machines, versions and cost; kept apart from its numbers."""

from typing import Any

from pipeline_src.paper.jobs import processors
from pipeline_src.paper.provenance import samples_behind
from pipeline_src.reports.chain_costs import COSTS, read_costs
from pipeline_src.reports.inputs import read_benchmarks
from pipeline_src.run.settings import settings_hash
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings
from pipeline_src.run.sidecar import has_sidecar, read_sidecar


def run_record(settings: PaperTableSettings) -> dict[str, Any]:
    """Item, size, seeds, hash of the settings, commits, machines, versions, seconds by rule.

    ``clock`` is whose seconds the ``costs`` of its rows are: the CPU's, or those of the wall clock
    where a GPU did work, which CPU time does not tell.

    Of the samples behind the scores too. Files without a sidecar and jobs without a benchmark are
    left out. Jobs that several tables share count in each of them.
    """
    sidecars = [read_sidecar(path) for path in _made(settings) if has_sidecar(path)]
    sidecars += samples_behind(sidecars)
    times = read_benchmarks(settings.benchmarks)
    gpus = sorted({gpu["name"] for sidecar in sidecars for gpu in sidecar.get("gpus", ())})
    clock = "wall-clock" if gpus else "CPU"
    return {
        "item": settings.item, "size": settings.size, "experiments": list(settings.experiments),
        "seeds": sorted({seed for one in (*settings.rows, *settings.stages.values())
                         for seed in one.seeds}),
        "settings_hash": settings_hash(settings),
        "commits": sorted({sidecar["git_commit"] for sidecar in sidecars}),
        "machine": processors(sidecars),
        "gpus": gpus,
        "versions": _versions(sidecars),
        "elements": {row.label: len(row.elements) for row in settings.rows if row.elements},
        "clock": clock,
        "costs": {row.label: _costs(row, clock) for row in settings.rows if row.baseline_cost},
        "seconds": {rule: {"jobs": len(rows), "seconds": round(float(rows["seconds"].sum()), 1)}
                    for rule, rows in times.groupby("rule", sort=False)}}


def _versions(sidecars: list[dict]) -> dict[str, str]:
    """Package -> its versions, all of them where jobs had different ones."""
    found: dict[str, set[str]] = {}
    for sidecar in sidecars:
        for package, version in sidecar.get("versions", {}).items():
            found.setdefault(package, set()).add(str(version))
    return {package: ", ".join(sorted(found[package])) for package in sorted(found)}


def _costs(row: PaperRow, clock: str) -> dict[str, dict[str, float]]:
    """Seconds of a row's chain and of its baseline, means over the seeds, where known."""
    chain, baseline = (read_costs([cost] if cost else [], row.seeds, clock)[list(COSTS)].mean()
                       for cost in (row.cost, row.baseline_cost))
    return {what: {"chain": round(float(chain[what]), 1),
                   "baseline": round(float(baseline[what]), 1)}
            for what in COSTS if chain[what] > 0 and baseline[what] > 0}


def _made(settings: PaperTableSettings) -> list[str]:
    """Score files of rows and baselines, weights and counts of molecules behind the table."""
    sources = [source for row in settings.rows for source in (
        *row.scores, *row.baseline_scores, *row.properties, *row.baseline_properties,
        *(one for found in row.sound() for one in row.seeded(found)))]
    files = [path for source in sources for path in source.paths]
    files += [path.removesuffix(".csv") + ".parquet" for row in settings.rows
              for found in row.strain.values() for source in row.seeded(found)
              for path in source.paths]
    files += [row.molecules for row in settings.rows if row.molecules]
    files += [path for stage in settings.stages.values() for path in stage.files("weights")]
    return list(dict.fromkeys(files))
