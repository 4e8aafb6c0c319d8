"""How samples are drawn from a trained stage or a source."""

from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.base import Settings
from pipeline_src.run.settings.levels import LevelName
from pipeline_src.run.settings.samplers import Sampler
from pipeline_src.run.settings.stage import Stage


class SampleCount(Settings):
    """How many conformers a molecule: a fixed number or a multiple of its references."""

    per_reference: PositiveInt | None = Field(None, description="samples per reference conformer")
    count: PositiveInt | None = Field(None, description="samples per molecule")

    @model_validator(mode="after")
    def _one(self) -> "SampleCount":
        if (self.per_reference is None) == (self.count is None):
            raise ValueError("give exactly one of per_reference and count")
        return self

    def of(self, n_references: int, molecule: str) -> int:
        """Conformers to draw for a molecule with ``n_references`` reference conformers.

        Raises:
            InputError: there are none to multiply.
        """
        if self.count is not None:
            return self.count
        if not n_references:
            raise InputError(f"samples of {molecule}", f"per_reference: {self.per_reference}",
                             "'count' instead of 'per_reference'",
                             "The molecule has no reference conformers.")
        return self.per_reference * n_references


class SourceSettings(Settings):
    """A chain's first element that is not trained; ``oracle``: the references' coarse positions."""

    source: Literal["rdkit", "rdkit-mmff", "distance-geometry", "oracle"]
    level: LevelName = "all"
    samples: SampleCount
    seed: int


class SampleSettings(Settings):
    """Everything ``sample_stage`` needs beside files: stage, sampler, how many, seed."""

    name: str = Field(description="stage name; keys the randomness")
    stage: Stage
    sampler: Sampler
    samples: SampleCount
    seed: int
    stereo_attempts: NonNegativeInt = Field(0, description=(
        "draws of a conformer at most, until it shows its molecule's stereo; 0: any will do"))

    @model_validator(mode="after")
    def _all_atoms(self) -> "SampleSettings":
        if self.stereo_attempts and self.stage.level != "all":
            raise ValueError(f"stereo_attempts must be 0 for level '{self.stage.level}': stereo is "
                             "that of all atoms")
        return self
