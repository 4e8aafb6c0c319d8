"""The networks a stage can have. Defaults are the papers'; sources: models.md 3."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline_src.run.settings.base import Settings


class _DualBranches(Settings):
    """What both dual encoders have."""

    predicts: ClassVar[str] = "distance_score"
    takes_guide: ClassVar[bool] = False
    width: PositiveInt = Field(128, description="features of an atom and of a pair")
    schnet_layers: PositiveInt = Field(6, description="of the global branch")
    gin_layers: PositiveInt = Field(4, description="of the local branch")
    cutoff_angstrom: PositiveFloat = Field(10.0, description="Å; pairs of the global branch")
    smooth_cutoff: bool = Field(True, description="cosine cutoff (Drugs); false: hard (QM9)")


class DualEncoder(_DualBranches):
    """GeoDiff's network: SchNet on all pairs, GIN on local pairs; knows no time (models.md 3.1)."""

    kind: Literal["dual_encoder"] = "dual_encoder"
    shared_edge_encoder: bool = Field(False, description=(
        "the local branch reads the global branch's pair encoder, as in GeoDiff's released code"))


class GuidedDualEncoder(_DualBranches):
    """The same conditioned on a guide through its interatomic distances (models.md 4.5)."""

    kind: Literal["guided_dual_encoder"] = "guided_dual_encoder"
    takes_guide: ClassVar[bool] = True


Backbone = Annotated[DualEncoder | GuidedDualEncoder, Field(discriminator="kind")]
