"""How samples are drawn from a trained stage or a source."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.base import Settings
from pipeline_src.run.settings.stage import Stage


class Langevin(Settings):
    """Annealed Langevin dynamics, one step per noise level: GeoDiff's 'ld' (models.md 3.1)."""

    kind: Literal["langevin"] = "langevin"
    steps: PositiveInt | None = Field(None, description=(
        "noise levels visited, log-spaced; none: T. With n of T, steps are T / n times as long, "
        "up to 5e-5 / atoms (leimkuhler_matthews 7.5e-5)"))
    step_size: PositiveFloat = Field(1e-6, description=(
        "GeoDiff's step_lr, at sigma = 0.01; above 1e-6 it is held to 5e-5 / atoms "
        "(leimkuhler_matthews 7.5e-5)"))
    largest_move: PositiveFloat = Field(0.5, description=(
        "of an atom by the drift of a step above 1e-6, in units of sigma"))
    global_start_sigma: PositiveFloat = Field(0.5, description="Å; above it local pairs only")
    global_weight: float = Field(1.0, ge=0, description="weight of the global branch (QM9 0.3)")
    clip_global: PositiveFloat = Field(1000.0, description="norm bound of the global node vectors")
    clip_local: PositiveFloat | None = Field(None, description="norm bound of the local ones")
    retry_clip_local: PositiveFloat = Field(20.0, description="the bound when a conformer diverged")
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = Field("32-true", description=(
        "of the network's matrix products; positions, noise, steps and second tries have 32 bits"))


class Generalized(Langevin):
    """GeoDiff's 'generalized' sampler: DDIM-like drift and noise, capped (models.md 3.1)."""

    kind: Literal["generalized"] = "generalized"
    eta: float = Field(1.0, ge=0, description="share of fresh noise; 0: deterministic")


class LeimkuhlerMatthews(Langevin):
    """Langevin dynamics to second order in the step, which may be as long as 7.5e-5 / atoms."""

    kind: Literal["leimkuhler_matthews"] = "leimkuhler_matthews"
    largest_move: PositiveFloat = Field(1.0, description=(
        "of an atom by the drift of a step above 1e-6, in units of sigma"))


Sampler = Annotated[Langevin | Generalized | LeimkuhlerMatthews, Field(discriminator="kind")]


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
    """A chain's first element that is not trained: ``rdkit``, ``rdkit-mmff`` or ``oracle``."""

    source: Literal["rdkit", "rdkit-mmff", "oracle"]
    level: Literal["scaffold", "heavy", "all"] = "all"
    samples: SampleCount
    seed: int


class SampleSettings(Settings):
    """Everything ``sample_stage`` needs beside files: stage, sampler, how many, seed."""

    name: str = Field(description="stage name; keys the randomness")
    stage: Stage
    sampler: Sampler
    samples: SampleCount
    seed: int
