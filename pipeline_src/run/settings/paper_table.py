"""What ``make_paper_table`` is told of a table of the paper: its rows, and the files of each.

A row has only the files that its kind reads (``run.paper_tables.READS``); they are the inputs of
the rule, apart from benchmarks and sidecars, which are looked at where they are.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import Field, PositiveInt

from pipeline_src.run.numbered import unfold
from pipeline_src.run.settings.base import ResultPath, Settings
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.report import Benchmark, ChainCost


class PaperStage(Settings):
    """A stage that rows of a table use; ``{seed}`` in its paths stands for the seed."""

    name: str = Field(description="as registered")
    train: str = Field(description="dataset it is trained on, or 'imported'")
    level: str = Field(description="whose atoms it makes")
    guide: str | None = Field(None, description="level of its guide")
    noise_levels: int | None = Field(None, description="T; none: time is continuous")
    iterations: int | None = Field(None, description="training steps; none: imported")
    seeds: tuple[int, ...] = Field(description="one training each")
    settings: ResultPath = Field(description="path of settings.json")
    curve: ResultPath | None = Field(None, description="path of curve.csv; none: imported")
    weights: ResultPath = Field(description="path of weights.pt, whose sidecar has the commit")
    benchmark: ResultPath | None = Field(None, description="of the training; none: imported")
    items: tuple[str, ...] = Field((), description="items of this size that use it")

    def files(self, field: str) -> list[str]:
        """The files of a field, one a seed."""
        path = getattr(self, field)
        return [] if path is None else list(dict.fromkeys(
            path.replace("{seed}", str(seed)) for seed in self.seeds))


class PaperRow(Settings):
    """A row of the table, looked up in the plan; without an experiment it is the paper's alone."""

    label: str = Field(description="its name in the table")
    model: str | None = Field(None, description="the same row in resources/paper")
    where: dict[str, str] = Field({}, description="further columns there and what they say")
    note: str = ""
    part: str = Field("", description="part of the item")
    experiment: str = Field("", description="name in the plan; empty: not measured here")
    chain: str = ""
    elements: tuple[str, ...] = Field((), description="of the chain, coarse to fine")
    element: str = Field("", description="whose samples count; empty: the last one")
    dataset: str = Field("", description="tested on, as in datasets.yaml")
    train_dataset: str = ""
    geometry: str = Field("", description="level of theory of the dataset")
    sampler: str = ""
    delta_angstrom: float | None = None
    seeds: tuple[int, ...] = ()
    stages: tuple[str, ...] = Field((), description=(
        "the trained ones, coarse to fine: keys of the table's stages"))
    visited: tuple[int, ...] = Field((), description="noise levels visited in each stage")
    baseline: str = Field("", description="chain it is compared with, molecule by molecule")
    against: str = Field("", description=(
        "label of the table's row with the baseline's samples, else the baseline"))
    scores: tuple[ScoredSource, ...] = Field((), description="geometry scores, one a seed")
    baseline_scores: tuple[ScoredSource, ...] = Field((), description="of the baseline")
    properties: tuple[ScoredSource, ...] = Field((), description="property errors, one a seed")
    baseline_properties: tuple[ScoredSource, ...] = Field((), description="of the baseline")
    samples: tuple[ScoredSource, ...] = Field((), description="generated ensembles, one a seed")
    baseline_samples: tuple[ScoredSource, ...] = Field((), description="of the baseline")
    checks: ScoredSource | None = Field(None, description=(
        "checks of the samples, with {seed} in the path; of the references where there is no chain"
    ))
    strain: dict[str, ScoredSource] = Field({}, description=(
        "relaxer -> energies before and after it, likewise"))
    relaxed: dict[str, ScoredSource] = Field({}, description=(
        "relaxer -> geometry scores of the samples after it, likewise"))
    molecules: ResultPath = Field("", description="what is counted of each molecule: molecules.csv")
    levels: ResultPath = Field("", description="levels.csv of the dataset")
    ensembles: ResultPath = Field("", description="folder of reference ensembles")
    split: ResultPath = Field("", description="split.csv of the dataset")
    cost: ChainCost | None = Field(None, description="benchmarks of the chain; no inputs")
    baseline_cost: ChainCost | None = Field(None, description="of the baseline")

    def seeded(self, source: ScoredSource) -> tuple[ScoredSource, ...]:
        """A source with {seed} in its path, one a seed; references have none."""
        return tuple(source.model_copy(update={
            "seed": seed, "pattern": source.pattern.replace("{seed}", str(seed))})
            for seed in self.seeds) or (source,)

    def sound(self) -> list[ScoredSource]:
        """What is looked at beside geometry: checks, strain and relaxed samples."""
        return [*([self.checks] if self.checks else []), *self.strain.values(),
                *self.relaxed.values()]

    def inputs(self) -> Iterator[str]:
        """The files of the row."""
        for sources in (self.scores, self.baseline_scores, self.properties,
                        self.baseline_properties, self.samples, self.baseline_samples,
                        *map(self.seeded, self.sound())):
            for source in sources:
                yield from source.paths
                yield from (path for path in (source.left_out,) if path)
        yield from (path for path in (self.molecules, self.levels, self.ensembles, self.split)
                    if path)


class PaperStratum(Settings):
    """Molecules of a section of the table, by a number that is counted of each."""

    name: str
    by: str = Field(description="atoms, bonds, rotatable_bonds or rings")
    at_least: int = 0
    at_most: int | None = None


class PaperTableSettings(Settings):
    """An item of the paper at one size."""

    item: str = Field(description="table1 ... figure6, stages, trainings")
    values_of: str = Field("", description="item whose published values count; empty: its own")
    size: str
    kind: str = Field(description="name in paper.kinds.KINDS")
    title: str
    caption: str
    notes: tuple[str, ...] = Field((), description="of the item, its parts and the size")
    experiments: tuple[str, ...] = Field((), description="names in the plan")
    rows: tuple[PaperRow, ...] = ()
    strata: tuple[PaperStratum, ...] = ()
    stages: dict[str, PaperStage] = Field({}, description="<dataset>/<stage>-<hash>: stage")
    stage_files: tuple[str, ...] = Field((), description="fields of the stages that are inputs")
    properties: str = Field("", description="method and basis of the properties, e.g. hf/6-31g**")
    samples: str = Field("", description="how many conformers were drawn, in words")
    policy: str = Field("zero", description="of failed molecules, see reports.tables")
    bootstrap_resamples: PositiveInt = 2000
    bootstrap_seed: int = 2021
    benchmarks: tuple[Benchmark, ...] = Field((), description="cost of the item; no inputs")
    resolved: dict[str, Any] = Field({}, description="experiment -> its settings; kind settings")

    @property
    def measured(self) -> tuple[PaperRow, ...]:
        """The rows that are measured here."""
        return tuple(row for row in self.rows if row.experiment or row.dataset)

    def row(self, label: str) -> PaperRow:
        """The row of that label; labels are there once only."""
        return next(row for row in self.rows if row.label == label)

    def inputs(self) -> list[str]:
        """All files the table is made of, each once."""
        files = [path for row in self.rows for path in row.inputs()]
        files += [path for stage in self.stages.values() for field in self.stage_files
                  for path in stage.files(field)]
        return list(dict.fromkeys(unfold(files)))
