"""Where relaxed samples and their checks lie, and what the tables of them are told."""

from collections.abc import Iterable

from pipeline_src.run.plan import Plan, Run
from pipeline_src.run.registry import Registry
from pipeline_src.run.scored_sources import geometry_source, left_out_of, scored_source
from pipeline_src.run.settings import settings_hash
from pipeline_src.run.settings.jobs import (
    RelaxedSource,
    RelaxJob,
    ScoredSource,
    StrainSource,
    ValidityJob,
    ValiditySettings,
)
from pipeline_src.run.settings.paper_table import PaperRow
from pipeline_src.run.settings.validity import REFERENCE, Validity


def relax_job(validity: Validity, kind: str) -> RelaxJob:
    """How the relaxer of that kind is run; a seed only where it draws."""
    relaxer = validity.relaxer(kind)
    return RelaxJob(relaxer=relaxer,
                    seed=None if relaxer.conformers is None else validity.seed)


def check_job(validity: Validity) -> ValidityJob:
    """How conformers are checked; a seed only where some are drawn."""
    return ValidityJob(checks=validity.checks, conformers=validity.conformers,
                       seed=None if validity.conformers is None else validity.seed)


def relax_jobs(registry: Registry) -> dict[str, RelaxJob]:
    """Key -> job, of all experiments."""
    jobs = [relax_job(validity, relaxer.kind) for validity in _sections(registry)
            for relaxer in validity.relaxers]
    return {settings_hash(job): job for job in jobs}


def check_jobs(registry: Registry) -> dict[str, ValidityJob]:
    """Key -> job, of all experiments."""
    jobs = [check_job(validity) for validity in _sections(registry)]
    return {settings_hash(job): job for job in jobs}


def _sections(registry: Registry) -> list[Validity]:
    return [e.validity for e in registry.experiments.values() if e.validity]


def relaxed_pattern(dataset: str, node: str, seed: int | str, job: RelaxJob, ending: str) -> str:
    """Path of relaxed shards (.parquet) or their energies (.csv), with ``{shard}``."""
    return (f"results/relaxed/{dataset}/{node}/seed{seed}/{settings_hash(job)}"
            f"/shard{{shard}}{ending}")


def check_pattern(dataset: str, node: str, seed: int | str, job: ValidityJob) -> str:
    """Path of the shards of checks, with ``{shard}``."""
    return (f"results/validity_scores/{dataset}/{node}/seed{seed}/{settings_hash(job)}"
            "/shard{shard}.csv")


def relaxed_suffix(job: RelaxJob) -> str:
    """What follows the node in the path of the geometry scores of relaxed samples."""
    return f".{job.relaxer.kind}-{settings_hash(job)}"


def validity_settings(plan: Plan, experiment: str) -> ValiditySettings:
    """The score files of an experiment with the section ``validity``, the references' first."""
    settings = plan.registry.experiments[experiment]
    runs = [*map(reference_run, settings.test), *plan.runs[experiment]]
    strain = [StrainSource(relaxer=kind, source=source) for run in runs
              for kind, source in strain_sources(plan, experiment, run).items()]
    return ValiditySettings(
        checks=[check_source(plan, experiment, run) for run in runs], strain=strain,
        relaxed=[RelaxedSource(source=geometry_source(plan, experiment, run),
                               relaxed=relaxed_sources(plan, experiment, run))
                 for run in plan.runs[experiment] if settings.validity.relaxed],
        deltas_angstrom={d: plan.registry.datasets[d].deltas_angstrom for d in settings.test},
        failure_policies=settings.geometry.failure_policies,
        bootstrap_resamples=settings.geometry.bootstrap_resamples,
        bootstrap_seed=settings.geometry.bootstrap_seed)


def reference_run(dataset: str) -> Run:
    """The references of a dataset in the place of samples."""
    return Run(chain=REFERENCE, dataset=dataset, seed=0, sampler="", node=REFERENCE)


def check_source(plan: Plan, experiment: str, run: Run) -> ScoredSource:
    """The checks of a run, or of references."""
    validity = plan.registry.experiments[experiment].validity
    return _source(plan, experiment, run,
                   check_pattern(run.dataset, run.node, run.seed, check_job(validity)))


def strain_sources(plan: Plan, experiment: str, run: Run) -> dict[str, ScoredSource]:
    """Relaxer -> energies of a run, or of references, before and after it."""
    validity = plan.registry.experiments[experiment].validity
    return {relaxer.kind: _source(plan, experiment, run, relaxed_pattern(
        run.dataset, run.node, run.seed, relax_job(validity, relaxer.kind), ".csv"))
        for relaxer in validity.relaxers}


def relaxed_sources(plan: Plan, experiment: str, run: Run) -> dict[str, ScoredSource]:
    """Relaxer -> geometry scores of the run's samples after it."""
    validity, drawn = plan.registry.experiments[experiment].validity, f"/{run.node}/"
    return {kind: _source(plan, experiment, run, plan.score_pattern(experiment, run).replace(
        drawn, f"/{run.node}{relaxed_suffix(relax_job(validity, kind))}/"))
        for kind in validity.relaxed}


def _source(plan: Plan, experiment: str, run: Run, pattern: str) -> ScoredSource:
    return scored_source(run, pattern, len(plan.shards(run.dataset)),
                         left_out_of(plan, experiment, run))


def validity_inputs(settings: ValiditySettings) -> list[str]:
    """All files that the tables are made of."""
    sources = [*settings.checks, *(strain.source for strain in settings.strain)]
    for entry in settings.relaxed:
        sources += [entry.source, *entry.relaxed.values()]
    return list(dict.fromkeys(path for source in sources for path in source.paths))


def references_once(rows: Iterable[PaperRow]) -> list[PaperRow]:
    """Rows of a table without those whose references stand in a row before them.

    Two datasets of the paper may be one at another size.
    """
    seen: set[str] = set()
    kept = []
    for row in rows:
        checked = row.checks.pattern if row.checks and not row.chain else ""
        if not checked or checked not in seen:
            kept.append(row)
        seen.add(checked)
    return kept
