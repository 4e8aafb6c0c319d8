"""Where relaxed samples and their checks lie, and what the tables of them are told."""

from pipeline_src.run.plan import Plan, Run
from pipeline_src.run.registry import Registry
from pipeline_src.run.settings import Experiment, settings_hash
from pipeline_src.run.settings.jobs import (
    RelaxedSource,
    RelaxJob,
    ScoredSource,
    StrainSource,
    ValidityJob,
    ValiditySettings,
)
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
    places = [*((REFERENCE, dataset, REFERENCE, 0, "") for dataset in settings.test),
              *((run.chain, run.dataset, run.node, run.seed, run.sampler)
                for run in plan.runs[experiment])]
    checks, strain = [], []
    for chain, dataset, node, seed, sampler in places:
        def source(pattern: str, of: tuple = (chain, dataset, seed, sampler)) -> ScoredSource:
            return _source(plan, experiment, *of, pattern)

        checks.append(source(check_pattern(dataset, node, seed, check_job(settings.validity))))
        strain += [StrainSource(relaxer=relaxer.kind, source=source(relaxed_pattern(
            dataset, node, seed, relax_job(settings.validity, relaxer.kind), ".csv")))
            for relaxer in settings.validity.relaxers]
    return ValiditySettings(
        checks=checks, strain=strain, relaxed=_relaxed(plan, experiment, settings),
        deltas_angstrom={d: plan.registry.datasets[d].deltas_angstrom for d in settings.test},
        failure_policies=settings.geometry.failure_policies,
        bootstrap_resamples=settings.geometry.bootstrap_resamples,
        bootstrap_seed=settings.geometry.bootstrap_seed)


def _relaxed(plan: Plan, experiment: str, settings: Experiment) -> list[RelaxedSource]:
    """The geometry scores of each run with and without relaxation."""
    def source(run: Run, suffix: str = "") -> ScoredSource:
        pattern = plan.score_pattern(experiment, run).replace(
            f"/{run.node}/", f"/{run.node}{suffix}/")
        return _source(plan, experiment, run.chain, run.dataset, run.seed, run.sampler, pattern)

    return [RelaxedSource(source=source(run), relaxed={
        kind: source(run, relaxed_suffix(relax_job(settings.validity, kind)))
        for kind in settings.validity.relaxed})
        for run in plan.runs[experiment] if settings.validity.relaxed]


def _source(plan: Plan, experiment: str, chain: str, dataset: str, seed: int, sampler: str,
            pattern: str) -> ScoredSource:
    dropped = plan.registry.experiments[experiment].overlap == "drop"
    return ScoredSource(
        chain=chain, dataset=dataset, seed=seed, sampler=sampler, pattern=pattern,
        shards=len(plan.shards(dataset)),
        left_out=plan.overlaps(experiment).get(dataset, "") if dropped else "")


def validity_inputs(settings: ValiditySettings) -> list[str]:
    """All files that the tables are made of."""
    sources = [*settings.checks, *(strain.source for strain in settings.strain)]
    for entry in settings.relaxed:
        sources += [entry.source, *entry.relaxed.values()]
    return list(dict.fromkeys(path for source in sources for path in source.paths))
