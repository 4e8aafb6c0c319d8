# Input functions: what a job reads, looked up in the plan.
from pipeline_src.run.folders import file_digest, folder_digest
from pipeline_src.run.future_times import await_times
from pipeline_src.run.reporting import (
    overlay_settings,
    report_settings,
    statistics_settings,
    stereo_settings,
    table_settings,
)


def given(paths):
    """Files from outside results/, as an input: no prefix of a module goes before them."""
    paths = list(paths)
    try:
        await_times(paths)
    except InputError as error:
        raise WorkflowError(str(error))
    return [local(path) for path in paths]


def overlap_checks(wildcards):
    """Tables of test molecules that are trained on, of every dataset that is only tested on."""
    return list(PLAN.overlaps(wildcards.experiment).values())


def checked(paths):
    """Input function of an experiment: ``paths`` once no test molecule is trained on.

    Until the checks are done Snakemake plans nothing of what ``paths`` needs. Where such molecules
    are dropped nothing is refused, and all is planned at once.
    """

    def gated(wildcards):
        await_checks(wildcards.experiment)
        return paths(wildcards)

    return gated


def await_checks(experiment):
    """Let Snakemake plan no further until no test molecule is known to be trained on."""
    for path in PLAN.overlaps(experiment).values():
        train, dataset, mode = Path(path).parts[-4:-1]
        if mode == "refuse":
            checkpoints.check_overlap.get(train=train, dataset=dataset, mode=mode)


def raw_files(wildcards):
    """The files a dataset is read from, and its folders where these are missing.

    A folder that is there is no input, as Snakemake's cache takes no folders: see `raw_folders`.
    """
    folders = {path for path in dataset_of(wildcards).raw_folders() if Path(path).is_dir()}
    return given(path for path in dataset_of(wildcards).raw_files() if path not in folders)


def raw_folders(wildcards):
    """What changes when a dataset's folders of raw files get or lose a file."""
    return folder_digest(dataset_of(wildcards).raw_folders())


def import_parts(wildcards, pattern):
    """A file of each job that imports a part; none where one job imports all."""
    parts = dataset_of(wildcards).parts
    return expand(pattern, dataset=wildcards.dataset, part=range(parts) if parts > 1 else [])


def coarser_shard(wildcards):
    """The coarser element's samples of the same molecules; none for a first element."""
    coarser = node_of(wildcards).coarser
    if coarser is None:
        return []
    pattern = sample_pattern(wildcards.dataset, coarser, wildcards.seed)
    return pattern.replace("{shard}", wildcards.shard)


def foreign_file(wildcards):
    """The checkpoint that a stage's weights are imported from."""
    return given([seen_from(Path.cwd(), BASE, imported_of(wildcards)[1].weights.path)])[0]


def listed_atoms(wildcards):
    """The table of atoms that level smarts takes, if there is one."""
    smarts = PLAN.beads[wildcards.key].settings.options.smarts
    atoms = [smarts.atoms] if smarts and smarts.atoms else []
    return given(seen_from(Path.cwd(), BASE, path) for path in atoms)


def stage_levels(wildcards):
    """Levels of the molecules that a stage is trained on, with those it names."""
    _, stage = stage_of(wildcards)
    return hierarchy_path(wildcards.dataset, PLAN.bead_key(stage, wildcards.dataset))


def source_guides(wildcards):
    """The guides of a stage whose guide has a source; none for the others."""
    _, stage = stage_of(wildcards)
    if not (stage.guide and stage.guide.source):
        return []
    return "results/stages/{dataset}/{stage}/seed{seed}/guides.parquet".format(**wildcards)


def node_levels(wildcards):
    """Levels of the molecules that a node samples, with those it needs."""
    return hierarchy_path(wildcards.dataset, node_of(wildcards).beads)


def scored_levels(wildcards):
    """Levels of the molecules whose samples are coarser than 'all'; nothing for the others."""
    return [] if node_of(wildcards).level == "all" else node_levels(wildcards)


def trained_file(name):
    """Input function: a file of the node's trained or imported stage."""

    def path(wildcards):
        node = node_of(wildcards)
        return f"{stage_folder(node.train, node.stage_id, wildcards.seed)}/{name}"

    return path


def property_chunks(node, seed):
    """Input function: the chunks of a source's property rows."""

    def chunks(wildcards):
        return [
            f"results/properties/{wildcards.dataset}/"
            f"{node.format(**wildcards)}/seed{seed.format(**wildcards)}/"
            f"{wildcards.key}/chunk{k}.csv"
            for k in range(PLAN.properties[wildcards.key].chunks)
        ]

    return chunks


def property_source(wildcards):
    """The ensembles whose properties are wanted: sample shards, or the references."""
    if wildcards.node == "reference":
        return f"results/datasets/{wildcards.dataset}/ensembles"
    return shards_of(wildcards)


def drawn_or_relaxed(wildcards):
    """The sample shard, or the same after a relaxer."""
    if not wildcards.relaxed:
        return SHARD.format(**wildcards)
    pattern = relaxed_pattern(
        wildcards.dataset, wildcards.node, wildcards.seed, RELAXED[wildcards.relaxed], ".parquet"
    )
    return pattern.replace("{shard}", wildcards.shard)


def drawn_or_reference(wildcards):
    """The sample shard, or the references of all molecules."""
    if wildcards.node == "reference":
        return f"results/datasets/{wildcards.dataset}/ensembles"
    return SHARD.format(**wildcards)


@checked
def validity_scores(wildcards):
    """Checks, energies and geometry scores that the tables of validity are made of."""
    return validity_inputs(validity_settings(PLAN, wildcards.experiment))


@checked
def geometry_scores(wildcards):
    """Score files of every run."""
    runs = runs_of(wildcards)
    return [
        path
        for run in runs
        for path in PLAN.sharded(PLAN.score_pattern(wildcards.experiment, run), run.dataset)
    ]


@checked
def property_scores(wildcards):
    """Property error files of the runs that have properties."""
    runs = PLAN.property_runs(wildcards.experiment)
    return [PLAN.property_path(wildcards.experiment, run) for run in runs]


@checked
def overlay_shards(wildcards):
    """First sample shard of every run of the first seed and sampler."""
    return overlay_settings(PLAN, wildcards.experiment).files()


@checked
def all_samples(wildcards):
    """The sample shards of every run."""
    return stereo_settings(PLAN, wildcards.experiment).files()


@checked
def report_inputs(wildcards):
    """Learning curves, levels and rejections shown in the report."""
    return report_settings(PLAN, wildcards.experiment).inputs()


def paper_table_inputs(wildcards):
    """What the table of an item is made of, once its experiments are checked."""
    settings = paper_table_settings(PLAN, wildcards.item, wildcards.size)
    for experiment in settings.experiments:
        await_checks(experiment)
    return settings.inputs()


def paper_values():
    """The published values."""
    folder = ROOT / "resources" / "paper"
    return given(
        seen_from(Path.cwd(), ROOT, str(path.relative_to(ROOT)))
        for path in sorted(folder.glob("*.csv"))
    )


def exported_shards(wildcards):
    """All sample shards of one run."""
    run = PLAN.run_of(wildcards.experiment, wildcards.chain, wildcards.dataset, wildcards.label)
    return PLAN.sharded(run.samples, run.dataset)


def reference_set(wildcards):
    """Settings of the reference set."""
    return REGISTRY.references[wildcards.reference]


def earlier_sets(wildcards):
    """The manifest of what was finished earlier, if it is there; its age does not count."""
    manifest = Path(reference_set(wildcards).finished or "", "manifest.csv")
    return [ancient(path) for path in given([str(manifest)])] if manifest.is_file() else []


def reference_chunks(ending):
    """Input function: one file of every chunk."""

    def files(wildcards):
        return [
            f"results/references/{wildcards.reference}/chunks/{k:03d}{ending}"
            for k in range(reference_set(wildcards).chunks)
        ]

    return files


@checked
def exported_files(wildcards):
    """The SDF of every run."""
    return [
        f"results/{wildcards.experiment}/sdf/{run.chain}/{run.dataset}-{run.label}.sdf.gz"
        for run in runs_of(wildcards)
    ]
