"""How a process is undone, step by step, from noise to positions."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.base import Settings, unique
from pipeline_src.run.settings.processes import (
    Blurring,
    DistanceScoreMatching,
    Process,
    VEDiffusion,
)


class SamplerSettings(Settings):
    """What all samplers have."""

    undoes: ClassVar[str]  # kind of the process
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = Field("32-true", description=(
        "of the network's matrix products; positions, noise, steps and second tries have 32 bits"))

    @abstractmethod
    def visited(self, process: Process) -> int:
        """Steps of a walk from noise to positions."""

    def full(self, process: Process) -> bool:
        """Whether that is every noise level of the process."""
        return False

    def misfit(self, process: Process) -> tuple[str, object, str] | None:
        """Field, value and what was expected, if the process cannot be walked so."""
        return None


class Langevin(SamplerSettings):
    """Annealed Langevin dynamics, one step per noise level: GeoDiff's 'ld' (models.md 3.1)."""

    undoes: ClassVar[str] = "ve_diffusion"
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

    def visited(self, process: VEDiffusion) -> int:
        """Noise levels."""
        return self.steps or process.steps

    def full(self, process: VEDiffusion) -> bool:
        """Whether every one is visited."""
        return self.visited(process) == process.steps

    def misfit(self, process: VEDiffusion) -> tuple[str, object, str] | None:
        """More levels than there are cannot be visited."""
        if self.visited(process) > process.steps:
            return "steps", self.steps, f"at most the {process.steps} noise levels"
        return None


class Generalized(Langevin):
    """GeoDiff's 'generalized' sampler: DDIM-like drift and noise, capped (models.md 3.1)."""

    kind: Literal["generalized"] = "generalized"
    eta: float = Field(1.0, ge=0, description="share of fresh noise; 0: deterministic")


class LeimkuhlerMatthews(Langevin):
    """Langevin dynamics to second order in the step, which may be as long as 7.5e-5 / atoms."""

    kind: Literal["leimkuhler_matthews"] = "leimkuhler_matthews"
    largest_move: PositiveFloat = Field(1.0, description=(
        "of an atom by the drift of a step above 1e-6, in units of sigma"))


class Euler(SamplerSettings):
    """Equal steps along the velocity from time 0 to 1: ET-Flow's 'ode' (models.md 3.3)."""

    undoes: ClassVar[str] = "flow_matching"
    kind: Literal["euler"] = "euler"
    steps: PositiveInt = Field(50, description="calls of the network")

    def visited(self, process: Process) -> int:
        """Steps."""
        return self.steps


class StochasticEuler(Euler):
    """The same, but each step first goes back in time with fresh noise."""

    kind: Literal["stochastic_euler"] = "stochastic_euler"
    churn: float = Field(1.0, ge=0, description=(
        "share of the way back to time 0 that is gone back in all; 0: as euler"))
    churn_from: float = Field(1e-4, ge=0, le=1, description="time before which nothing goes back")
    churn_until: float = Field(0.9999, ge=0, le=1, description="and after which")


class AnnealedLangevin(SamplerSettings):
    """ConfGF's Langevin dynamics of positions, many steps per noise level (models.md 3.2)."""

    undoes: ClassVar[str] = "distance_score_matching"
    kind: Literal["annealed_langevin"] = "annealed_langevin"
    steps: PositiveInt | None = Field(None, description=(
        "noise levels visited, log-spaced; none: all"))
    steps_per_level: PositiveInt = Field(100, description="Langevin steps at each of them")
    step_size: PositiveFloat = Field(2.4e-6, description=(
        "ConfGF's step_lr_pos, Å² at the smallest sigma; grows with the square of sigma"))
    clip: PositiveFloat = Field(1000.0, description="norm bound of each atom's score, 1/Å")
    retry_clip: PositiveFloat = Field(20.0, description=(
        "the bound times sigma when a conformer diverged"))

    def visited(self, process: DistanceScoreMatching) -> int:
        """Steps at all noise levels together."""
        return (self.steps or process.steps) * self.steps_per_level

    def full(self, process: DistanceScoreMatching) -> bool:
        """Whether every noise level is visited."""
        return self.steps in (None, process.steps)

    def misfit(self, process: DistanceScoreMatching) -> tuple[str, object, str] | None:
        """More levels than there are cannot be visited."""
        if self.steps and self.steps > process.steps:
            return "steps", self.steps, f"at most the {process.steps} noise levels"
        return None


class Deblurring(SamplerSettings):
    """EBD's: predict the clean positions, blur them a little less at each step (models.md 3.4)."""

    undoes: ClassVar[str] = "blurring"
    kind: Literal["deblurring"] = "deblurring"
    steps: PositiveInt | None = Field(None, description="levels visited, evenly; none: all, T - 1")
    noise_angstrom: float = Field(0.0125, ge=0, description="Å; on the positions of each step")
    final_noise: bool = Field(False, description="on those of the last one too, as released")

    def visited(self, process: Blurring) -> int:
        """Calls of the network."""
        return self.steps or process.steps - 1

    def full(self, process: Blurring) -> bool:
        """Whether every level is visited."""
        return self.visited(process) == process.steps - 1

    def misfit(self, process: Blurring) -> tuple[str, object, str] | None:
        """More levels than there are cannot be visited."""
        if self.visited(process) > process.steps - 1:
            return "steps", self.steps, f"at most the {process.steps - 1} levels"
        return None


Sampler = Annotated[
    Langevin | Generalized | LeimkuhlerMatthews | Euler | StochasticEuler | AnnealedLangevin
    | Deblurring,
    Field(discriminator="kind")]


class ByProcess(Settings):
    """A sampler for each process, for chains whose stages have several."""

    kind: Literal["by_process"] = "by_process"
    samplers: tuple[Sampler, ...] = Field(min_length=1, description="one for each process")

    @model_validator(mode="after")
    def _one_each(self) -> "ByProcess":
        unique([sampler.undoes for sampler in self.samplers])
        return self


SamplerChoice = Annotated[
    Langevin | Generalized | LeimkuhlerMatthews | Euler | StochasticEuler | AnnealedLangevin
    | Deblurring | ByProcess,
    Field(discriminator="kind")]


def sampler_of(choice: SamplerChoice, process: Process) -> Sampler:
    """The sampler that undoes the process.

    Raises:
        InputError: there is none.
    """
    found = choice.samplers if isinstance(choice, ByProcess) else (choice,)
    for sampler in found:
        if sampler.undoes == process.kind:
            return sampler
    raise InputError("sampler", " and ".join(s.kind for s in found),
                     f"one that undoes the process '{process.kind}'",
                     "Several samplers stand together under kind: by_process.")
