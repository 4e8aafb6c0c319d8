"""Steps as the commands a user types, and what a refusal may leave behind: nothing."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_src.run.step import run_step

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "resources"
EXIT_CODES = {"InputError": 2, "ResourceError": 3}


def words_of(arguments: dict) -> list[str]:
    """``--name value ...`` of a step; settings may be a dict or a settings object."""
    words = []
    for name, value in arguments.items():
        if hasattr(value, "model_dump_json"):
            value = value.model_dump_json()
        elif isinstance(value, dict):
            value = json.dumps(value)
        values = value if isinstance(value, list) else [value]
        words += ["--" + name.replace("_", "-"), *map(str, values)]
    return words


def command(step: Callable, **arguments) -> None:
    """The step's command in this process; raises ``SystemExit`` where the command would end."""
    run_step(step, words_of(arguments))


def process(step: str, **arguments) -> list[str]:
    """The step's command for another process, which has to start in ``ROOT``."""
    return [sys.executable, "-m", f"pipeline_src.{step}", *words_of(arguments)]


def contents(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder, hidden things too: path -> bytes, None for a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
            for path in sorted(folder.rglob("*"))}


def refusal(folder: Path, capsys, error: str, step: Callable, **arguments) -> str:
    """The sentence with which the command refuses; ``folder`` has to be as it was.

    Args:
        folder: where the outputs would be.
        capsys: of the test.
        error: name of the error's class; its exit code is checked too.
        step: the step, with its ``arguments``.
    """
    before = contents(folder)
    capsys.readouterr()
    with pytest.raises(SystemExit) as caught:
        command(step, **arguments)
    said = capsys.readouterr().err
    assert caught.value.code == EXIT_CODES[error], said
    check_sentence(said, step.__name__, error)
    assert contents(folder) == before
    return said


def check_sentence(said: str, step: str, error: str) -> None:
    """A command says what is wrong in its last words, and shows no traceback."""
    assert f"{step}: {error}: " in said and "Traceback" not in said, said


def rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
