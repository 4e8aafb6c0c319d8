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
    width: PositiveInt = 128
    schnet_layers: PositiveInt = 6
    gin_layers: PositiveInt = 4
    cutoff_angstrom: PositiveFloat = 10.0
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
    beta_start: PositiveFloat = 1e-7
    beta_end: PositiveFloat | None = Field(None, description="none: the paper's for T, else 10/T")
    local_weight: PositiveFloat = 5.0
    global_weight: PositiveFloat = 2.0


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
    tau: PositiveFloat = 3.0


class Oracle(Settings):
    """Table 1's variant: true coarse positions, the other atoms at their centroid."""

    kind: Literal["oracle"] = "oracle"


class NoAugmentation(Settings):
    """The guide comes from the exact coarse positions."""

    kind: Literal["none"] = "none"


class PaperAugmentation(Settings):
    """VE noise of a level s drawn from [1, max_step] on the coarse positions (paper C.5)."""

    kind: Literal["paper"] = "paper"
    max_step: PositiveInt = 10
    steps: PositiveInt = Field(5000, description="T of the coarse stage's schedule")


class ReleasedAugmentation(Settings):
    """Noise of any of the 5000 levels on the upsampled guide, all atoms (released code, D2, D3)."""

    kind: Literal["released"] = "released"
    steps: PositiveInt = 5000


class SigmaMaxAugmentation(Settings):
    """sigma uniform in [0, sigma_max] on the coarse positions, before upsampling."""

    kind: Literal["sigma_max"] = "sigma_max"
    sigma_max_angstrom: PositiveFloat = 0.3


class Guide(Settings):
    """How a stage is conditioned on the coarser one."""

    level: LevelName = Field(description="the coarser level")
    upsampler: Annotated[
        Bonded | Centroid | RandomPlacement | Released | Oracle, Field(discriminator="kind")
    ] = Bonded()
    augmentation: Annotated[
        NoAugmentation | PaperAugmentation | ReleasedAugmentation | SigmaMaxAugmentation,
        Field(discriminator="kind"),
    ] = PaperAugmentation()


class Training(Settings):
    """Optimisation of one stage; budgets are steps, never clock time."""

    iterations: PositiveInt = 3_000_000
    batch_size: PositiveInt = Field(32, description="conformers a step (Drugs 32, QM9 64)")
    learning_rate: PositiveFloat = 1e-3
    adam_beta1: float = Field(0.95, ge=0, lt=1)
    adam_beta2: float = Field(0.999, ge=0, lt=1)
    clip_norm: PositiveFloat = Field(30_000.0, description="joint gradient norm (QM9 10,000)")
    plateau_factor: float = Field(0.6, gt=0, lt=1)
    plateau_patience: PositiveInt = Field(10, description="validations without progress")
    validate_every: PositiveInt = Field(5_000, description="steps")
    validation_batches: PositiveInt = Field(50, description="at most; the same noise every time")
    ema_decay: float = Field(0.999, ge=0, lt=1, description="0: sample with the raw weights")
    checkpoint_every: PositiveInt = Field(1_000, description="steps between rolling checkpoints")
    precision: Literal["auto", "32-true", "16-mixed", "bf16-mixed"] = Field(
        "auto", description="auto: 32 bits, with TF32 products on a GPU"
    )
    devices: PositiveInt = Field(1, description="GPUs; without one the CPU is used")


class Stage(Settings):
    """One trained model: level + (guide) + backbone + process + training."""

    level: LevelName
    guide: Guide | None = None
    backbone: Annotated[
        DualEncoder | GuidedDualEncoder, Field(discriminator="kind")
    ] = DualEncoder()
    process: VEDiffusion = VEDiffusion()
    training: Training = Training()

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
