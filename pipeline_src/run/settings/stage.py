"""One stage: level, guide, backbone, process and how it is trained, or whence its weights are."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from pipeline_src.run.settings.backbones import Backbone, DualEncoder
from pipeline_src.run.settings.base import Settings, wrong_field
from pipeline_src.run.settings.guides import Guide
from pipeline_src.run.settings.levels import (
    COARSER_THAN,
    EXTRA,
    GROUPED,
    BeadSettings,
    LevelName,
    LevelOptions,
    with_defaults,
)
from pipeline_src.run.settings.processes import Blurring, Process, VEDiffusion
from pipeline_src.run.settings.training import Training
from pipeline_src.run.settings.weights import Weights

Misfit = tuple[str, object, str]  # field, what came, why it cannot be


def _with_kind(process: Any) -> Any:
    """A mapping without ``kind`` is a variance-exploding diffusion's."""
    return {"kind": "ve_diffusion", **process} if isinstance(process, dict) else process


def _fragments(process: Any) -> str | None:
    """The level that a process blurs to, from its settings or what they are made of."""
    if isinstance(process, dict) and process.get("kind") == "blurring":
        return process.get("fragments", Blurring.model_fields["fragments"].default)
    return getattr(process, "fragments", None)


def named_levels(raw: dict[str, Any]) -> set[str]:
    """The levels that what a stage is made of names: its own, the guide's, the process's."""
    guide = raw.get("guide")
    guide_level = guide.get("level") if isinstance(guide, dict) else getattr(guide, "level", None)
    named = (raw.get("level"), guide_level, _fragments(raw.get("process")))
    return {name for name in named if isinstance(name, str)}


def _options_of(options: Any) -> set[str]:
    """The levels that options are given for; unknown ones are another matter."""
    return {name for name in LevelOptions.model_fields
            if isinstance(options, dict) and options.get(name) is not None}


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
    levels: LevelOptions = Field(
        LevelOptions(), description="options of the levels it names")

    @model_validator(mode="before")
    @classmethod
    def _options(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        named = named_levels(raw)
        options = with_defaults(named, raw.get("levels", {}))
        for name in _options_of(options) - named:
            raise wrong_field("Stage", f"levels.{name}", options[name],
                              f"the stage names no level '{name}', only "
                              f"{' and '.join(sorted(named))}: leave these options out")
        return {**raw, "levels": options} if options else raw

    @property
    def fragments(self) -> str | None:
        """The level whose beads the process blurs to, if it is one that does."""
        return _fragments(self.process)

    def level_names(self) -> tuple[str, ...]:
        """All levels it names: its own, the guide's, the process's."""
        named = (self.level, self.guide and self.guide.level, self.fragments)
        return tuple(name for name in named if name)

    @property
    def mirror_blind(self) -> bool:
        """Whether it draws a conformer and its mirror image with the same probability.

        Of a guided stage: with the guide's mirror image, if it sees more of the guide than
        distances. A backbone that does not say so may tell left from right.
        """
        return getattr(self.backbone, "mirror_blind", False)

    @model_validator(mode="after")
    def _fit(self) -> "Stage":
        for field, received, why in (*self._parts_misfit(), *self._guide_misfit()):
            raise wrong_field("Stage", field, received, why)
        return self

    def _parts_misfit(self) -> Iterator[Misfit]:
        """Where backbone, process, level and weights do not go together."""
        backbone, process = self.backbone, self.process
        if process.needs != backbone.predicts:
            yield "process.kind", process.kind, (
                f"it needs '{process.needs}', and backbone.kind '{backbone.kind}' predicts "
                f"'{backbone.predicts}': change one of the two")
        if backbone.takes_guide != (self.guide is not None):
            yield "backbone.kind", backbone.kind, (
                f"it {'needs' if backbone.takes_guide else 'takes no'} guide: name a guided "
                "backbone exactly when the stage has a guide")
        if self.level in GROUPED:
            if self.fragments:
                yield "process.kind", process.kind, (
                    f"it blurs atoms, which the beads of level '{self.level}' are not")
            if not getattr(backbone, "takes_groups", False):
                yield "backbone.kind", backbone.kind, (
                    f"it reads atoms, which the beads of level '{self.level}' are not")
        if why := self.weights and self.weights.misfit(backbone):
            yield "weights.kind", self.weights.kind, why

    def _guide_misfit(self) -> Iterator[Misfit]:
        """Where the guide does not go with the rest."""
        guide = self.guide
        if not guide:
            return
        if guide.source:
            if not self.fragments or (self.level, guide.level) != ("all", "all"):
                yield "guide.source", guide.source, (
                    "it is for a process that blurs, with level and guide.level 'all'")
        elif self.level not in COARSER_THAN[guide.level]:
            finer = ", ".join(COARSER_THAN[guide.level]) or "no level"
            yield "guide.level", guide.level, (
                f"it must be coarser than '{self.level}'; it is coarser than {finer}")
        if why := guide.upsampler.misfit(self.level, guide.level):
            yield "guide.upsampler.kind", guide.upsampler.kind, why

    def identity(self) -> "Stage":
        """The same without what does not shape its weights: the training of imported ones."""
        return self.model_copy(update={"training": Training()}) if self.weights else self

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
        extra = tuple(name for name in EXTRA if name in self.level_names())
        options = {name: getattr(self.levels, name) for name in LevelOptions.model_fields
                   if name in extra}
        return BeadSettings(levels=extra, options=LevelOptions(**options)) if extra else None
