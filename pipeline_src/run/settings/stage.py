"""One stage: level, guide, backbone, process and how it is trained. Defaults are the paper's.

Sources: models.md 3.1 and 4; MSGEN paper, Table 7 and Appendix C.5.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline_src.run.settings.base import Settings

LevelName = Literal["scaffold", "heavy", "all"]
LEVEL_ORDER: tuple[str, ...] = ("scaffold", "heavy", "all")


class DualEncoder(Settings):
    """GeoDiff's network: SchNet on all pairs, GIN on local pairs; knows no time (models.md 3.1)."""

    kind: Literal["dual_encoder"] = "dual_encoder"
    predicts: ClassVar[str] = "distance_score"
    takes_guide: ClassVar[bool] = False
    width: PositiveInt = Field(128, description="features of an atom and of a pair")
    schnet_layers: PositiveInt = Field(6, description="of the global branch")
    gin_layers: PositiveInt = Field(4, description="of the local branch")
    cutoff_angstrom: PositiveFloat = Field(10.0, description="Å; pairs of the global branch")
    smooth_cutoff: bool = Field(True, description="cosine cutoff (Drugs); false: hard (QM9)")


class GuidedDualEncoder(DualEncoder):
    """The same conditioned on a guide through its interatomic distances (models.md 4.5)."""

    kind: Literal["guided_dual_encoder"] = "guided_dual_encoder"
    takes_guide: ClassVar[bool] = True


class VEDiffusion(Settings):
    """GeoDiff's variance-exploding diffusion with the sigmoid schedule (models.md 3.1)."""

    kind: Literal["ve_diffusion"] = "ve_diffusion"
    needs: ClassVar[str] = "distance_score"
    steps: int = Field(5000, ge=50, description="T, number of noise levels")
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


class Bonded(Settings):
    """Algorithms 1 and 2: new atoms at tau from the mean of their placed, bonded neighbours."""

    kind: Literal["bonded"] = "bonded"
    tau: PositiveFloat | Literal["covalent"] = Field(3.0, description="Å, or sum of covalent radii")


class Centroid(Settings):
    """New atoms at the centroid of the coarse positions, no noise."""

    kind: Literal["centroid"] = "centroid"


class RandomPlacement(Settings):
    """New atoms drawn from N(0, I) Å about the coarse centroid."""

    kind: Literal["random"] = "random"


class Released(Settings):
    """What the released MSGEN code does (D1): new atoms at tau from the coarse centroid."""

    kind: Literal["released"] = "released"
    tau: PositiveFloat = Field(3.0, description="Å")


class Oracle(Settings):
    """Table 1's variant: true coarse positions, the other atoms at their centroid."""

    kind: Literal["oracle"] = "oracle"


class NoAugmentation(Settings):
    """The guide comes from the exact coarse positions."""

    kind: Literal["none"] = "none"


class PaperAugmentation(Settings):
    """VE noise of a level s drawn from [1, max_step] on the coarse positions (paper C.5)."""

    kind: Literal["paper"] = "paper"
    max_step: PositiveInt = Field(10, description="highest noise level of the guide in training")
    steps: PositiveInt = Field(5000, description="T of the coarse stage's schedule")


class ReleasedAugmentation(Settings):
    """Noise of any of the 5000 levels on the upsampled guide, all atoms (released code, D2, D3)."""

    kind: Literal["released"] = "released"
    steps: PositiveInt = Field(5000, description="T of the guide's noise levels")


class SigmaMaxAugmentation(Settings):
    """sigma uniform in [0, sigma_max] on the coarse positions, before upsampling."""

    kind: Literal["sigma_max"] = "sigma_max"
    sigma_max_angstrom: PositiveFloat = Field(0.3, description="Å")


class Guide(Settings):
    """How a stage is conditioned on the coarser one."""

    level: LevelName = Field(description="the coarser level")
    upsampler: Annotated[
        Bonded | Centroid | RandomPlacement | Released | Oracle,
        Field(discriminator="kind", description="where the atoms between the levels are put"),
    ] = Bonded()
    augmentation: Annotated[
        NoAugmentation | PaperAugmentation | ReleasedAugmentation | SigmaMaxAugmentation,
        Field(discriminator="kind", description="noise on the guide in training"),
    ] = PaperAugmentation()


class Training(Settings):
    """Optimisation of one stage; budgets are steps, never clock time."""

    max_conformers: PositiveInt | None = Field(5, description=(
        "conformers a molecule for training and validation, highest weight first; none: all"))
    iterations: PositiveInt = Field(3_000_000, description="optimiser steps")
    batch_size: PositiveInt = Field(32, description="conformers a step (Drugs 32, QM9 64)")
    atom_budget: PositiveInt | None = Field(None, description=(
        "atoms a step at most, which bounds memory: a step takes fewer than batch_size conformers "
        "where these are large; none: no bound, as in the papers"))
    learning_rate: PositiveFloat = Field(1e-3, description="Adam's, at the start")
    adam_beta1: float = Field(0.95, ge=0, lt=1, description="decay of the mean gradient")
    adam_beta2: float = Field(0.999, ge=0, lt=1, description="decay of the mean squared gradient")
    clip_norm: PositiveFloat = Field(30_000.0, description="joint gradient norm (QM9 10,000)")
    plateau_factor: float = Field(0.6, gt=0, lt=1, description="the rate falls by, at a plateau")
    plateau_patience: PositiveInt = Field(10, description="validations without progress")
    validate_every: PositiveInt = Field(5_000, description="steps")
    validation_batches: PositiveInt = Field(50, description="at most; the same noise every time")
    ema_decay: float = Field(0.999, ge=0, lt=1, description="0: sample with the raw weights")
    checkpoint_every: PositiveInt = Field(1_000, description="steps between rolling checkpoints")
    precision: Literal["auto", "32-true", "16-mixed", "bf16-mixed"] = Field(
        "auto", description="auto: 32 bits, on a GPU with TF32 products; 32-true: without"
    )
    devices: PositiveInt = Field(1, description="GPUs; without one the CPU is used")

    @model_validator(mode="after")
    def _one_a_device(self) -> "Training":
        if self.batch_size < self.devices:
            raise ValueError(f"batch_size {self.batch_size} must be at least devices "
                             f"{self.devices}: each device takes its share of a batch")
        return self


class Stage(Settings):
    """One trained model: level + (guide) + backbone + process + training."""

    level: LevelName = Field(description="whose beads it places")
    guide: Guide | None = Field(None, description="the coarser positions it starts from, if any")
    backbone: Annotated[
        DualEncoder | GuidedDualEncoder, Field(discriminator="kind", description="the network")
    ] = DualEncoder()
    process: VEDiffusion = Field(VEDiffusion(), description="the noise it learns to undo")
    training: Training = Field(Training(), description="how it is optimised")

    @model_validator(mode="after")
    def _fit(self) -> "Stage":
        if self.process.needs != self.backbone.predicts:
            raise ValueError(f"process {self.process.kind} needs '{self.process.needs}', backbone "
                             f"{self.backbone.kind} predicts '{self.backbone.predicts}'")
        if self.backbone.takes_guide != (self.guide is not None):
            raise ValueError(
                f"backbone {self.backbone.kind} "
                f"{'needs' if self.backbone.takes_guide else 'takes no'} guide: "
                "name a guided backbone exactly when the stage has a guide")
        if self.guide and LEVEL_ORDER.index(self.guide.level) >= LEVEL_ORDER.index(self.level):
            raise ValueError(f"guide.level '{self.guide.level}' must be coarser than "
                             f"'{self.level}'; coarse to fine: {', '.join(LEVEL_ORDER)}")
        return self
