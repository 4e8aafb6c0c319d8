"""Who trains, validates and tests: a class for each ``kind:`` of split recipe."""

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from pipeline_src.run.settings.base import Settings

Counts = Annotated[tuple[NonNegativeInt, ...], Field(min_length=3, max_length=3)]
Range = Annotated[tuple[NonNegativeInt, ...], Field(min_length=2, max_length=2)]


class Split(Settings):
    """What all recipes have: the files they read, and the recipes they use."""

    path_keys: ClassVar[tuple[str, ...]] = ()

    def files(self) -> tuple[str, ...]:
        """What a job that splits depends on."""
        return tuple(path for key in self.path_keys if (path := getattr(self, key)))

    def moved(self, move: Callable[[str], str]) -> Self:
        """The same with ``move`` applied to every path."""
        return self.model_copy(update={
            key: move(path) for key in self.path_keys if (path := getattr(self, key))})

    def kinds(self) -> tuple[str, ...]:
        """Names of the recipes it consists of."""
        return (self.kind,)


class DrawnSplit(Split):
    """What recipes have that draw the training molecules themselves."""

    path_keys = ("test_only",)
    test_only: str | None = Field(None, description=(
        "list of molecules (ids or SMILES, a line each) that neither train nor validate, as those "
        "of GEOM's test list; it may name others too"))


class RandomSplit(DrawnSplit):
    """Molecules shuffled by seed, then cut by fractions (train, val; the rest is test)."""

    kind: Literal["random"] = "random"
    train: float = Field(0.8, ge=0, le=1, description="fraction to train on")
    val: float = Field(0.1, ge=0, le=1, description="fraction to validate on; the rest is test")
    seed: int = Field(2021, description="of the shuffle")

    @model_validator(mode="after")
    def _sum(self) -> "RandomSplit":
        if self.train + self.val > 1 + 1e-9:
            raise ValueError(f"train + val must not exceed 1, got {self.train + self.val:g}")
        return self


class ScaffoldSplit(RandomSplit):
    """Whole Murcko scaffolds stay together; scaffolds are shuffled by seed and dealt out."""

    kind: Literal["scaffold"] = "scaffold"


class ListSplit(Split):
    """Molecules named in text files, one id or SMILES a line; unnamed molecules are left out."""

    path_keys = ("train", "val", "test")
    kind: Literal["lists"] = "lists"
    train: str | None = Field(None, description="list of the training molecules")
    val: str | None = Field(None, description="list of the validation molecules")
    test: str | None = Field(None, description="list of the test molecules")


class GeodiffSplit(DrawnSplit):
    """ConfGF's and GeoDiff's: shuffled; trained and tested by the number of conformers."""

    path_keys = ("summary", "test_only")
    kind: Literal["geodiff"] = "geodiff"
    summary: str | None = Field(None, description=(
        "GEOM's summary_qm9.json or summary_drugs.json, whose order and conformer counts are used; "
        "none: the dataset's own"))
    min_conformers: PositiveInt = Field(5, description="of a molecule to train or validate on")
    molecules: PositiveInt = Field(
        50_000, description="drawn; the last part of them, as large as val, is left out")
    train: float = Field(0.8, gt=0, lt=1, description="fraction of those drawn; half the rest: val")
    test: PositiveInt = Field(200, description="test molecules drawn (ConfGF 200, GeoDiff 1000)")
    test_conformers: Range = Field(
        (50, 500), description="fewest and most of a test molecule (QM9 50-500, Drugs 50-100)")
    evaluated: Range | None = Field(None, description=(
        "first and end position of the test molecules kept; GeoDiff and MSGEN: [800, 1000] of 1000"
    ))
    seed: int = Field(2021, description="of both shuffles")

    @model_validator(mode="after")
    def _ranges(self) -> "GeodiffSplit":
        if self.test_conformers[0] > self.test_conformers[1]:
            raise ValueError(f"test_conformers must rise, got {list(self.test_conformers)}")
        if self.evaluated and not self.evaluated[0] < self.evaluated[1] <= self.test:
            raise ValueError(f"evaluated must rise and end at {self.test} (test) at most, got "
                             f"{list(self.evaluated)}")
        return self


class GeomolSplit(Split):
    """GeoMol's: positions, in ``split*.npy``, among the molecules' file names in sorted order."""

    path_keys = ("indices", "summary")
    kind: Literal["geomol"] = "geomol"
    indices: str = Field(description="split*.npy: the positions of train, val and test")
    summary: str | None = Field(None, description=(
        "GEOM's summary_*.json, which names the files; none: the dataset's ids are the names"))
    counts: Counts | None = Field(
        None, description="train, val, test molecules there must be (Drugs 243473, 30433, 30433)")


class EtflowSplit(GeomolSplit):
    """ET-Flow's: train and val as ``geomol``, of its test part only the molecules of a list."""

    path_keys = ("indices", "summary", "test")
    kind: Literal["etflow"] = "etflow"
    test: str = Field(description="ids or SMILES, a line each; of a CSV the first column")
    counts: Counts | None = Field((243_473, 30_433, 1_000), description=(
        "train, val, test molecules there must be; the default is GEOM-Drugs"))


AnyWholeSplit = RandomSplit | ScaffoldSplit | ListSplit | GeodiffSplit | GeomolSplit | EtflowSplit


class StratifiedSubset(Split):
    """Of another split's train and val a subset with its shares of atom counts; the same test."""

    kind: Literal["stratified_subset"] = "stratified_subset"
    of: Annotated[AnyWholeSplit, Field(
        discriminator="kind", description="the split that a subset is taken of")]
    train: PositiveInt | None = Field(
        None, description="training molecules kept (LENSEs: 24099); none: all")
    val: PositiveInt | None = Field(
        None, description="validation molecules kept (LENSEs: 6087); none: all")
    train_seed: int = Field(42, description="of the choice of training molecules")
    val_seed: int = Field(43, description="of the choice of validation molecules")

    def files(self) -> tuple[str, ...]:
        """What the inner recipe reads."""
        return self.of.files()

    def moved(self, move: Callable[[str], str]) -> "StratifiedSubset":
        """The same with ``move`` applied to every path of the inner recipe."""
        return self.model_copy(update={"of": self.of.moved(move)})

    def kinds(self) -> tuple[str, ...]:
        """This one and the inner one."""
        return (self.kind, *self.of.kinds())


AnySplit = Annotated[AnyWholeSplit | StratifiedSubset, Field(
    discriminator="kind", description="who trains, validates and tests")]
