"""What tables, figures and the report of an experiment are told, made from the plan."""

from pipeline_src.run.benchmark_places import benchmarks, chain_cost, trained_stages
from pipeline_src.run.plan import Plan, stage_folder
from pipeline_src.run.scored_sources import (
    geometry_source,
    left_out_of,
    property_source,
    scored_source,
)
from pipeline_src.run.settings.jobs import (
    OverlaySettings,
    ScoredSource,
    StereoSettings,
    TableSettings,
)
from pipeline_src.run.settings.report import (
    ChainCost,
    ReportBeads,
    ReportDataset,
    ReportFile,
    ReportSettings,
    ReportStage,
    ReportValidity,
    Walk,
)
from pipeline_src.run.settings.statistics import StatisticsSettings


def table_settings(plan: Plan, experiment: str) -> TableSettings:
    """The score files of an experiment and how they are summed up."""
    settings = plan.registry.experiments[experiment]
    return TableSettings(
        experiment=experiment, geometry=_geometry(plan, experiment),
        properties=_properties(plan, experiment), method=_method(plan, experiment),
        baselines=settings.baselines,
        deltas_angstrom={d: plan.registry.datasets[d].deltas_angstrom for d in settings.test},
        failure_policies=settings.geometry.failure_policies,
        bootstrap_resamples=settings.geometry.bootstrap_resamples,
        bootstrap_seed=settings.geometry.bootstrap_seed)


def overlay_settings(plan: Plan, experiment: str) -> OverlaySettings:
    """First sample shard of every chain and dataset, first seed and sampler."""
    first: dict[tuple[str, str], ScoredSource] = {}
    for run in plan.runs[experiment]:
        first.setdefault((run.chain, run.dataset), scored_source(run, run.samples, 1))
    return OverlaySettings(sources=tuple(first.values()))


def stereo_settings(plan: Plan, experiment: str) -> StereoSettings:
    """The sample shards of every run, and the intervals of the shares of right stereo."""
    geometry = plan.registry.experiments[experiment].geometry
    return StereoSettings(
        sources=tuple(scored_source(run, run.samples, len(plan.shards(run.dataset)),
                                    left_out_of(plan, experiment, run))
                      for run in plan.runs[experiment]),
        bootstrap_resamples=geometry.bootstrap_resamples, bootstrap_seed=geometry.bootstrap_seed)


def report_settings(plan: Plan, experiment: str) -> ReportSettings:
    """The whole experiment as the report tells it."""
    settings = plan.registry.experiments[experiment]
    samples = settings.samples
    return ReportSettings(
        experiment=experiment, description=settings.description, train=settings.train,
        datasets=_datasets(plan, experiment),
        chains={c: plan.registry.chains[c] for c in settings.chains},
        stages=_stages(plan, experiment), seeds=settings.seeds,
        samplers=tuple(settings.samplers), walks=_walks(plan, experiment),
        samples=(f"{samples.count} a molecule" if samples.count
                 else f"{samples.per_reference} per reference conformer"),
        property_method=_method(plan, experiment), geometry=_geometry(plan, experiment),
        properties=_properties(plan, experiment), benchmarks=benchmarks(plan, experiment),
        baselines=settings.baselines, notes=settings.notes,
        costs=_costs(plan, experiment), paper_tables=settings.paper_tables,
        files=(ReportFile(label="Tables (CSV)", path="tables"),
               ReportFile(label="Generated conformers (SDF)", path="sdf"),
               ReportFile(label="Figures (SVG)", path="figures")),
        sidecars=tuple(sorted({f"results/properties/{run.dataset}/reference"
                               for run in plan.property_runs(experiment)})),
        validity=ReportValidity(
            table=f"results/{experiment}/tables/validity.csv",
            relaxed=f"results/{experiment}/tables/relaxed.csv") if settings.validity else None,
        resolved={**settings.model_dump(
                      mode="json", exclude=None if settings.validity else {"validity"}),
                  "resolved_datasets": {
                      d.name: plan.registry.datasets[d.name].model_dump(mode="json")
                      for d in _datasets(plan, experiment)},
                  "resolved_stages": {i: s.model_dump(mode="json") for i, (_, s)
                                      in trained_stages(plan, experiment).items()}})


def statistics_settings(plan: Plan, dataset: str) -> StatisticsSettings:
    """The dataset as the page of its statistics introduces it."""
    settings = plan.registry.datasets[dataset]
    return StatisticsSettings(dataset=dataset, description=settings.description,
                              geometry=settings.geometry, split=" of ".join(settings.split.kinds()))


def _geometry(plan: Plan, experiment: str) -> tuple[ScoredSource, ...]:
    return tuple(geometry_source(plan, experiment, run) for run in plan.runs[experiment])


def _properties(plan: Plan, experiment: str) -> tuple[ScoredSource, ...]:
    return tuple(property_source(plan, experiment, run)
                 for run in plan.property_runs(experiment))


def _method(plan: Plan, experiment: str) -> str:
    wanted = plan.registry.experiments[experiment].properties
    return f"{wanted.method}/{wanted.basis}" if wanted else ""


def _datasets(plan: Plan, experiment: str) -> tuple[ReportDataset, ...]:
    settings = plan.registry.experiments[experiment]
    names = dict.fromkeys([*([settings.train] if settings.train else []), *settings.test])
    described = []
    for name in names:
        dataset, roles = plan.registry.datasets[name], []
        if name == settings.train and any(
                not stage.weights for _, stage in trained_stages(plan, experiment).values()):
            roles.append("train")
        if name in settings.test:
            roles.append("test")
        described.append(ReportDataset(
            name=name, geometry=dataset.geometry, role=" and ".join(roles) or "train",
            description=dataset.description, deltas_angstrom=dataset.deltas_angstrom,
            levels=f"results/datasets/{name}/levels.csv", beads=_beads(plan, experiment, name),
            rejected=f"results/datasets/{name}/rejected.csv",
            split=f"results/datasets/{name}/split.csv"))
    return tuple(described)


def _beads(plan: Plan, experiment: str, dataset: str) -> tuple[ReportBeads, ...]:
    """Tables of the further levels of a dataset's molecules, each level of one kind once.

    Where stages are told different things of a level, a name says whose it is.
    """
    settings = plan.registry.experiments[experiment]
    found: dict[str, dict[object, tuple[str, str]]] = {}  # level -> what it is told -> stage, key
    for name, stage in trained_stages(plan, experiment).values():
        key = plan.bead_key(stage, settings.train)
        if key is None or (stage.weights and dataset not in settings.test):
            continue
        beads = plan.beads[key].settings
        for level in beads.levels:
            told = found.setdefault(level, {})
            told.setdefault(getattr(beads.options, level, None), (name, key))
    tables: dict[str, dict[str, str]] = {}
    for level, told in found.items():
        for name, key in told.values():
            tables.setdefault(key, {})[level] = level if len(told) == 1 else f"{level} of {name}"
    return tuple(ReportBeads(path=f"results/datasets/{dataset}/beads/{key}/beads.csv", names=names)
                 for key, names in tables.items())


def _stages(plan: Plan, experiment: str) -> tuple[ReportStage, ...]:
    settings = plan.registry.experiments[experiment]
    return tuple(
        ReportStage(name=name, level=stage.level, guide=stage.guide.level if stage.guide else None,
                    noise_levels=stage.process.steps,
                    iterations=None if stage.weights else stage.training.iterations,
                    weights=stage.weights.kind if stage.weights else "",
                    trained=None if stage.weights else "/".join(
                        [stage_folder(settings.train, stage_id, settings.seeds[0]),
                         "settings.json"]),
                    curves={} if stage.weights else {
                        seed: f"{stage_folder(settings.train, stage_id, seed)}/curve.csv"
                        for seed in settings.seeds})
        for stage_id, (name, stage) in trained_stages(plan, experiment).items())


def _walks(plan: Plan, experiment: str) -> dict[str, dict[str, Walk]]:
    """Chain -> sampler -> its walk, for chains with trained stages."""
    walks: dict[str, dict[str, Walk]] = {}
    for run in plan.runs[experiment]:
        trained = [node for node in plan.chain_nodes(run.node) if node.stage]
        if trained:
            visited = sum(node.sampler.visited(node.stage.process) for node in trained)
            full = all(node.sampler.full(node.stage.process) for node in trained)
            walks.setdefault(run.chain, {})[run.sampler] = Walk(
                kind=trained[0].sampler.kind, levels=visited, full=full,
                options=trained[0].sampler.model_dump(mode="json", exclude={"kind", "steps"}))
    return walks


def _costs(plan: Plan, experiment: str) -> tuple[ChainCost, ...]:
    """Benchmark files of each chain, dataset and sampler; none where no chains are compared."""
    settings = plan.registry.experiments[experiment]
    if len(settings.seeds) < 2 and not settings.baselines:
        return ()
    return tuple({(run.chain, run.dataset, run.sampler): chain_cost(plan, run)
                  for run in plan.runs[experiment]}.values())
