"""What noise does and how it is learnt to be undone. Defaults are the papers'; models.md 3."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat, model_validator

from pipeline_src.run.settings.base import Settings

PAPER_BETA_END = {5000: 2e-3, 2500: 4e-3, 2000: 5e-3, 1000: 9e-3, 500: 2e-2}  # Table 7


def default_beta_end(steps: int) -> float:
    """Last beta of the sigmoid schedule where none is given: the paper's for T, else 10 / T."""
    return PAPER_BETA_END.get(steps, 10.0 / steps)


class VEDiffusion(Settings):
    """GeoDiff's variance-exploding diffusion with the sigmoid schedule (models.md 3.1)."""

    kind: Literal["ve_diffusion"] = "ve_diffusion"
    needs: ClassVar[str] = "distance_score"
    steps: int = Field(5000, ge=20, description="T, number of noise levels")
    beta_start: PositiveFloat = Field(1e-7, description="first beta of the sigmoid schedule")
    beta_end: PositiveFloat | None = Field(None, description="none: the paper's for T, else 10/T")
    local_weight: PositiveFloat = Field(5.0, description="of the local pairs in the loss")
    global_weight: PositiveFloat = Field(2.0, description="of the global pairs in the loss")

    @model_validator(mode="after")
    def _rising(self) -> "VEDiffusion":
        if self.beta_end is not None and not self.beta_start < self.beta_end < 1:
            raise ValueError(f"beta_end {self.beta_end:g} must lie between beta_start "
                             f"{self.beta_start:g} and 1")
        return self


class FlowMatching(Settings):
    """ET-Flow's flow from a prior to the data along straight, noisy lines (models.md 3.3)."""

    kind: Literal["flow_matching"] = "flow_matching"
    needs: ClassVar[str] = "velocity"
    steps: ClassVar[None] = None  # time is continuous
    prior: Literal["gaussian", "harmonic"] = Field("gaussian", description=(
        "gaussian: N(0, 1 Å) an atom, as in the MSGEN paper; harmonic: springs of 1 Å along the "
        "bonds, as in ET-Flow's"))
    align: bool | None = Field(None, description=(
        "whether the prior's sample is turned onto the data in training; none: if it is harmonic"))
    bridge_sigma: float = Field(0.1, ge=0, description="Å; noise along the lines, at its most / 2")

    @property
    def aligned(self) -> bool:
        """Whether prior samples are turned onto the data."""
        return self.prior == "harmonic" if self.align is None else self.align


class DistanceScoreMatching(Settings):
    """ConfGF's noise on the distances of local pairs, geometric levels (models.md 3.2)."""

    kind: Literal["distance_score_matching"] = "distance_score_matching"
    needs: ClassVar[str] = "local_distance_score"
    steps: int = Field(50, ge=2, description="number of noise levels")
    sigma_largest_angstrom: PositiveFloat = Field(10.0, description="Å; of the first level")
    sigma_smallest_angstrom: PositiveFloat = Field(0.01, description="Å; of the last level")
    prior_angstrom: PositiveFloat = Field(1.0, description=(
        "Å; deviation of each coordinate where sampling starts; ConfGF's is 1 whatever the "
        "largest sigma"))

    @model_validator(mode="after")
    def _falling(self) -> "DistanceScoreMatching":
        if self.sigma_smallest_angstrom >= self.sigma_largest_angstrom:
            raise ValueError(f"sigma_smallest_angstrom {self.sigma_smallest_angstrom:g} must be "
                             f"below sigma_largest_angstrom {self.sigma_largest_angstrom:g}")
        return self


class Blurring(Settings):
    """EBD's: atoms slide to the centres of their fragments, which the guide gives (models.md 3.4).

    A network predicts the clean positions.
    """

    kind: Literal["blurring"] = "blurring"
    needs: ClassVar[str] = "positions"
    steps: int = Field(50, ge=3, description="T, number of levels")
    fragments: Literal["fragments", "brics"] = Field(
        "fragments", description="the level whose beads the atoms are blurred to")
    noise_angstrom: float = Field(0.01, ge=0, description="Å; on blurred positions in training")
    prior_noise_angstrom: float = Field(
        0.0125, ge=0, description="Å; on the fragment centres that sampling starts from")


Process = Annotated[
    VEDiffusion | FlowMatching | DistanceScoreMatching | Blurring, Field(discriminator="kind")]
