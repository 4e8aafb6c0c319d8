"""One stage: level, guide, backbone, process and how it is trained, or whence its weights are."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from pipeline_src.run.settings.backbones import Backbone, DualEncoder
from pipeline_src.run.settings.base import Settings
from pipeline_src.run.settings.guides import LEVEL_ORDER, Guide, LevelName
from pipeline_src.run.settings.processes import Process, VEDiffusion
from pipeline_src.run.settings.training import Training
from pipeline_src.run.settings.weights import Weights


def _with_kind(process: Any) -> Any:
    """A mapping without ``kind`` is a variance-exploding diffusion's."""
    return {"kind": "ve_diffusion", **process} if isinstance(process, dict) else process


class Stage(Settings):
    """One model: level + (guide) + backbone + process + training, or weights in its place."""

    level: LevelName = Field(description="whose beads it places")
    guide: Guide | None = Field(None, description="the coarser positions it starts from, if any")
    backbone: Backbone = Field(DualEncoder(), description="the network")
    process: Annotated[Process, BeforeValidator(_with_kind)] = Field(
        VEDiffusion(), description="the noise it learns to undo")
    training: Training = Field(Training(), description="how it is optimised")
    weights: Weights | None = Field(None, description=(
        "another project's checkpoint; then the stage is not trained, and training says nothing"))

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
        misfit = self.weights and self.weights.misfit(self.backbone)
        if misfit:
            raise ValueError(misfit)
        return self

    def identity(self) -> "Stage":
        """The same without what does not shape its weights: the training of imported ones."""
        return self.model_copy(update={"training": Training()}) if self.weights else self
