"""Where ensembles come from and how they are split."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, model_validator

from pipeline_src.run.settings.base import Settings, unique
from pipeline_src.run.settings.readers import AnyReader


class RandomSplit(Settings):
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


class ListSplit(Settings):
    """Molecules named in text files, one id or SMILES a line; unnamed molecules are left out."""

    kind: Literal["lists"] = "lists"
    train: str | None = Field(None, description="list of the training molecules")
    val: str | None = Field(None, description="list of the validation molecules")
    test: str | None = Field(None, description="list of the test molecules")


class ImportSettings(Settings):
    """What ``import_ensembles`` is given: an edit of anything else imports nothing again."""

    reader: AnyReader
    parts: PositiveInt = Field(1, le=1000, description=(
        "Parquet parts the ensembles are written in; if there are several, each is a job"))
    max_conformers: PositiveInt | None = Field(
        None, description="keep at most so many conformers a molecule, highest weight first"
    )


class SplitSettings(Settings):
    """What ``split_dataset`` is given."""

    split: Annotated[RandomSplit | ScaffoldSplit | ListSplit, Field(
        discriminator="kind", description="who trains, validates and tests")]
    shards: PositiveInt = Field(1, description="sampling jobs the molecules are dealt to")


class Dataset(SplitSettings, ImportSettings):
    """Ensembles of one geometry level, their import and their split."""

    description: str = Field("", description="what it is, for the report")
    geometry: str = Field(description="level of theory of the conformers, e.g. GFN2-xTB")
    deltas_angstrom: Annotated[tuple[PositiveFloat, ...], AfterValidator(unique)] = Field(
        (0.5,), min_length=1, description="coverage thresholds of the tables (QM9 0.5, Drugs 1.25)"
    )

    def import_settings(self) -> ImportSettings:
        """The part that shapes the import."""
        return ImportSettings(**{key: getattr(self, key) for key in ImportSettings.model_fields})

    def split_settings(self) -> SplitSettings:
        """The part that shapes the split."""
        return SplitSettings(**{key: getattr(self, key) for key in SplitSettings.model_fields})

    def split_files(self) -> tuple[str, ...]:
        """Files that the split recipe reads."""
        if self.split.kind != "lists":
            return ()
        return tuple(f for f in (self.split.train, self.split.val, self.split.test) if f)

    def raw_files(self) -> list[str]:
        """Files that the reader reads."""
        return self.reader.files()

    def moved(self, move: Callable[[str], str]) -> "Dataset":
        """The same with ``move`` applied to every path."""
        lists = {key: move(path) for key in ("train", "val", "test")
                 if self.split.kind == "lists" and (path := getattr(self.split, key))}
        return self.model_copy(update={
            "reader": self.reader.moved(move),
            "split": self.split.model_copy(update=lists)})
