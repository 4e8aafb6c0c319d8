"""Small settings of every part of the table, made from its settings class, and what goes together.

A new part is tested by being in the table. Only where these rules do not make it small or valid,
it needs a line here: the sizes of its fields in ``SMALL``, or settings of its own in ``ROWS``. What
a part need not keep stands in ``EXCEPTIONS``, with the reason.
"""

import itertools
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel, ValidationError

from pipeline_src.run.parts import PARTS
from pipeline_src.run.settings import Stage
from pipeline_src.run.settings.guides import Guide
from pipeline_src.run.settings.levels import FragmentLevel, LevelOptions, SmartsLevel
from pipeline_src.run.settings.samplers import Sampler
from pipeline_src.run.settings.stage import named_levels

# Seam -> field -> a value that makes a part small; a class has those of its own fields.
SMALL: dict[str, dict[str, object]] = {
    "backbone": {"width": 16, "layers": 2, "schnet_layers": 2, "gin_layers": 2, "blocks": 2,
                 "heads": 4, "bases": 8, "cutoff_angstrom": 5.0},
    "process": {"steps": 50},
    "sampler": {"steps": 4, "steps_per_level": 2},
    "upsampler": {},
    "augmentation": {},
}
# (seam, kind) -> settings that replace those
ROWS: dict[tuple[str, str], dict[str, object]] = {}
# (seam, kind) -> name of a test, without test_ -> why the part need not keep it
EXCEPTIONS: dict[tuple[str, str], dict[str, str]] = {}
# what the levels that need it are told
LEVEL_OPTIONS = LevelOptions(fragments=FragmentLevel(vocabulary_size=8, elements=("C", "H", "O")),
                             smarts=SmartsLevel(patterns=("[#6]",)))
MOST_PARAMETERS = 300_000
MOST_STEPS = 200
HERE = "tests/contract/small_parts.py"


def annotation(seam: str) -> object:
    """The type that settings of a seam are declared with."""
    fields = Guide.model_fields if seam in ("upsampler", "augmentation") else Stage.model_fields
    return Sampler if seam == "sampler" else fields[seam].annotation


@cache
def settings_classes(seam: str) -> dict[str, type[BaseModel]]:
    """Kind -> settings class, of the union of the seam."""
    return {found.model_fields["kind"].default: found for found in _models(annotation(seam))}


def _models(kind: object) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inner in typing.get_args(kind):
        yield from _models(inner)


def small(seam: str, kind: str) -> BaseModel:
    """Small settings of a part.

    Raises:
        AssertionError: it has none; says what to add where.
    """
    classes = settings_classes(seam)
    assert kind in classes, (
        f"{seam} '{kind}' has no settings: add a class with that kind to the union of its file in "
        f"pipeline_src/run/settings")
    chosen = {name: value for name, value in SMALL[seam].items()
              if name in classes[kind].model_fields}
    try:
        return classes[kind](**(chosen | ROWS.get((seam, kind), {})))
    except ValidationError as error:
        raise AssertionError(f"{seam} '{kind}' cannot be made small: add a line "
                             f"('{seam}', '{kind}'): {{...}} to ROWS in {HERE}\n{error}") from None


@dataclass(frozen=True)
class Combination:
    """Backbone, process, level and guide that go together.

    Attributes:
        stage: the small stage.
    """

    stage: Stage

    @property
    def parts(self) -> str:
        """Backbone and process."""
        return f"{self.stage.backbone.kind} + {self.stage.process.kind}"

    @property
    def place(self) -> str:
        """Level and how it is guided."""
        guide = self.stage.guide
        return _name(self.stage.level, guide and guide.level, guide and guide.upsampler.kind)

    def __str__(self) -> str:
        return f"{self.parts}: {self.place}"


def levels() -> tuple[str, ...]:
    """All level names."""
    return typing.get_args(Stage.model_fields["level"].annotation)


def make_stage(backbone: str, process: str, level: str, guide: str | None = None,
               upsampler: str | None = None) -> Stage:
    """A small stage.

    Raises:
        ValidationError: the parts do not go together; says why.
    """
    guided = guide and {"level": guide, "upsampler": small("upsampler", upsampler)}
    raw = {"level": level, "guide": guided or None, "backbone": small("backbone", backbone),
           "process": small("process", process)}
    options = LEVEL_OPTIONS.model_dump()
    return Stage.model_validate({**raw, "levels": {
        name: options[name] for name in named_levels(raw) & options.keys()}})


@cache
def combinations() -> tuple[list[Combination], dict[str, str]]:
    """What goes together; and 'backbone + process' or 'level after guide, upsampler' -> why not."""
    found: list[Combination] = []
    refused: dict[str, str] = {}
    places: dict[tuple, str] = {}
    for backbone, process in itertools.product(_known("backbone"), _known("process")):
        chosen, needs = settings_classes("backbone")[backbone], settings_classes("process")[process]
        if chosen.predicts != needs.needs:
            refused[f"{backbone} + {process}"] = (
                f"it predicts '{chosen.predicts}', which is not '{needs.needs}'")
            continue
        for place in _places(chosen.takes_guide):
            try:
                found.append(Combination(make_stage(backbone, process, *place)))
            except ValidationError as error:
                places.setdefault(place, error.errors()[0]["msg"].removeprefix("Value error, "))
    possible = {combination.place for combination in found}
    return found, refused | _refused_places(places, possible)


def _refused_places(places: dict[tuple, str], possible: set[str]) -> dict[str, str]:
    """Why no stage is at these places; one line where it is so for every upsampler."""
    lines: dict[str, str] = {}
    never = {place: why for place, why in places.items() if _name(*place) not in possible}
    for (level, guide, upsampler), why in never.items():
        every = all((level, guide, other) in never for other in _known("upsampler"))
        lines.setdefault(_name(level, guide, upsampler, every), why)
    return lines


def _name(level: str, guide: str | None, upsampler: str | None, every: bool = False) -> str:
    """As ``Combination.place``; ``every``: without the upsampler."""
    if guide is None:
        return level
    return f"{level} after {guide}" + ("" if every else f", {upsampler}")


def _known(seam: str) -> list[str]:
    return [kind for kind in PARTS[seam] if kind in settings_classes(seam)]


def _places(guided: bool) -> list[tuple]:
    """Level, guide and upsampler; all atoms first."""
    named = sorted(levels(), key=lambda level: level != "all")
    if not guided:
        return [(level, None, None) for level in named]
    return list(itertools.product(named, levels(), _known("upsampler")))


def stage_of_each_backbone(seam: str, kind: str) -> list[Stage]:
    """The first stage of a part with each backbone that it can have."""
    first: dict[str, Stage] = {}
    for stage in stages_of(seam, kind):
        first.setdefault(stage.backbone.kind, stage)
    return list(first.values())


def stages_of(seam: str, kind: str) -> list[Stage]:
    """The stages a part is in, all atoms first; of a sampler: those whose process it undoes.

    Raises:
        AssertionError: there is none.
    """
    chosen = small(seam, kind)
    every = [combination.stage for combination in combinations()[0]]
    inside = {
        "backbone": lambda stage: stage.backbone.kind == kind,
        "process": lambda stage: stage.process.kind == kind,
        "sampler": lambda stage: stage.process.kind == chosen.undoes,
        "upsampler": lambda stage: stage.guide and stage.guide.upsampler.kind == kind,
    }[seam]
    found = [stage for stage in every if inside(stage)]
    assert found, f"no stage can have the {seam} '{kind}': no other part fits it"
    return found


def sampler_for(stage: Stage) -> BaseModel:
    """The first sampler of the table that undoes the stage's process, small."""
    for kind in _known("sampler"):
        if settings_classes("sampler")[kind].undoes == stage.process.kind:
            return small("sampler", kind)
    raise AssertionError(f"no sampler undoes the process '{stage.process.kind}'")
