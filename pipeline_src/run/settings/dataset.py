"""Where ensembles come from and how they are split."""

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt

from pipeline_src.run.settings.base import Settings, unique
from pipeline_src.run.settings.readers import AnyReader
from pipeline_src.run.settings.splits import AnySplit


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

    split: AnySplit
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
        return self.split.files()

    def raw_files(self) -> list[str]:
        """Folders and files that the reader reads."""
        return [*self.reader.folders(), *self.reader.files()]

    def raw_folders(self) -> tuple[str, ...]:
        """The folders among them."""
        return tuple(self.reader.folders())

    def moved(self, move: Callable[[str], str]) -> "Dataset":
        """The same with ``move`` applied to every path."""
        return self.model_copy(update={
            "reader": self.reader.moved(move), "split": self.split.moved(move)})
