"""The base of all settings: frozen, unknown keys refused with the known ones named."""

import difflib
import hashlib
import json
import typing
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer, SerializationInfo, ValidationError
from pydantic_core import InitErrorDetails

from pipeline_src.run.errors import InputError


class Settings(BaseModel):
    """Frozen settings; a change is ``model_copy(update=...)``."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _placed(path: str, info: SerializationInfo) -> str:
    place = (info.context or {}).get("results", RESULTS)
    return place + path.removeprefix(RESULTS) if path.startswith(RESULTS) else path


RESULTS = "results/"
# A path in results/. Where these lie elsewhere (`prefix:` of a module), a job's settings are
# written by `model_dump_json(context={"results": "elsewhere/results/"})`.
ResultPath = Annotated[str, PlainSerializer(_placed)]


def unique(values: Sequence) -> Sequence:
    """``values`` as they are; a pydantic validator.

    Raises:
        ValueError: a value is there twice.
    """
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"each value must be there once only, not {', '.join(twice)} again")
    return values


def wrong_field(model: str, field: str, received: object, why: str) -> ValidationError:
    """What a validator that looks at several fields raises, so that the one at fault is named.

    Args:
        model: name of the class.
        field: the field, with dots between nested ones.
        received: its value.
        why: what is wrong with it.
    """
    return ValidationError.from_exception_data(model, [InitErrorDetails(
        type="value_error", loc=tuple(field.split(".")), input=received, ctx={"error": why})])


def settings_hash(*parts: object) -> str:
    """First 8 hex digits of the SHA-256 of ``parts`` as canonical JSON (settings or plain data)."""
    text = json.dumps(parts, sort_keys=True, default=lambda s: s.model_dump(mode="json"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def explain(error: ValidationError, where: str, model: type[BaseModel] | None = None) -> InputError:
    """One ``InputError`` that names each wrong field, what came, what was expected, near misses.

    Args:
        error: what pydantic raised.
        where: file or step the settings came from.
        model: the class that was validated, to name the known keys.
    """
    lines = []
    for problem in error.errors():
        field = ".".join(str(part) for part in problem["loc"]) or "(top level)"
        if problem["type"] == "extra_forbidden":
            lines.append(f"{field}: unknown key. {_known(problem['loc'], model)}")
        elif problem["type"] in ("missing", "union_tag_not_found"):
            lines.append(f"{field}: {problem['msg']}")
        else:
            lines.append(f"{field}: got {problem['input']!r}. {problem['msg']}")
    return InputError(where, f"{len(lines)} wrong setting(s)", "valid settings",
                      "Correct:\n  " + "\n  ".join(lines))


def _known(location: tuple, model: type[BaseModel] | None) -> str:
    """The keys known at ``location``, the nearest to the wrong one first."""
    known = sorted(_fields_at(location[:-1], model))
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    return f"{hint}Known keys: {', '.join(known)}." if known else hint


def _fields_at(location: tuple, model: object) -> set[str]:
    """Field names of the settings class reached by walking ``location`` down from ``model``."""
    candidates = {model} if model else set()
    for part in location:
        following = set()
        for candidate in candidates:
            if part in candidate.model_fields:
                following |= _models_in(candidate.model_fields[part].annotation)
            elif any(getattr(f, "default", None) == part
                     for n, f in candidate.model_fields.items() if n == "kind"):
                following.add(candidate)  # the tag of a union
        # a list index or dict key keeps the candidates; a union tag narrows them
        candidates = following or candidates
    return {name for candidate in candidates for name in candidate.model_fields}


def _models_in(annotation: object) -> set:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return set().union(*(_models_in(arg) for arg in typing.get_args(annotation)), set())
