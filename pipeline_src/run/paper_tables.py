"""What the steps that make tables of the paper are told, looked up in the plan.

``experiments`` below are an item's parts and what the plan calls them, ``roles`` the datasets of a
size by their role.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pipeline_src.run.augmentation_words import augmentation_words
from pipeline_src.run.baseline_rows import with_baseline_rows
from pipeline_src.run.benchmark_places import chain_cost, item_benchmarks
from pipeline_src.run.checking import check_known
from pipeline_src.run.errors import InputError
from pipeline_src.run.items import VALIDITY
from pipeline_src.run.paper_stages import stages_of, users_of
from pipeline_src.run.plan import Plan, Run, SampleNode
from pipeline_src.run.scored_sources import geometry_source, property_source, scored_source
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.paper import Item, Row
from pipeline_src.run.settings.paper_report import ENDINGS
from pipeline_src.run.settings.paper_table import (
    PaperRow,
    PaperStratum,
    PaperTableSettings,
)
from pipeline_src.run.settings.validity import REFERENCE
from pipeline_src.run.validity_plan import (
    check_source,
    reference_run,
    references_once,
    relaxed_sources,
    strain_sources,
)

# Kind of a table -> fields of its rows that it reads. Their files are the inputs of the rule, but
# those of the cost: what is not there is left out.
READS: dict[str, tuple[str, ...]] = {
    "geometry": ("scores", "baseline_scores", "cost", "baseline_cost"),
    "allocation": ("scores", "baseline_scores"),
    "stages": ("scores", "baseline_scores"),
    "strata": ("scores", "baseline_scores", "molecules"),
    "failures": ("scores", "baseline_scores", "molecules", "ensembles"),
    "properties": ("properties", "baseline_properties", "cost", "baseline_cost"),
    "time": ("scores", "cost"),
    "parameters": (),
    "settings": (),
    "datasets": ("molecules", "levels", "split"),
    "renderings": ("scores", "samples", "baseline_samples", "ensembles"),
    "trainings": (),
    "validity": ("scores", "baseline_scores", "checks", "strain", "relaxed", "cost",
                 "baseline_cost"),
}
AUGMENTATION = "{augmentation}"  # in the note of a row
# Kind of a table -> fields of the stages that it reads, likewise.
READS_OF_STAGES: dict[str, tuple[str, ...]] = {
    "parameters": ("settings",), "settings": ("settings",), "trainings": ("settings", "curve")}


def paper_table_settings(plan: Plan, item: str, size: str) -> PaperTableSettings:
    """An item at a size as its table is made.

    Args:
        plan: of all experiments.
        item, size: names.

    Raises:
        InputError: the size does not have the item.
    """
    paper = plan.registry.paper
    check_known(f"item of size {size}", item, dict.fromkeys(paper.at(size)))
    settings, experiments = paper.items[item], paper.experiments(item, size)
    roles = {role: data.dataset for role, data in paper.sizes[size].roles.items()}
    if settings.kind == "trainings":  # of all items of the size
        experiments = {name: name for other in paper.at(size)
                       for name in paper.experiments(other, size).values()}
    used = list(dict.fromkeys(experiments.values()))
    seeds = _seeds(plan, used, settings.kind, paper.sizes[size].item_seeds.get(item, ()))
    rows = with_baseline_rows(references_once([
        _row(plan, settings, row, experiments, roles, seeds) for row in settings.rows]))
    first = plan.registry.experiments[used[0]] if used else None
    summed = {} if first is None else {
        "samples": _samples(first), "bootstrap_resamples": first.geometry.bootstrap_resamples,
        "bootstrap_seed": first.geometry.bootstrap_seed}
    parts = [words for name in paper.experiments(item, size)
             for words in paper.part(item, name).notes]
    notes = (*settings.notes, *parts, *paper.sizes[size].notes)
    return PaperTableSettings(
        item=item, values_of=settings.values_of or "", size=size, kind=settings.kind,
        title=settings.title, caption=settings.caption, notes=tuple(dict.fromkeys(notes)),
        rows=rows,
        strata=tuple(PaperStratum(name=name, **stratum.model_dump())
                     for name, stratum in settings.strata.items()),
        experiments=tuple(used), stages=stages_of(plan, used, users_of(plan, size), seeds),
        stage_files=READS_OF_STAGES.get(settings.kind, ()),
        properties=_method(plan, used),
        benchmarks=item_benchmarks(plan, _chains(plan, used, settings.kind, rows),
                                   settings.kind == VALIDITY, seeds),
        resolved={name: plan.registry.experiments[name].model_dump(mode="json")
                  for name in used if settings.kind == "settings"}, **summed)


def paper_files(item: str, size: str) -> list[str]:
    """The files of an item's table."""
    return [f"results/paper/{size}/{item}{ending}" for ending in ENDINGS]


def note(row: Row, nodes: list[SampleNode]) -> str:
    """The note of a row, with what its last stage is told at the size.

    Args:
        row: of the table.
        nodes: of its chain that have a stage, coarse first.

    Raises:
        InputError: the note is of the guide of a stage that has none.
    """
    if AUGMENTATION not in row.note:
        return row.note
    guide = nodes[-1].stage.guide if nodes else None
    if guide is None:
        raise InputError(f"note of row '{row.label}'", AUGMENTATION, "no such word, as the last "
                         f"stage of {row.chain} has no guide")
    return row.note.replace(AUGMENTATION, augmentation_words(guide))


def _row(plan: Plan, item: Item, row: Row, experiments: Mapping[str, str],
         roles: Mapping[str, str], seeds: frozenset[int]) -> PaperRow:
    """The row with the files that its kind reads."""
    words = {"label": row.label, "model": row.paper, "note": row.note,
             "where": {"part": row.paper_part} if row.paper_part else {},
             "part": item.part_of(row) or ""}
    dataset = roles.get(row.dataset, "") if row.dataset else ""
    experiment = experiments.get(words["part"], "")
    if not (row.chain and experiment):
        return PaperRow(**words, **_dataset(plan, item.kind, dataset),
                        **_of_references(plan, item.kind, experiment, dataset))
    settings = plan.registry.experiments[experiment]
    dataset = dataset or settings.test[0]
    runs, baseline = _runs(plan, row, experiment, dataset, seeds)
    of, baseline_chain = experiment, settings.baselines.get(row.chain, "")
    if row.against:
        other = next(one for one in item.rows if one.label == row.against)
        of, baseline_chain = experiments[item.part_of(other) or ""], other.chain
        baseline = _runs(plan, other, of, dataset, seeds)[0]
    run = runs[0]
    nodes = [node for node in plan.chain_nodes(run.node) if node.stage]
    found = {
        **(_sound(plan, experiment, run) if item.kind == VALIDITY else {}),
        "cost": chain_cost(plan, run),
        "baseline_cost": chain_cost(plan, baseline[0]) if baseline else None,
        "scores": tuple(geometry_source(plan, experiment, one) for one in runs),
        "baseline_scores": tuple(geometry_source(plan, of, one) for one in baseline),
        "properties": _properties(plan, experiment, runs),
        "baseline_properties": _properties(plan, of, baseline),
        "samples": _sampled(plan, runs), "baseline_samples": _sampled(plan, baseline)}
    words["note"] = note(row, nodes)
    return PaperRow(
        **words, experiment=experiment, chain=row.chain, element=row.element or "",
        elements=plan.registry.chains[row.chain], train_dataset=settings.train or "",
        sampler=run.sampler, seeds=tuple(one.seed for one in runs),
        delta_angstrom=row.delta_angstrom
        or next(iter(plan.registry.datasets[run.dataset].deltas_angstrom), None),
        stages=tuple(f"{node.train}/{node.stage_id}" for node in nodes),
        visited=tuple(node.sampler.visited(node.stage.process) for node in nodes),
        baseline=baseline_chain,
        **_dataset(plan, item.kind, run.dataset),
        **{field: value for field, value in found.items() if field in READS[item.kind]})


def _sound(plan: Plan, experiment: str, run: Run) -> dict[str, Any]:
    """Fields of a row about checks, strain and relaxed samples of a run and its other seeds."""
    seed = run.seed if run.node == REFERENCE else "{seed}"

    def of_any_seed(source: ScoredSource) -> ScoredSource:
        return source.model_copy(update={
            "pattern": source.pattern.replace(f"/seed{run.seed}/", f"/seed{seed}/")})

    found = {"strain": strain_sources(plan, experiment, run),
             "relaxed": relaxed_sources(plan, experiment, run)}
    return {"checks": of_any_seed(check_source(plan, experiment, run)),
            **{field: {kind: of_any_seed(source) for kind, source in sources.items()}
               for field, sources in found.items()}}


def _of_references(plan: Plan, kind: str, experiment: str, dataset: str) -> dict[str, Any]:
    """The same of the references of a dataset, whose own row has no chain."""
    if kind != VALIDITY or not (experiment and dataset):
        return {}
    return {**_sound(plan, experiment, reference_run(dataset)), "relaxed": {},
            "experiment": experiment}


def _dataset(plan: Plan, kind: str, dataset: str) -> dict[str, Any]:
    """Fields of a row about its dataset."""
    if not dataset:
        return {}
    folder = f"results/datasets/{dataset}"
    files = {"molecules": f"{folder}/molecules.csv", "levels": f"{folder}/levels.csv",
             "ensembles": f"{folder}/ensembles", "split": f"{folder}/split.csv"}
    return {"dataset": dataset, "geometry": plan.registry.datasets[dataset].geometry,
            **{field: path for field, path in files.items() if field in READS[kind]}}


def _seeds(plan: Plan, experiments: Iterable[str], kind: str,
           named: Iterable[int]) -> frozenset[int]:
    """The seeds that count in a table: where scores are compared, those of all its experiments.

    Args:
        plan: of all experiments.
        experiments: of the table.
        kind: of the table.
        named: those that the size names for it, which alone count then; none: any.

    Raises:
        InputError: these have none in common, or not those that are named.
    """
    found = {name: frozenset(plan.registry.experiments[name].seeds) for name in experiments}
    if "scores" not in READS[kind] or not found:
        return frozenset().union(*found.values())
    common, wanted = frozenset.intersection(*found.values()), frozenset(named)
    if not common or not wanted <= common:
        seeds = f"seeds {sorted(wanted)}" if wanted else "a seed"
        raise InputError("item_seeds", {name: sorted(own) for name, own in found.items()},
                         f"{seeds} that all experiments of one table have",
                         "Name the same seeds for the items that these belong to.")
    return wanted or common


def _runs(plan: Plan, row: Row, experiment: str, dataset: str,
          seeds: frozenset[int]) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """The runs of the row, one for each of these seeds, and those of its baseline."""
    settings = plan.registry.experiments[experiment]
    sampler = row.sampler or next(iter(settings.samplers))
    by_chain: dict[str, list[Run]] = {}
    for run in plan.runs[experiment]:
        if (run.dataset, run.sampler) == (dataset, sampler) and run.seed in seeds:
            by_chain.setdefault(run.chain, []).append(run)
    baseline = by_chain.get(settings.baselines.get(row.chain, ""), [])
    found = [_of_element(plan, run, row.element) for run in by_chain[row.chain]]
    return tuple(found), tuple(baseline)


def _of_element(plan: Plan, run: Run, element: str | None) -> Run:
    """The run up to that element of its chain; None: to its end."""
    if element is None:
        return run
    return replace(run, node=next(
        node.id for node in plan.chain_nodes(run.node) if node.element == element))


def _sampled(plan: Plan, runs: tuple[Run, ...]) -> tuple[ScoredSource, ...]:
    return tuple(scored_source(run, run.samples, len(plan.shards(run.dataset))) for run in runs)


def _properties(plan: Plan, experiment: str, runs: tuple[Run, ...]) -> tuple[ScoredSource, ...]:
    wanted = plan.property_runs(experiment)
    return tuple(property_source(plan, experiment, run) for run in runs if run in wanted)


def _samples(experiment: Any) -> str:
    samples = experiment.samples
    return (f"{samples.count} a molecule" if samples.count
            else f"{samples.per_reference} per reference conformer")


def _method(plan: Plan, experiments: list[str]) -> str:
    """Level of theory of the properties of the first experiment that has any."""
    wanted = [plan.registry.experiments[name].properties for name in experiments]
    return next((f"{w.method}/{w.basis}" for w in wanted if w), "")


def _chains(plan: Plan, experiments: list[str], kind: str,
            rows: Iterable[PaperRow]) -> dict[str, frozenset[str]]:
    """Experiment -> its chains that a table needs; of one that shows no samples all."""
    if not {"scores", "properties"} & set(READS[kind]):
        return {name: frozenset(plan.registry.experiments[name].chains) for name in experiments}
    found: dict[str, set[str]] = {name: set() for name in experiments}
    for row in rows:
        if row.experiment:
            found[row.experiment].update((row.chain, row.baseline))
    return {name: frozenset(chains) for name, chains in found.items()}
