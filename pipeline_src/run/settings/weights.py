"""Weights that other projects trained, taken over in place of training: a class for each kind."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from pipeline_src.run.settings.base import Settings, unique

# Of the molecules of GEOM: Hoogeboom et al., ICML 2022, arXiv:2203.17003, with GEOM-Drugs.
GEOM_ELEMENTS = ("H", "B", "C", "N", "O", "F", "Al", "Si", "P", "S", "Cl", "As", "Br", "I", "Hg",
                 "Bi")


class ForeignWeights(Settings):
    """What all kinds have: a file."""

    backbones: ClassVar[tuple[str, ...]] = ()
    path: str = Field(min_length=1, description="checkpoint file, relative to the project root")
    elements: Annotated[tuple[str, ...], AfterValidator(unique)] | None = Field(
        None, min_length=1, description=(
            "symbols of what they were trained on: other molecules are not sampled; none: what the "
            "file's optimiser has seen, or without it the elements of GEOM"))


    def misfit(self, backbone: Settings) -> str | None:
        """Why the weights are of another network than ``backbone``, or None."""
        if backbone.kind in self.backbones:
            return None
        return (f"weights {self.kind} are of the backbone {' or '.join(self.backbones)}, "
                f"not {backbone.kind}")


class GeoDiffWeights(ForeignWeights):
    """GeoDiff's checkpoint; a released one needs `backbone.shared_edge_encoder: true`."""

    kind: Literal["geodiff"] = "geodiff"
    backbones: ClassVar[tuple[str, ...]] = ("dual_encoder",)


class MsgenWeights(ForeignWeights):
    """MSGEN's checkpoint, of a first stage or of a guided one."""

    kind: Literal["msgen"] = "msgen"
    backbones: ClassVar[tuple[str, ...]] = ("dual_encoder", "guided_dual_encoder")

    def misfit(self, backbone: Settings) -> str | None:
        """As above; their branches share nothing."""
        shared = getattr(backbone, "shared_edge_encoder", False)
        return super().misfit(backbone) or (
            "weights msgen have an edge encoder for each branch: no shared_edge_encoder"
            if shared else None)


class EtflowWeights(ForeignWeights):
    """ET-Flow's checkpoint; its network reads squared distances, and has output norms for QM9."""

    kind: Literal["etflow"] = "etflow"
    backbones: ClassVar[tuple[str, ...]] = ("equivariant_transformer",)

    def misfit(self, backbone: Settings) -> str | None:
        """As above; no shape tells the distances."""
        return super().misfit(backbone) or (
            "weights etflow are of a network that reads squared distances: "
            "backbone.distance: squared" if backbone.distance != "squared" else None)


Weights = Annotated[GeoDiffWeights | MsgenWeights | EtflowWeights, Field(discriminator="kind")]
