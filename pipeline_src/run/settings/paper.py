"""Items of the paper, a table or figure each: what is measured for it and what stands beside it."""

from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from pipeline_src.run.settings.base import Settings, wrong_field
from pipeline_src.run.settings.experiment import Distinct, Override

Role = Literal["drugs", "qm9", "drugs_etflow", "qm9_property"]
ItemKind = Literal[
    "geometry", "properties", "datasets", "settings", "failures", "strata", "allocation", "time",
    "parameters", "renderings", "stages", "trainings", "validity"]

# Items that the paper prints values of, or figures without any; `settings`: those of its text.
PRINTED = (*(f"table{n}" for n in range(1, 18)), *(f"figure{n}" for n in range(3, 7)), "stages",
           "settings")


class Walk(Settings):
    """How a part is sampled, apart from the numbers that a size gives."""

    steps: PositiveInt | None = Field(None, description=(
        "noise levels visited by the samplers of diffusion, in the paper's T; none: all"))


class Part(Settings):
    """What an item trains, samples and scores under one setting: an experiment at each size."""

    description: str = Field("", description="what it shows")
    train: Role = Field(description="whose molecules are trained on")
    test: Distinct[Role] = Field(min_length=1, description="whose are sampled and scored, apart")
    chains: Distinct[str] = Field(min_length=1, description="names in chains.yaml")
    steps: PositiveInt | dict[str, PositiveInt] | None = Field(None, description=(
        "the paper's T of all stages that are diffusions, or of each stage by name; none: as "
        "registered. The augmentation of a guide takes that of the stage before, and a size "
        "scales its highest level as T"))
    samplers: dict[str, Walk] = Field(
        {"own": Walk()}, min_length=1, description="names and walks; own: every noise level")
    baselines: dict[str, str] = Field({}, description=(
        "chain: the chain it is compared with, molecule by molecule"))
    override: Override = Field(Override(), description="changes to the registered stages")
    properties: bool = Field(False, description=(
        "properties of the first test dataset too; as many samples as these are of"))
    validity: bool = Field(False, description=(
        "checks, strain and scores of relaxed samples too, where the size has them"))
    overlap: Literal["refuse", "drop"] = Field("refuse", description="as of an experiment")
    notes: tuple[str, ...] = Field((), description="sentences shown with the results")


class Stratum(Settings):
    """Molecules of a table's section, by a number that is counted of each."""

    by: Literal["atoms", "bonds", "rotatable_bonds", "rings"] = Field(description="what is counted")
    at_least: NonNegativeInt = Field(0, description="the fewest")
    at_most: NonNegativeInt | None = Field(None, description="the most; none: no bound")


class Row(Settings):
    """A row of the table: where its measured values are, and which of the paper's they meet."""

    label: str = Field(min_length=1, description="its name in the table")
    paper: str | None = Field(None, description=(
        "column `row` of the same in resources/paper; none: the paper has no such row"))
    paper_part: str = Field("", description="column `part` there; of strata it is theirs")
    part: str | None = Field(None, description="part of the item; none: the first")
    chain: str | None = Field(None, description="its chain; none: we have no such row")
    dataset: Role | None = Field(None, description="whose molecules; none: the part's first")
    sampler: str | None = Field(None, description="name of the walk; none: the part's first")
    element: str | None = Field(None, description=(
        "stage of the chain whose samples count; none: the last"))
    delta_angstrom: PositiveFloat | None = Field(None, description=(
        "coverage threshold, Å, one of the dataset's; none: its first"))
    against: str | None = Field(None, description=(
        "label of the row that it is compared with; none: the part's baseline of its chain"))
    note: str = Field("", description=(
        "what a reader has to know of it; {augmentation} in it stands for the noise that the guide "
        "of its last stage gets in training, as it is at the size"))

    @model_validator(mode="after")
    def _some(self) -> "Row":
        if self.paper is None and self.chain is None and self.dataset is None:
            raise ValueError("a row needs a chain or dataset of ours, or a row of the paper's")
        return self


class Item(Settings):
    """A table or figure of the paper, in the paper's units; sizes make experiments of it."""

    title: str = Field(description="short name, for lists")
    caption: str = Field(description="what the paper's shows, in our words")
    kind: ItemKind = Field(description="how it is made from the experiments' files")
    values_of: str | None = Field(None, description=(
        "item whose values in resources/paper its rows meet; none: its own"))
    parts: dict[str, Part] = Field({}, description="names and parts")
    of: dict[str, str] = Field({}, description=(
        "name and part of another item in the place of one of its own: <item>, or <item>-<part> "
        "where that has several"))
    rows: tuple[Row, ...] = Field((), description="rows in order")
    strata: dict[str, Stratum] = Field({}, description=(
        "sections of each row; the names are those of the paper's parts"))
    notes: tuple[str, ...] = Field((), description="sentences shown with it")

    @model_validator(mode="after")
    def _names(self) -> "Item":
        if twice := set(self.parts) & set(self.of):
            raise wrong_field("Item", "of", sorted(twice), "these names are parts already")
        for number, row in enumerate(self.rows):
            if row.part is not None and row.part not in (*self.parts, *self.of):
                raise wrong_field("Item", f"rows.{number}.part", row.part,
                                  f"one of {', '.join((*self.parts, *self.of)) or 'no part'}")
            if row.chain and not (self.parts or self.of):
                raise wrong_field("Item", f"rows.{number}.chain", row.chain,
                                  "the item has no part whose chain it could be")
        labels = [row.label for row in self.rows]
        if twice := sorted({label for label in labels if labels.count(label) > 1}):
            raise wrong_field("Item", "rows", twice, "each label must be there once only")
        return self

    def part_of(self, row: Row) -> str | None:
        """Name of the row's part; None: the item has none."""
        return row.part or next(iter((*self.parts, *self.of)), None)


class ItemFile(Settings):
    """What a file in config/experiments holds that has an item."""

    item: Item = Field(description="a table or figure of the paper")
