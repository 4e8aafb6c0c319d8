"""An experiment: dataset(s) x chains x samplers x seeds, and what to score."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from pipeline_src.run.settings.base import Settings, unique
from pipeline_src.run.settings.samplers import Langevin, SamplerChoice
from pipeline_src.run.settings.sampling import SampleCount
from pipeline_src.run.settings.validity import REFERENCE, Validity

Item = TypeVar("Item")
Distinct = Annotated[tuple[Item, ...], AfterValidator(unique)]


class GeometryGrid(Settings):
    """What one molecule's COV/MAT depend on (models.md 5.1)."""

    grid_step_angstrom: PositiveFloat = Field(0.05, description="first threshold and step, Å")
    grid_stop_angstrom: PositiveFloat = Field(3.0, description="last threshold of the grid, Å")
    symmetrize: Distinct[bool] = Field(
        (True, False), min_length=1,
        description="conjugated terminal groups equivalent (new RDKit) or not (old)"
    )
    max_matches: PositiveInt = Field(1_000_000, description="symmetry mappings held at most")

    @model_validator(mode="after")
    def _stop(self) -> "GeometryGrid":
        if self.grid_stop_angstrom < self.grid_step_angstrom:
            raise ValueError(
                f"grid_stop_angstrom ({self.grid_stop_angstrom:g}) must not be below "
                f"grid_step_angstrom ({self.grid_step_angstrom:g})")
        return self


class GeometryScores(GeometryGrid):
    """COV/MAT over a threshold grid and how the tables sum them up."""

    failure_policies: Distinct[Literal["zero", "skip"]] = Field(
        ("zero", "skip"), min_length=1,
        description="a failed molecule counts as zero coverage, or not at all"
    )
    bootstrap_resamples: PositiveInt = Field(2000, description="for the 95 % intervals of means")
    bootstrap_seed: int = Field(2021, description="of the resampling")

    def grid(self) -> GeometryGrid:
        """The part that shapes the scores of a molecule."""
        return GeometryGrid(**{key: getattr(self, key) for key in GeometryGrid.model_fields})


class Properties(Settings):
    """Psi4 single points on a few molecules of one test dataset (models.md 5.3)."""

    dataset: str = Field(description="one of the test datasets")
    molecules: tuple[str, ...] | None = Field(None, description="ids; none: all of the test subset")
    conformers: PositiveInt = Field(50, description="per molecule and source, drawn by seed 2021")
    method: Literal["hf", "b3lyp"] = Field("hf", description="hf is RHF")
    basis: str = Field("6-31g**", description="the paper's; with b3lyp 6-31g*")
    chunks: PositiveInt = Field(1, description="jobs per source")
    memory_mb: PositiveInt = Field(1500, description="what Psi4 may use")
    timeout_s: PositiveInt = Field(1800, description="a conformer; then a row with a reason")


class Override(Settings):
    """Changes to registered stages, merged key by key before they are checked."""

    every_stage: dict[str, Any] = Field({}, description="merged into every stage")
    stages: dict[str, dict[str, Any]] = Field({}, description="merged into the named stage, after")


class Experiment(Settings):
    """What to train, sample and score; its file name is a Snakemake target."""

    description: str = Field("", description="what it shows, for the report")
    train: str | None = Field(None, description="dataset the stages are trained on")
    test: Distinct[str] = Field(min_length=1, description="datasets sampled and scored, apart")
    chains: Distinct[str] = Field(min_length=1, description="names in chains.yaml")
    seeds: Distinct[NonNegativeInt] = Field(
        (2021,), min_length=1, description="everything is trained and sampled once a seed")
    baselines: dict[str, str] = Field({}, description=(
        "chain: the chain it is compared with, molecule by molecule; both are among the chains"))
    notes: tuple[str, ...] = Field(
        (), description="sentences the report shows under the comparison of the chains")
    samplers: dict[str, SamplerChoice] = Field(
        {"langevin": Langevin()}, min_length=1, description="names and samplers (langevin)")
    samples: SampleCount = Field(
        SampleCount(per_reference=2), description="conformers drawn (per_reference: 2)")
    stereo: Literal["keep", "ignore"] = Field("keep", description=(
        "a conformer of other stereo than its molecule states is mirrored, where its network does "
        "not see handedness and that helps, or drawn again, and in the end fails with the reason; "
        "ignore: it stays, as in the papers"))
    stereo_attempts: PositiveInt = Field(
        5, description="draws of a conformer at most, the first included, to keep its stereo")
    overlap: Literal["refuse", "drop"] = Field("refuse", description=(
        "where a test molecule is one of another dataset's that is trained on: an error, or it is "
        "left out of the tables"))
    override: Override = Field(Override(), description="changes to the registered stages")
    geometry: GeometryScores = Field(
        GeometryScores(), description="how coverage and matching are scored")
    properties: Properties | None = Field(
        None, description="quantum-chemical properties; none: not computed")
    validity: Validity | None = Field(
        None, description="checks, strain and scores of relaxed samples; none: not computed")
    paper_tables: tuple[Literal["geometry", "properties"], ...] = Field(
        (), description="tables of the paper shown beside ours")

    @model_validator(mode="after")
    def _names(self) -> "Experiment":
        if self.validity and REFERENCE in self.chains:
            raise ValueError(f"chains: '{REFERENCE}' is what the table of validity calls the "
                             "references; give the chain another name")
        return self
