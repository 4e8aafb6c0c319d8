"""What ``make_statistics`` is told of a dataset."""

from pydantic import Field

from pipeline_src.run.settings.base import Settings


class StatisticsSettings(Settings):
    """The dataset as its page introduces it."""

    dataset: str
    description: str = ""
    geometry: str = Field(description="level of theory of the conformers")
    split: str = Field(description="name of the split recipe")
