"""How a stage is conditioned on a coarser level: upsampling and augmentation (models.md 4)."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline_src.run.settings.base import Settings

LevelName = Literal["scaffold", "heavy", "all"]
LEVEL_ORDER: tuple[str, ...] = ("scaffold", "heavy", "all")


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
