"""Where the scores and samples of a run lie, for what reads those of many runs."""

from pipeline_src.run.plan import Plan, Run
from pipeline_src.run.settings.jobs import ScoredSource


def scored_source(run: Run, pattern: str, shards: int = 1, left_out: str = "") -> ScoredSource:
    """The files of a run's pattern, for tables and report."""
    return ScoredSource(chain=run.chain, dataset=run.dataset, seed=run.seed, sampler=run.sampler,
                        pattern=pattern, shards=shards, left_out=left_out)


def geometry_source(plan: Plan, experiment: str, run: Run) -> ScoredSource:
    """The geometry score files of a run."""
    return scored_source(run, plan.score_pattern(experiment, run), len(plan.shards(run.dataset)),
                         left_out_of(plan, experiment, run))


def property_source(plan: Plan, experiment: str, run: Run) -> ScoredSource:
    """The file of property errors of a run that has them."""
    return scored_source(run, plan.property_path(experiment, run),
                         left_out=left_out_of(plan, experiment, run))


def left_out_of(plan: Plan, experiment: str, run: Run) -> str:
    """Table of the molecules that do not count; with 'refuse' there are none."""
    dropped = plan.registry.experiments[experiment].overlap == "drop"
    return plan.overlaps(experiment).get(run.dataset, "") if dropped else ""
