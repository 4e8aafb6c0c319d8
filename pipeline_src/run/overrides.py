"""How an experiment's changes meet the registered settings of a stage."""

from collections.abc import Mapping
from typing import Any

from pipeline_src.run.settings.levels import LevelOptions
from pipeline_src.run.settings.stage import named_levels


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``changes`` merged in key by key; a changed ``kind`` replaces its mapping."""
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        nested = isinstance(value, Mapping) and isinstance(old, Mapping)
        if nested and value.get("kind", old.get("kind")) == old.get("kind"):
            result[key] = merge(old, value)
        else:
            result[key] = value
    return result


def with_its_levels(raw: dict[str, Any], shared: Mapping[str, Any],
                    own: Mapping[str, Any]) -> dict[str, Any]:
    """What a stage is made of, without what others' levels are told.

    Args:
        raw: all that it is made of.
        shared: the part that is for every stage; only of its options some are left out.
        own: the part that is for this stage.
    """
    everything, ours = shared.get("levels"), own.get("levels")
    if not (isinstance(everything, Mapping) and isinstance(raw["levels"], Mapping)):
        return raw
    others = set(everything) & set(LevelOptions.model_fields) - named_levels(raw) - set(ours or ())
    return {**raw, "levels": {name: told for name, told in raw["levels"].items()
                              if name not in others}}
