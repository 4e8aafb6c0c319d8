"""What the ``settings.json`` beside a stage's weights says: what was trained, and on what."""

import json
from collections.abc import Iterator
from pathlib import Path

from pipeline_src.run.errors import InputError
from pipeline_src.run.settings import Stage

_ABSENT = object()


def trained_elements(path: Path, stage: Stage) -> frozenset[int]:
    """Atomic numbers, or kinds of beads, the weights have seen in training.

    Args:
        path: ``settings.json`` as ``train_stage`` writes it.
        stage: the stage that is to be sampled.

    Raises:
        InputError: the file cannot be read, or belongs to another stage; the first differences
            are named.
    """
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        trained, elements = record["stage"], frozenset(record["elements"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "the settings of a trained stage, with its elements",
                         "Train the stage again.") from None
    differences = list(_differences("stage", stage.model_dump(mode="json"), trained))
    if differences:
        raise InputError(str(path), "; ".join(differences[:5]), "the stage that is asked for",
                         "Train it with these settings, or sample with those it was trained with.")
    return elements


def _differences(place: str, wanted: object, found: object) -> Iterator[str]:
    """A line for each value that is not the same."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in sorted(wanted.keys() | found.keys()):
            yield from _differences(f"{place}.{key}", wanted.get(key, _ABSENT),
                                    found.get(key, _ABSENT))
    elif wanted != found:
        shown = ["no such key" if value is _ABSENT else json.dumps(value)
                 for value in (found, wanted)]
        yield f"{place}: trained with {shown[0]}, asked for {shown[1]}"
