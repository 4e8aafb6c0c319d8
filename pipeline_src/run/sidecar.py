"""The record beside a step's first output, ``<output>.provenance.json``; ``run.step`` writes it."""

import json
from pathlib import Path
from typing import Any

from pipeline_src.run.errors import InputError

SUFFIX = ".provenance.json"
FIX = "Delete the file beside it and run again."


def sidecar_of(output: str | Path) -> Path:
    """Where the record of an output is."""
    return Path(f"{output}{SUFFIX}")


def has_sidecar(output: str | Path) -> bool:
    """Whether a finished job's record is there."""
    return sidecar_of(output).is_file()


def read_sidecar(output: str | Path, fix: str = FIX) -> dict[str, Any]:
    """The record of an output: commit, host, arguments and what the step noted.

    Args:
        output: first output of a step.
        fix: what to do where it cannot be read.

    Raises:
        InputError: no record, or one without commit or arguments.
    """
    path = sidecar_of(output)
    try:
        found = dict(json.loads(path.read_text(encoding="utf-8")))
        return {**found, "git_commit": found["git_commit"], "arguments": found["arguments"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "the sidecar of a finished job", fix) from None
