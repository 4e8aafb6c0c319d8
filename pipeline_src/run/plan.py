"""What the registry asks for, as nodes with paths: the Snakefile only looks things up here.

A trained stage and a sample set are named by a hash of everything that shapes them, so two
experiments that agree share their files and two that differ never collide.
"""

from dataclasses import dataclass, field

from pipeline_src.run.parts import PARTS, part_module
from pipeline_src.run.registry import IMPORTED, SOURCES, Registry
from pipeline_src.run.settings import Experiment, SampleSettings, Stage, settings_hash
from pipeline_src.run.settings.experiment import Properties
from pipeline_src.run.settings.jobs import ScoreSettings
from pipeline_src.run.settings.levels import EXTRA, BeadSettings, FragmentLevel
from pipeline_src.run.settings.samplers import Sampler, SamplerChoice, sampler_of
from pipeline_src.run.settings.sampling import SampleCount, SourceSettings


def sample_pattern(dataset: str, node: str, seed: int | str) -> str:
    """Path of the sample shards of a node, with ``{shard}`` for the shard."""
    return f"results/samples/{dataset}/{node}/seed{seed}/shard{{shard}}.parquet"


def stage_folder(dataset: str, stage_id: str, seed: int | str) -> str:
    """Where a stage's weights and settings lie; imported ones are the same for every seed."""
    place = f"results/stages/{dataset}/{stage_id}"
    return place if dataset == IMPORTED else f"{place}/seed{seed}"


def hierarchy_path(dataset: str, beads: str | None) -> str:
    """Path of the levels of a dataset's molecules, with those of a key of ``Plan.beads``."""
    if beads is None:
        return f"results/datasets/{dataset}/hierarchies.parquet"
    return f"results/datasets/{dataset}/beads/{beads}/hierarchies.parquet"


@dataclass(frozen=True)
class BeadLevels:
    """Levels that stages name beside scaffold, heavy and all.

    ``train`` is the dataset on whose training molecules the vocabulary of fragments is learnt,
    ``vocabulary`` its key; both None where no level needs one.
    """

    settings: BeadSettings
    train: str | None
    vocabulary: str | None

    @property
    def vocabulary_path(self) -> str | None:
        """Where the vocabulary lies."""
        if self.vocabulary is None:
            return None
        return f"results/datasets/{self.train}/vocabularies/{self.vocabulary}.csv"


@dataclass(frozen=True)
class SampleNode:
    """One element of a chain with all that came before it: samples of one level.

    ``id`` is ``<element>-<hash8>``; ``stage_id`` names the trained stage (None for a source) and
    ``train`` what it is trained on, a dataset or ``IMPORTED``; ``coarser`` is the id of the node
    before it; ``beads`` the key of the levels that it needs beside the dataset's.
    """

    id: str
    element: str
    level: str
    samples: SampleCount
    stage: Stage | None = None
    stage_id: str | None = None
    train: str | None = None
    sampler: Sampler | None = None
    coarser: str | None = None
    beads: str | None = None
    stereo_attempts: int = 0

    def settings(self, seed: int) -> SampleSettings | SourceSettings:
        """What the job that draws these samples is given."""
        if self.stage is None:
            return SourceSettings(source=self.element, level=self.level, samples=self.samples,
                                  seed=seed)
        return SampleSettings(name=self.element, stage=self.stage, sampler=self.sampler,
                              samples=self.samples, seed=seed,
                              stereo_attempts=self.stereo_attempts)

    def parts(self) -> tuple[str, ...]:
        """Modules of the interchangeable parts that sampling uses."""
        if self.stage is None:
            return () if self.element == "oracle" else (part_module("source", self.element),)
        return (*stage_parts(self.stage, training=False),
                part_module("sampler", self.sampler.kind))


@dataclass(frozen=True)
class Run:
    """One line of an experiment: a chain on a test dataset with a seed and a named sampler."""

    chain: str
    dataset: str
    seed: int
    sampler: str
    node: str

    @property
    def label(self) -> str:
        """Sampler and seed, for file names."""
        return f"{self.sampler}-seed{self.seed}"

    @property
    def samples(self) -> str:
        """Pattern of the sample shards."""
        return sample_pattern(self.dataset, self.node, self.seed)


@dataclass
class Plan:
    """Every node of every experiment."""

    registry: Registry
    stages: dict[tuple[str, str], tuple[str, Stage]] = field(default_factory=dict)
    nodes: dict[str, SampleNode] = field(default_factory=dict)
    scores: dict[str, ScoreSettings] = field(default_factory=dict)
    properties: dict[str, Properties] = field(default_factory=dict)
    runs: dict[str, list[Run]] = field(default_factory=dict)
    beads: dict[str, BeadLevels] = field(default_factory=dict)
    vocabularies: dict[str, FragmentLevel] = field(default_factory=dict)

    def bead_key(self, stage: Stage, train: str) -> str | None:
        """Key of the levels the stage needs beside the dataset's, which are added; None: none."""
        settings = stage.beads()
        if settings is None:
            return None
        vocabulary = None
        if "fragments" in settings.levels:
            vocabulary = settings_hash(settings.options.fragments)
            self.vocabularies[vocabulary] = settings.options.fragments
        levels = BeadLevels(settings, train if vocabulary else None, vocabulary)
        key = settings_hash(settings, levels.train)
        self.beads[key] = levels
        return key

    def shards(self, dataset: str) -> range:
        """Shard numbers of a dataset."""
        return range(self.registry.datasets[dataset].shards)

    def score_settings(self, experiment: str, dataset: str) -> ScoreSettings:
        """How the experiment scores the dataset's geometry."""
        return ScoreSettings(
            geometry=self.registry.experiments[experiment].geometry.grid(),
            deltas_angstrom=self.registry.datasets[dataset].deltas_angstrom)

    def score_pattern(self, experiment: str, run: Run) -> str:
        """Pattern of a run's score files, one a shard."""
        key = settings_hash(self.score_settings(experiment, run.dataset))
        return (f"results/scores/{run.dataset}/{run.node}/seed{run.seed}/{key}"
                "/shard{shard}.csv")

    def sharded(self, pattern: str, dataset: str) -> list[str]:
        """The files of a pattern, one a shard of the dataset."""
        return [pattern.replace("{shard}", str(k)) for k in self.shards(dataset)]

    def run_of(self, experiment: str, chain: str, dataset: str, label: str) -> Run:
        """The run of that chain, dataset and label."""
        return next(r for r in self.runs[experiment]
                    if (r.chain, r.dataset, r.label) == (chain, dataset, label))

    def overlaps(self, experiment: str) -> dict[str, str]:
        """Test dataset -> table of its molecules that are trained on, from another dataset.

        Empty where nothing is trained here. The table is made, or refused, by ``check_overlap``.
        """
        settings = self.registry.experiments[experiment]
        trained = any(node.stage and not node.stage.weights for run in self.runs[experiment]
                      for node in self.chain_nodes(run.node))
        mode = "list" if settings.overlap == "drop" else "refuse"
        return {dataset: f"results/overlap/{settings.train}/{dataset}/{mode}/molecules.csv"
                for dataset in settings.test if trained and dataset != settings.train}

    def property_runs(self, experiment: str) -> list[Run]:
        """The runs whose samples get properties."""
        wanted = self.registry.experiments[experiment].properties
        return [r for r in self.runs[experiment] if wanted and r.dataset == wanted.dataset]

    def property_path(self, experiment: str, run: Run) -> str:
        """Property errors of a run."""
        key = settings_hash(self.registry.experiments[experiment].properties)
        return f"results/property_scores/{run.dataset}/{run.node}/seed{run.seed}/{key}.csv"

    def chain_nodes(self, node: str | None) -> list[SampleNode]:
        """The node and all coarser ones, coarse to fine."""
        found = []
        while node is not None:
            found.insert(0, self.nodes[node])
            node = found[0].coarser
        return found


def make_plan(registry: Registry) -> Plan:
    """Every stage, sample set and score of every experiment, each once."""
    plan = Plan(registry)
    for name, experiment in registry.experiments.items():
        add_experiment(plan, name, experiment)
    return plan


def add_experiment(plan: Plan, name: str, experiment: Experiment) -> None:
    """Add the nodes and runs of one experiment."""
    nodes = {(chain, sampler): add_chain(plan, name, chain, settings).id
             for chain in experiment.chains
             for sampler, settings in experiment.samplers.items()}
    plan.runs[name] = [
        Run(chain, dataset, seed, sampler, nodes[chain, sampler])
        for chain in experiment.chains for dataset in experiment.test
        for seed in experiment.seeds for sampler in experiment.samplers
    ]
    for dataset in experiment.test:
        score = plan.score_settings(name, dataset)
        plan.scores[settings_hash(score)] = score
    if experiment.properties:
        plan.properties[settings_hash(experiment.properties)] = experiment.properties


def add_chain(plan: Plan, experiment: str, chain: str, choice: SamplerChoice) -> SampleNode:
    """Add the nodes of a chain, coarse to fine; returns the last one.

    A chain of sources only has no sampler; its node is the same under every sampler.
    """
    settings = plan.registry.experiments[experiment]
    elements = plan.registry.chains[chain]
    node = None
    for position, element in enumerate(elements):
        if element in SOURCES:
            level, beads = "all", None
            if position + 1 < len(elements):
                following = plan.registry.stage(elements[position + 1], experiment)
                level = following.guide.level
                beads = plan.bead_key(following, settings.train) if level in EXTRA else None
            key = settings_hash(element, level, settings.samples, *([beads] if beads else []))
            node = SampleNode(f"{element}-{key}", element, level, settings.samples, beads=beads)
        else:
            stage = plan.registry.stage(element, experiment)
            stage_id = f"{element}-{settings_hash(stage)}"
            train = IMPORTED if stage.weights else settings.train
            plan.stages[train, stage_id] = (element, stage)
            coarser = node.id if node else None
            sampler = sampler_of(choice, stage.process)
            attempts = settings.stereo_attempts \
                if settings.stereo == "keep" and stage.level == "all" else 0
            key = settings_hash(train, stage_id, sampler, settings.samples, coarser,
                                *([attempts] if attempts else []))
            node = SampleNode(f"{element}-{key}", element, stage.level, settings.samples, stage,
                              stage_id, train, sampler, coarser, stereo_attempts=attempts,
                              beads=plan.bead_key(stage, settings.train))
        plan.nodes[node.id] = node
    return node


def stage_parts(stage: Stage, training: bool) -> tuple[str, ...]:
    """Modules of the interchangeable parts a stage uses in training or in sampling."""
    parts = [part_module("backbone", stage.backbone.kind),
             part_module("process", stage.process.kind)]
    if not training and stage.backbone.kind in PARTS["holder"]:
        parts.append(part_module("holder", stage.backbone.kind))
    if training:
        parts.append(part_module("schedule", stage.training.schedule))
        parts.append(part_module("clip", stage.training.clip))
    if stage.guide:
        parts.append(part_module("upsampler", stage.guide.upsampler.kind))
        if training:
            parts.append(part_module("augmentation", stage.guide.augmentation.kind))
    return tuple(parts)
