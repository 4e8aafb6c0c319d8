"""What ``plot_figures`` and ``make_report`` are told; every path is also an input of the rule."""

from typing import Any, Literal

from pydantic import Field

from pipeline_src.run.settings.base import ResultPath, Settings
from pipeline_src.run.settings.jobs import ScoredSource


class ReportBeads(Settings):
    """A table of levels that stages name beside scaffold, heavy and all."""

    path: ResultPath = Field(description="path of beads.csv")
    names: dict[str, str] = Field(description="levels shown of it -> names they are shown by")


class ReportDataset(Settings):
    """One dataset of the experiment."""

    name: str
    geometry: str = Field(description="level of theory of the conformers")
    role: Literal["train", "test", "train and test"]
    description: str = ""
    deltas_angstrom: tuple[float, ...] = Field((), description="the first is the headline δ")
    levels: ResultPath | None = Field(None, description="path of levels.csv")
    beads: tuple[ReportBeads, ...] = Field((), description="further levels")
    rejected: ResultPath | None = Field(None, description="path of rejected.csv")
    split: ResultPath | None = Field(None, description="path of split.csv, whose hash is shown")


class ReportStage(Settings):
    """One stage and its learning curves, one a seed; without any if its weights are imported."""

    name: str
    level: str
    guide: str | None = Field(None, description="level of its guide")
    noise_levels: int | None = Field(description="T; none: time is continuous")
    iterations: int | None = Field(description="training steps asked for")
    weights: str = Field("", description="kind of the checkpoint it was imported from")
    curves: dict[int, ResultPath] = Field({}, description="seed -> path of curve.csv")
    trained: ResultPath | None = Field(None, description="path of settings.json of one seed")


class Walk(Settings):
    """How a sampler draws a conformer of a chain: its settings, and over how many noise levels."""

    kind: str
    options: dict[str, Any] = Field({}, description="its settings but kind and steps")
    levels: int = Field(description="visited, summed over the stages of the chain")
    full: bool = Field(description="all levels of every stage")


class Benchmark(Settings):
    """Snakemake's benchmark files of one rule, or folders of them; what is missing is left out."""

    rule: str
    folders: tuple[ResultPath, ...]


class ChainCost(Settings):
    """Benchmark files of a chain, one a job; ``{seed}`` in a path stands for the seed.

    Paths are as ``run.numbered`` folds them.
    """

    chain: str
    dataset: str = Field(description="that is sampled")
    sampler: str
    training: tuple[ResultPath, ...] = Field((), description="of its stages; sources have none")
    sampling: tuple[ResultPath, ...] = Field((), description="of its elements, a file each shard")


class ReportValidity(Settings):
    """The tables of validity of an experiment that has them."""

    table: ResultPath = Field(description="path of validity.csv")
    relaxed: ResultPath = Field(description="path of relaxed.csv")


class ReportFile(Settings):
    """A file or folder the report links to, relative to the report."""

    label: str
    path: str


class ReportSettings(Settings):
    """One experiment as the report tells it."""

    experiment: str
    description: str = ""
    train: str | None = None
    datasets: tuple[ReportDataset, ...]
    chains: dict[str, tuple[str, ...]] = Field(description="chain -> its stages, coarse to fine")
    stages: tuple[ReportStage, ...] = ()
    seeds: tuple[int, ...]
    samplers: tuple[str, ...] = ()
    walks: dict[str, dict[str, Walk]] = Field({}, description="chain -> sampler -> walk; trained")
    samples: str = Field("", description="how many conformers were drawn, in words")
    property_method: str = Field("", description="level of theory of the properties")
    geometry: tuple[ScoredSource, ...] = Field((), description="geometry score shards")
    properties: tuple[ScoredSource, ...] = Field((), description="property score files")
    benchmarks: tuple[Benchmark, ...] = ()
    baselines: dict[str, str] = Field({}, description="chain -> chain it is compared with")
    notes: tuple[str, ...] = Field((), description="sentences shown under the comparison")
    costs: tuple[ChainCost, ...] = Field((), description="where chains are compared")
    paper_tables: tuple[Literal["geometry", "properties"], ...] = ()
    validity: ReportValidity | None = None
    files: tuple[ReportFile, ...] = ()
    sidecars: tuple[ResultPath, ...] = Field(
        (), description="folders whose provenance has more versions")
    resolved: dict[str, Any] = Field({}, description="the experiment's resolved settings, shown")

    def inputs(self) -> list[str]:
        """Curves, settings of stages, levels, splits, validity: inputs beside the scores."""
        curves = [path for stage in self.stages
                  for path in (*stage.curves.values(), *([stage.trained] * bool(stage.trained)))]
        tables = [path for d in self.datasets
                  for path in (d.levels, *(b.path for b in d.beads), d.rejected, d.split) if path]
        validity = [self.validity.table, self.validity.relaxed] if self.validity else []
        return [*curves, *tables, *validity]

    @property
    def compared(self) -> bool:
        """Whether the report compares its chains: over seeds or with baselines."""
        return len(self.seeds) > 1 or bool(self.baselines)

    def dataset(self, name: str) -> ReportDataset | None:
        """The dataset of that name, None when the experiment has none."""
        return next((d for d in self.datasets if d.name == name), None)

    def thresholds(self) -> dict[str, tuple[float, ...]]:
        """Dataset -> coverage thresholds of its tables, Å."""
        return {dataset.name: dataset.deltas_angstrom for dataset in self.datasets}

    def headline_delta(self, dataset: str) -> float | None:
        """First coverage threshold of a dataset, Å; None when it has none."""
        found = self.dataset(dataset)
        return found.deltas_angstrom[0] if found and found.deltas_angstrom else None
