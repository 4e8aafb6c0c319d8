"""Sizes the items of the paper are made in; data, networks, budget and seeds are theirs."""

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from pipeline_src.run.settings.base import Settings, wrong_field
from pipeline_src.run.settings.experiment import Distinct
from pipeline_src.run.settings.paper import Role
from pipeline_src.run.settings.samplers import Sampler
from pipeline_src.run.settings.sampling import SampleCount
from pipeline_src.run.settings.stage import Stage
from pipeline_src.run.settings.training import Training
from pipeline_src.run.settings.validity import MmffRelaxation, Validity, XtbRelaxation

# What each process is undone by in the papers; a size changes only the numbers.
SAMPLERS = {"ve_diffusion": "langevin", "flow_matching": "euler",
            "distance_score_matching": "annealed_langevin", "blurring": "deblurring"}


class NetworkSize(Settings):
    """How large a network is; each has some of these."""

    width: PositiveInt | None = Field(None, description="features")
    layers: PositiveInt | None = Field(None, description="of ET-Flow's and ConfGF's networks")
    heads: PositiveInt | None = Field(None, description="of ET-Flow's attention")
    bases: PositiveInt | None = Field(None, description="radial functions of ET-Flow's")
    blocks: PositiveInt | None = Field(None, description="of EBD's network")
    schnet_layers: PositiveInt | None = Field(None, description="of GeoDiff's global branch")
    gin_layers: PositiveInt | None = Field(None, description="of GeoDiff's local branch")
    xavier_gain: PositiveFloat | None = Field(None, description="of ConfGF's weights at the start")
    reach_angstrom: PositiveFloat | None = Field(
        None, description="Å; bound of the move of a pair, of EBD's network")


class Scaling(Settings):
    """What a size changes of a stage: how large its network is, and how it is optimised."""

    backbone: NetworkSize = Field(NetworkSize(), description="size of the network")
    training: dict[str, Any] = Field({}, description="budget and optimisation, as of a stage")

    @model_validator(mode="before")
    @classmethod
    def _only(cls, raw: Any) -> Any:
        for key in set(raw) & set(Stage.model_fields) - set(cls.model_fields) \
                if isinstance(raw, dict) else ():
            raise wrong_field("Scaling", key, raw[key], (
                "a size changes the network's size and the training only; this is the item's"))
        training = raw.get("training", {}) if isinstance(raw, dict) else {}
        for key in set(training) - set(Training.model_fields) if isinstance(training, dict) else ():
            raise wrong_field("Scaling", f"training.{key}", training[key], (
                f"no key of a training; these are {', '.join(Training.model_fields)}"))
        return raw

    def changes(self) -> dict[str, Any]:
        """What is merged into a stage."""
        found = {"backbone": self.backbone.model_dump(exclude_unset=True),
                 "training": self.training}
        return {key: value for key, value in found.items() if value}


class Scalings(Settings):
    """Changes of a size to stages."""

    every_stage: Scaling = Field(Scaling(), description="of every stage")
    stages: dict[str, Scaling] = Field({}, description=(
        "of the stages of a name or a pattern (*: anything), merged in order, after"))


class RoleData(Scalings):
    """What plays a role at a size."""

    dataset: str = Field(description="name in datasets.yaml")
    samplers: tuple[Sampler, ...] = Field((), description=(
        "in the place of the size's, where stages are trained on it"))


class SizeProperties(Settings):
    """The property task at a size."""

    molecules: tuple[str, ...] | None = Field(None, description="ids; none: all of the test subset")
    conformers: PositiveInt = Field(50, description="drawn of each molecule, and of each source")
    chunks: PositiveInt = Field(1, description="jobs per source")
    method: Literal["hf", "b3lyp"] = Field("hf", description="hf is RHF")
    basis: str = Field("6-31g**", description="the paper's")
    timeout_s: PositiveInt = Field(1800, description="a conformer; then a row with a reason")


class SizeValidity(Settings):
    """How many conformers are looked at beside geometry; what is done to them is the items'."""

    conformers: PositiveInt | None = Field(None, description=(
        "of a molecule that are checked, drawn by seed; none: all"))
    xtb_conformers: PositiveInt | None = Field(2, description=(
        "of a molecule that GFN2-xTB relaxes, drawn by seed; none: all. MMFF94s relaxes all"))

    def section(self) -> Validity:
        """The section of an experiment."""
        return Validity(conformers=self.conformers, relaxed=("mmff",), relaxers=(
            MmffRelaxation(), XtbRelaxation(conformers=self.xtb_conformers)))


class Size(Scalings):
    """How large the items are made: data, networks, budget and seeds; nothing else."""

    description: str = Field(description="for whom, and what it takes")
    items: Distinct[str] | None = Field(None, description="names of its items; none: all")
    roles: dict[Role, RoleData] = Field(description="dataset of each role")
    steps: dict[str, dict[PositiveInt, PositiveInt]] = Field(description=(
        "process: the paper's T: this size's"))
    beta_ends: dict[PositiveInt, PositiveFloat] = Field({}, description=(
        "this size's T of a diffusion: its last beta, where 10 / T makes sigma_T too large"))
    samplers: tuple[Sampler, ...] = Field(min_length=1, description="one for each process")
    seeds: Distinct[NonNegativeInt] = Field((2021,), min_length=1, description="of every item")
    item_seeds: dict[str, Annotated[Distinct[NonNegativeInt], Field(min_length=1)]] = Field(
        {}, description="of an item, in their place; of one that trains nothing: which of those "
        "that its samples have")
    samples: SampleCount = Field(
        SampleCount(per_reference=2), description="conformers drawn of a molecule")
    properties: SizeProperties = Field(SizeProperties(), description="the property task")
    validity: SizeValidity | None = Field(None, description=(
        "checks, strain and relaxed samples of the parts that have them; none: not at this size"))
    bootstrap_resamples: PositiveInt = Field(2000, description="for the 95 % intervals of means")
    notes: tuple[str, ...] = Field((), description="sentences shown with every result")

    @model_validator(mode="after")
    def _papers_samplers(self) -> "Size":
        given = [("samplers", self.samplers)]
        given += [(f"roles.{role}.samplers", data.samplers) for role, data in self.roles.items()]
        for field, several in given:
            processes = [sampler.undoes for sampler in several]
            if twice := sorted({one for one in processes if processes.count(one) > 1}):
                raise wrong_field("Size", field, twice, "one sampler for each process, not two")
        for field, sampler in ((field, one) for field, several in given for one in several):
            if SAMPLERS[sampler.undoes] != sampler.kind:
                raise wrong_field("Size", field, sampler.kind, (
                    f"a size changes numbers only, and '{sampler.undoes}' is undone by "
                    f"{SAMPLERS[sampler.undoes]}"))
            if sampler.undoes == "ve_diffusion" and sampler.steps:
                raise wrong_field("Size", field, sampler.steps, (
                    "the levels visited are an item's, in the paper's T"))
        return self
