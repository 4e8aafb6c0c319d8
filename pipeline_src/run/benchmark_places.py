"""Where Snakemake's benchmarks of an experiment's jobs lie."""

from pipeline_src.run.numbered import fold
from pipeline_src.run.plan import Plan, Run, SampleNode
from pipeline_src.run.settings import Stage
from pipeline_src.run.settings.report import Benchmark, ChainCost
from pipeline_src.run.settings.validity import REFERENCE


def trained_stages(plan: Plan, experiment: str) -> dict:
    """stage id -> (name, settings) of the stages the experiment's chains use, coarse first."""
    return {node.stage_id: (node.element, node.stage)
            for run in plan.runs[experiment] for node in plan.chain_nodes(run.node) if node.stage}


def benchmarks(plan: Plan, experiment: str) -> tuple[Benchmark, ...]:
    """Places of benchmark files by rule, of its seeds alone; what is missing later is left out."""
    settings, places = plan.registry.experiments[experiment], {}

    def add(rule: str, *found: str) -> None:
        places.setdefault(rule, {}).update(dict.fromkeys(found))

    for stage_id, (_, stage) in trained_stages(plan, experiment).items():
        if not stage.weights:
            for rule in _training_rules(stage):
                add(rule, *(f"{settings.train}/{stage_id}/seed{seed}.tsv"
                            for seed in settings.seeds))
    for run in plan.runs[experiment]:
        own, reference = f"{run.dataset}/{run.node}/seed{run.seed}", f"{run.dataset}/{REFERENCE}"
        for node in plan.chain_nodes(run.node):
            if node.element != "oracle":  # a copy of positions: no benchmark
                add("sample_stage" if node.stage else "embed_rdkit",
                    f"{run.dataset}/{node.id}/seed{run.seed}")
        add("score_geometry", own)
        if settings.validity:
            for rule in ("score_validity", "relax_samples"):
                add(rule, own, reference)
        if run in plan.property_runs(experiment):
            add("compute_properties", reference, own)
    return tuple(Benchmark(rule=rule, folders=tuple(
        f"results/benchmarks/{rule}/{p}" for p in found)) for rule, found in places.items())


def chain_cost(plan: Plan, run: Run) -> ChainCost:
    """Benchmark files of the run's chain, whatever its seed."""
    nodes = plan.chain_nodes(run.node)
    return ChainCost(
        chain=run.chain, dataset=run.dataset, sampler=run.sampler,
        training=tuple(path for node in nodes if node.stage and not node.stage.weights
                       for path in _training_benchmarks(node)),
        sampling=tuple(path for node in nodes if node.element != "oracle"
                       for path in fold(_sampling_benchmarks(plan, run.dataset, node))))


def _training_benchmarks(node: SampleNode) -> list[str]:
    return [f"results/benchmarks/{rule}/{node.train}/{node.stage_id}/seed{{seed}}.tsv"
            for rule in _training_rules(node.stage)]


def _training_rules(stage: Stage) -> tuple[str, ...]:
    """The rules whose jobs train a stage."""
    guided = stage.guide and stage.guide.source
    return ("embed_guides", "train_stage") if guided else ("train_stage",)


def _sampling_benchmarks(plan: Plan, dataset: str, node: SampleNode) -> list[str]:
    rule = "sample_stage" if node.stage else "embed_rdkit"
    return plan.sharded(
        f"results/benchmarks/{rule}/{dataset}/{node.id}/seed{{seed}}/shard{{shard}}.tsv", dataset)
