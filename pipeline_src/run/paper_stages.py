"""The trained stages behind a table of the paper, looked up in the plan."""

from collections.abc import Mapping

from pipeline_src.run.plan import Plan, SampleNode, stage_folder
from pipeline_src.run.registry import IMPORTED
from pipeline_src.run.settings.paper_table import PaperStage


def users_of(plan: Plan, size: str) -> dict[str, list[str]]:
    """Experiment -> items of the size that show it."""
    paper = plan.registry.paper
    users: dict[str, list[str]] = {}
    for item in paper.at(size):
        for experiment in dict.fromkeys(paper.experiments(item, size).values()):
            users.setdefault(experiment, []).append(item)
    return users


def stages_of(plan: Plan, experiments: list[str], users: Mapping[str, list[str]],
              counted: frozenset[int]) -> dict[str, PaperStage]:
    """The trained stages of the experiments by folder, coarse first.

    Args:
        plan: of all experiments.
        experiments: names.
        users: experiment -> items that show it.
        counted: the seeds that count; others of an experiment are left out.
    """
    nodes: dict[tuple[str, str], SampleNode] = {}
    seeds: dict[tuple[str, str], dict[int, None]] = {}
    items: dict[tuple[str, str], dict[str, None]] = {}
    for experiment in experiments:
        for run in plan.runs[experiment]:
            for node in plan.chain_nodes(run.node) if run.seed in counted else ():
                if node.stage:
                    key = node.train, node.stage_id
                    nodes.setdefault(key, node)
                    seeds.setdefault(key, {})[run.seed] = None
                    items.setdefault(key, {}).update(dict.fromkeys(users.get(experiment, ())))
    return {"/".join(key): _stage(node, tuple(seeds[key]), tuple(items[key]))
            for key, node in nodes.items()}


def _stage(node: SampleNode, seeds: tuple[int, ...], items: tuple[str, ...]) -> PaperStage:
    stage, folder = node.stage, stage_folder(node.train, node.stage_id, "{seed}")
    trained = node.train != IMPORTED
    return PaperStage(
        name=node.element, train=node.train, level=stage.level,
        guide=stage.guide.level if stage.guide else None, items=items,
        noise_levels=stage.process.steps,
        iterations=stage.training.iterations if trained else None, seeds=seeds,
        settings=f"{folder}/settings.json", weights=f"{folder}/weights.pt",
        curve=f"{folder}/curve.csv" if trained else None,
        benchmark=(f"results/benchmarks/train_stage/{node.train}/{node.stage_id}"
                   "/seed{seed}.tsv") if trained else None)
