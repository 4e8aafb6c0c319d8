"""One stage: level, guide, backbone, process and how it is trained."""

from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from pipeline_src.run.settings.backbones import Backbone, DualEncoder
from pipeline_src.run.settings.base import Settings
from pipeline_src.run.settings.guides import Guide
from pipeline_src.run.settings.levels import (
    COARSER_THAN,
    EXTRA,
    BeadSettings,
    LevelName,
    LevelOptions,
    with_defaults,
)
from pipeline_src.run.settings.processes import Process, VEDiffusion
from pipeline_src.run.settings.training import Training


def _with_kind(process: Any) -> Any:
    """A mapping without ``kind`` is a variance-exploding diffusion's."""
    return {"kind": "ve_diffusion", **process} if isinstance(process, dict) else process


class Stage(Settings):
    """One trained model: level + (guide) + backbone + process + training."""

    level: LevelName = Field(description="whose beads it places")
    guide: Guide | None = Field(None, description="the coarser positions it starts from, if any")
    backbone: Backbone = Field(DualEncoder(), description="the network")
    process: Annotated[Process, BeforeValidator(_with_kind)] = Field(
        VEDiffusion(), description="the noise it learns to undo")
    training: Training = Field(Training(), description="how it is optimised")
    levels: LevelOptions = Field(
        LevelOptions(), description="options of the level and of the guide's level")

    @model_validator(mode="before")
    @classmethod
    def _options(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        guide = raw.get("guide")
        named = {raw.get("level"), guide.get("level") if isinstance(guide, dict) else None}
        options = with_defaults({name for name in named if isinstance(name, str)},
                                raw.get("levels", {}))
        return {**raw, "levels": options} if options else raw

    @property
    def mirror_blind(self) -> bool:
        """Whether it draws a conformer and its mirror image with the same probability.

        Of a guided stage: with the guide's mirror image, if it sees more of the guide than
        distances. A backbone that does not say so may tell left from right.
        """
        return getattr(self.backbone, "mirror_blind", False)

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
        if self.guide and self.level not in COARSER_THAN[self.guide.level]:
            finer = ", ".join(COARSER_THAN[self.guide.level]) or "no level"
            raise ValueError(f"guide.level '{self.guide.level}' must be coarser than "
                             f"'{self.level}'; it is coarser than {finer}")
        if self.guide and (why := self.guide.upsampler.misfit(self.level, self.guide.level)):
            raise ValueError(f"guide.upsampler: {why}")
        return self

    @model_serializer(mode="wrap")
    def _plain(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without the options of levels it does not name, which shape nothing of it."""
        data, beads = handler(self), self.beads()
        options = data.pop("levels")
        named = {name: options[name] for name in (beads.levels if beads else ())
                 if options.get(name)}
        return {**data, "levels": named} if named else data

    def beads(self) -> BeadSettings | None:
        """The levels it needs beside scaffold, heavy and all, with their options; None: none."""
        named = {self.level, self.guide.level if self.guide else self.level}
        extra = tuple(name for name in EXTRA if name in named)
        options = {name: getattr(self.levels, name) for name in LevelOptions.model_fields
                   if name in extra}
        return BeadSettings(levels=extra, options=LevelOptions(**options)) if extra else None
