"""What stands in the ``settings.json`` beside a stage's weights."""

import json
from pathlib import Path

from pipeline_src.run.errors import InputError


def read_stage(path: str) -> dict:
    """The settings of a trained or imported stage, with what was counted when it was made.

    Raises:
        InputError: the file cannot be read, or says nothing of a stage.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        return {**found, "stage": dict(found["stage"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(path, f"{type(error).__name__}: {error}", "the settings of a stage",
                         "Train the stage again.") from None
