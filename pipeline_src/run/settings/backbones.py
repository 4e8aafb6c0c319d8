"""The networks a stage can have. Defaults are the papers'; sources: models.md 3."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    Field,
    PositiveFloat,
    PositiveInt,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from pipeline_src.run.settings.base import Settings


class _DualBranches(Settings):
    """What both dual encoders have."""

    predicts: ClassVar[str] = "distance_score"
    takes_guide: ClassVar[bool] = False
    mirror_blind: ClassVar[bool] = True  # it sees distances alone
    takes_groups: ClassVar[bool] = True  # nodes may be groups of atoms, numbers their kinds
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


class EquivariantTransformer(Settings):
    """ET-Flow's network: TorchMD-NET's equivariant transformer (models.md 3.3, drugs-o3)."""

    kind: Literal["equivariant_transformer"] = "equivariant_transformer"
    predicts: ClassVar[str] = "velocity"
    takes_guide: ClassVar[bool] = False
    width: PositiveInt = Field(160, description="features of an atom; a multiple of 2 and heads")
    layers: PositiveInt = Field(20, description="attention layers")
    heads: PositiveInt = Field(8, description="of the attention")
    bases: PositiveInt = Field(64, description="radial functions of a distance")
    cutoff_angstrom: PositiveFloat = Field(10.0, description="Å; pairs that are no bonds")
    distance: Literal["plain", "squared"] = Field("plain", description=(
        "squared: as the released code, which reads d² in Å² where the paper says d"))
    parity: Literal["o3", "so3"] = Field("o3", description=(
        "o3: mirror images give mirrored velocities; so3: cross products tell them apart"))
    output_norm: bool = Field(False, description=(
        "a LayerNorm in each output block, as in ET-Flow's networks of QM9"))

    @model_serializer(mode="wrap")
    def _plain(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without norms that are not there: so do stages say that were trained before."""
        data = handler(self)
        return data if self.output_norm else {k: v for k, v in data.items() if k != "output_norm"}

    @model_validator(mode="after")
    def _whole_heads(self) -> "EquivariantTransformer":
        if self.width % self.heads or self.width % 2:
            raise ValueError(f"width {self.width} must be a multiple of 2 and of heads "
                             f"{self.heads}")
        return self

    @property
    def mirror_blind(self) -> bool:
        """Whether mirror images give mirrored velocities."""
        return self.parity == "o3"


class GuidedEquivariantTransformer(EquivariantTransformer):
    """The same conditioned on a guide through its interatomic distances (models.md 4.7)."""

    kind: Literal["guided_equivariant_transformer"] = "guided_equivariant_transformer"
    takes_guide: ClassVar[bool] = True


class ConfGF(Settings):
    """ConfGF's network: GIN on local pairs, from their distances (models.md 3.2)."""

    kind: Literal["confgf"] = "confgf"
    predicts: ClassVar[str] = "local_distance_score"
    takes_guide: ClassVar[bool] = False
    mirror_blind: ClassVar[bool] = True  # it sees distances alone
    takes_groups: ClassVar[bool] = True  # as of the dual encoders
    width: PositiveInt = Field(256, description="features of an atom and of a pair")
    layers: PositiveInt = Field(4, description="GIN layers")
    xavier_gain: PositiveFloat = Field(1.0, description=(
        "of the weights at the start; ConfGF's is 1, where the first loss is 1e11 and more; with "
        "0.5 it is that of a network that knows nothing"))


class GuidedConfGF(ConfGF):
    """The same conditioned on a guide through its interatomic distances (models.md 4.7)."""

    kind: Literal["guided_confgf"] = "guided_confgf"
    takes_guide: ClassVar[bool] = True


class HierarchicalEGNN(Settings):
    """EBD's network on atoms and on fragments, guided by the latter's distances (models.md 3.4)."""

    kind: Literal["hierarchical_egnn"] = "hierarchical_egnn"
    predicts: ClassVar[str] = "positions"
    takes_guide: ClassVar[bool] = True
    mirror_blind: ClassVar[bool] = True  # mirrored guides give mirrored positions
    width: PositiveInt = Field(128, description="features of an atom and of a fragment")
    blocks: PositiveInt = Field(6, description="each a round among fragments and one among atoms")
    cutoff_angstrom: PositiveFloat = Field(10.0, description="Å; pairs more than 3 bonds apart")
    reach_angstrom: PositiveFloat = Field(15.0, description="Å; a move's bound, for each pair")


Backbone = Annotated[
    DualEncoder | GuidedDualEncoder | EquivariantTransformer | GuidedEquivariantTransformer
    | ConfGF | GuidedConfGF | HierarchicalEGNN,
    Field(discriminator="kind")]
