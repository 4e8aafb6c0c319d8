"""How a stage is conditioned on a coarser level: upsampling and augmentation (models.md 4)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from pipeline_src.run.settings.base import Settings
from pipeline_src.run.settings.levels import GROUPED, LevelName


class Upsampler(Settings):
    """What all upsamplers say: which guides they take.

    Attributes:
        takes_groups: whether the guide's beads are groups of atoms, else atoms.
    """

    takes_groups: ClassVar[bool] = False

    def misfit(self, level: str, guide: str) -> str:
        """Why it makes no guide for ``level`` from positions of level ``guide``; '' if it does."""
        if (guide in GROUPED) != self.takes_groups:
            takes = "groups of atoms" if self.takes_groups else "atoms"
            others = "geometric or reconstruct" if guide in GROUPED else "bonded"
            return (f"upsampler {self.kind} takes a guide whose beads are {takes}, which those of "
                    f"'{guide}' are not; one that does is {others}")
        return ""


class Bonded(Upsampler):
    """Algorithms 1 and 2: new atoms at tau from the mean of their placed, bonded neighbours."""

    kind: Literal["bonded"] = "bonded"
    tau: PositiveFloat | Literal["covalent"] = Field(3.0, description="Å, or sum of covalent radii")


class Centroid(Upsampler):
    """New atoms at the centroid of the coarse positions, no noise."""

    kind: Literal["centroid"] = "centroid"


class RandomPlacement(Upsampler):
    """New atoms drawn from N(0, I) Å about the coarse centroid."""

    kind: Literal["random"] = "random"


class Released(Upsampler):
    """What the released MSGEN code does (D1): new atoms at tau from the coarse centroid."""

    kind: Literal["released"] = "released"
    tau: PositiveFloat = Field(3.0, description="Å")


class Oracle(Upsampler):
    """Table 1's variant: true coarse positions, the other atoms at their centroid."""

    kind: Literal["oracle"] = "oracle"


class Geometric(Upsampler):
    """Algorithm 5: each atom at tau from its bead, in any direction (tau: models.md 4.3, D8)."""

    kind: Literal["geometric"] = "geometric"
    takes_groups: ClassVar[bool] = True
    tau: NonNegativeFloat = Field(5.0, description="Å; 0 puts atoms where their bead is")

    def misfit(self, level: str, guide: str) -> str:
        """See ``Upsampler``; it makes a guide for all atoms."""
        if not (found := super().misfit(level, guide)) and level != "all":
            return f"upsampler geometric makes guides for 'all'; for '{level}' it is reconstruct"
        return found


class Reconstruct(Upsampler):
    """Coarse to coarse (C.7.3): ``geometric`` to all atoms, then the beads of the stage's level."""

    kind: Literal["reconstruct"] = "reconstruct"
    takes_groups: ClassVar[bool] = True
    tau: NonNegativeFloat = Field(5.0, description="Å, of the atoms from their bead")

    def misfit(self, level: str, guide: str) -> str:
        """See ``Upsampler``; it makes a guide for a coarse level."""
        if not (found := super().misfit(level, guide)) and level == "all":
            return "upsampler reconstruct makes guides for coarse levels; for 'all' it is geometric"
        return found


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

    level: LevelName = Field(description="the coarser level; with a source all")
    source: Literal["distance-geometry"] | None = Field(None, description=(
        "what the guide is made from in training: conformers of that source, each matched to a "
        "training conformer; none: the training conformers' own coarse positions"))
    upsampler: Annotated[
        Bonded | Centroid | RandomPlacement | Released | Oracle | Geometric | Reconstruct,
        Field(discriminator="kind", description="where the atoms between the levels are put"),
    ] = Bonded()
    augmentation: Annotated[
        NoAugmentation | PaperAugmentation | ReleasedAugmentation | SigmaMaxAugmentation,
        Field(discriminator="kind", description="noise on the guide in training"),
    ] = PaperAugmentation()
