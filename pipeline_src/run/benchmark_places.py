"""Where Snakemake's benchmarks of an experiment's jobs lie."""

from collections.abc import Collection, Mapping
from pathlib import PurePath

from pipeline_src.run.numbered import fold
from pipeline_src.run.plan import Plan, Run, SampleNode
from pipeline_src.run.settings import Stage
from pipeline_src.run.settings.report import Benchmark, ChainCost
from pipeline_src.run.settings.validity import REFERENCE
from pipeline_src.run.validity_plan import relaxed_sources

_OF_VALIDITY = ("score_validity", "relax_samples")  # rules that only what shows them needs


def trained_stages(plan: Plan, experiment: str, chains: Collection[str] | None = None) -> dict:
    """stage id -> (name, settings) of the stages the experiment's chains use, coarse first.

    Args:
        plan, experiment: which.
        chains: of the experiment; None: all.
    """
    return {node.stage_id: (node.element, node.stage)
            for run in _runs(plan, experiment, chains) for node in plan.chain_nodes(run.node)
            if node.stage}


def benchmarks(plan: Plan, experiment: str,
               chains: Collection[str] | None = None) -> tuple[Benchmark, ...]:
    """Places of benchmark files by rule, of its seeds alone; what is missing later is left out.

    Args:
        plan, experiment, chains: as of ``trained_stages``.
    """
    settings, places = plan.registry.experiments[experiment], {}

    def add(rule: str, *found: str) -> None:
        places.setdefault(rule, {}).update(dict.fromkeys(found))

    for stage_id, (_, stage) in trained_stages(plan, experiment, chains).items():
        if not stage.weights:
            for rule in _training_rules(stage):
                add(rule, *(f"{settings.train}/{stage_id}/seed{seed}.tsv"
                            for seed in settings.seeds))
    for run in _runs(plan, experiment, chains):
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


def item_benchmarks(plan: Plan, chains: Mapping[str, Collection[str]], validity: bool,
                    seeds: Collection[int]) -> tuple[Benchmark, ...]:
    """Places of the benchmark files of an item of the paper by rule, each once.

    Args:
        plan: of all experiments.
        chains: experiment -> those of its chains that the item shows.
        validity: whether it shows checks and relaxed samples, whose jobs others do not need.
        seeds: that count; those of other trainings are left out.
    """
    folders: dict[str, dict[str, None]] = {}
    for experiment, own in chains.items():
        others = {f"seed{seed}" for seed in plan.registry.experiments[experiment].seeds
                  if seed not in seeds}
        for benchmark in benchmarks(plan, experiment, own):
            if validity or benchmark.rule not in _OF_VALIDITY:
                folders.setdefault(benchmark.rule, {}).update(dict.fromkeys(
                    place for place in benchmark.folders if PurePath(place).stem not in others))
        for run in _runs(plan, experiment, own) if validity else ():
            for source in relaxed_sources(plan, experiment, run).values():
                node = "/".join(source.pattern.split("/")[2:4])
                folders["score_geometry"][f"results/benchmarks/score_geometry/{node}"] = None
    return tuple(Benchmark(rule=rule, folders=tuple(found)) for rule, found in folders.items())


def _runs(plan: Plan, experiment: str, chains: Collection[str] | None) -> list[Run]:
    return [run for run in plan.runs[experiment] if chains is None or run.chain in chains]


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
