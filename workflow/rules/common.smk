# The plan, read once; helpers that look things up in it. Nothing heavy is imported here.
import re

from pipeline_src.run.digest import code_digest
from pipeline_src.run.errors import InputError, PipelineError
from pipeline_src.run.experiment_list import experiment_list
from pipeline_src.run.generation import TARGET, config_folder, with_generation
from pipeline_src.run.interpreter import put_interpreter_first
from pipeline_src.run.items import ALL
from pipeline_src.run.numbered import fold
from pipeline_src.run.paper_pages import paper_report_settings
from pipeline_src.run.paper_tables import paper_files, paper_table_settings
from pipeline_src.run.parts import part_module
from pipeline_src.run.plan import (
    hierarchy_path,
    make_plan,
    sample_pattern,
    stage_folder,
    stage_parts,
)
from pipeline_src.run.preemption import send_preempted_again
from pipeline_src.run.registry import IMPORTED, load_registry, seen_from
from pipeline_src.run.settings import settings_hash
from pipeline_src.run.settings.jobs import (
    OverlapSettings,
    PropertyJob,
    TrainSettings,
    WeightsSettings,
)
from pipeline_src.run.settings.quantum_check import QuantumCheck
from pipeline_src.run.settings.reference import ReferenceJob
from pipeline_src.run.unlock import note_start
from pipeline_src.run.validity_plan import (
    check_jobs,
    relax_jobs,
    relaxed_pattern,
    relaxed_suffix,
    validity_inputs,
    validity_settings,
)

put_interpreter_first(ROOT)

try:
    # The paths in config/ are relative to ROOT, those in a folder of one's own to where Snakemake
    # is started; results/ lies there too.
    CONFIG, BASE = config_folder(config, ROOT)
    REGISTRY = with_generation(load_registry(CONFIG).seen_from(Path.cwd(), BASE), config)
    PLAN = make_plan(REGISTRY)
except InputError as error:
    raise WorkflowError(f"Configuration: {error}")

# `prefix:` of a module: Snakemake puts it before inputs and outputs, and not before parameters.
RESULTS = workflow.modifier.path_modifier.replace_prefix("results/")


def one_of(names):
    """Wildcard constraint: exactly one of the names, or nothing at all."""
    return "|".join(re.escape(name) for name in sorted(names)) or "(?!)"


def hashed(names):
    """Wildcard constraint: one of the names with a hash.

    The names with their hashes would be hundreds, which take a second to compile, for every job.
    """
    return f"(?:{one_of(set(names))})-[0-9a-f]{{8}}"


NODES = PLAN.nodes.values()
STAGE_NODES = hashed(n.element for n in NODES if n.stage)
EMBEDDED_NODES = hashed(n.element for n in NODES if not n.stage and n.element != "oracle")
ORACLE_NODES = hashed(n.element for n in NODES if n.element == "oracle")
RELAX_JOBS, CHECK_JOBS = relax_jobs(REGISTRY), check_jobs(REGISTRY)
RELAXED = {relaxed_suffix(job): job for job in RELAX_JOBS.values()}


wildcard_constraints:
    dataset=one_of(REGISTRY.datasets),
    experiment=one_of(REGISTRY.experiments),
    reference=one_of(REGISTRY.references),
    item=one_of(REGISTRY.paper.items),
    size=one_of(REGISTRY.paper.sizes),
    node=hashed(n.element for n in NODES) + "|reference",
    stage=hashed(name for name, _ in PLAN.stages.values()),
    chain=one_of(REGISTRY.chains),
    label=one_of({run.label for runs in PLAN.runs.values() for run in runs}),
    seed=r"\d+",
    shard=r"\d+",
    chunk=r"\d+",
    key=r"[0-9a-f]{8}",
    relaxed=f"(?:{one_of(RELAXED)})?",


def folded(name):
    """Parameter function: an input's files, however many, as few words that the steps unfold."""

    def words(wildcards, input):
        paths = input.get(name)
        return fold([paths] if isinstance(paths, str) else paths)

    return words


def dataset_of(wildcards):
    """Settings of the dataset."""
    return REGISTRY.datasets[wildcards.dataset]


def in_plan(found, key):
    """What the plan has under a name with a hash."""
    if key not in found:
        raise WorkflowError(
            f"{' of '.join(reversed(key)) if isinstance(key, tuple) else key}: not by the present"
            " settings, which the hash in its name stands for. Name an experiment in its place."
        )
    return found[key]


def stage_of(wildcards):
    """Name and settings of the stage that is trained."""
    return in_plan(PLAN.stages, (wildcards.dataset, wildcards.stage))


def imported_of(wildcards):
    """Name and settings of the stage whose weights are imported."""
    return in_plan(PLAN.stages, (IMPORTED, wildcards.stage))


def train_settings(wildcards):
    """What a job that trains a stage, or prepares that, is given."""
    name, stage = stage_of(wildcards)
    return TrainSettings(name=name, stage=stage, seed=wildcards.seed).model_dump_json()


def told(settings):
    """What a job is given whose settings name files in results/."""
    return settings.model_dump_json(context={"results": RESULTS})


def node_of(wildcards):
    """The sample node."""
    return in_plan(PLAN.nodes, wildcards.node)


def shards_of(wildcards):
    """Sample shards of a node."""
    pattern = sample_pattern(wildcards.dataset, wildcards.node, wildcards.seed)
    return PLAN.sharded(pattern, wildcards.dataset)


def runs_of(wildcards):
    """The runs of an experiment."""
    return PLAN.runs[wildcards.experiment]
