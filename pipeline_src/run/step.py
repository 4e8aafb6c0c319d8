"""Turn a typed function into the command of a rule: ``python -m pipeline_src.<step> --name value``.

A step takes paths, numbers, strings and one frozen settings object (passed as JSON); lists of paths
may be folded (``numbered``). Outputs are annotated ``OutPath``. Beside the first one a sidecar
``<output>.provenance.json`` records what may differ between equal runs: time, CPU time, host,
memory, versions, git commit. A step may return more of it: ``versions`` of programs that it
called, and what was spent ``earlier`` (``spent``). No two living processes make the same output at
once (``claim``).
"""

import argparse
import contextlib
import inspect
import json
import platform
import shutil
import subprocess
import sys
import time
import typing
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Annotated

from pydantic import TypeAdapter, ValidationError

from pipeline_src.run.claim import claimed
from pipeline_src.run.errors import PipelineError
from pipeline_src.run.files import write_json, writing
from pipeline_src.run.future_times import await_times
from pipeline_src.run.interrupt import immediate_stop
from pipeline_src.run.machine_use import machine_use
from pipeline_src.run.numbered import unfold
from pipeline_src.run.sidecar import sidecar_of
from pipeline_src.run.spent import spent_here

OutPath = Annotated[Path, "output"]
_RECORDED_PACKAGES = ("torch", "torch-geometric", "rdkit", "numpy", "pyarrow", "snakemake",
                      "matplotlib")


def run_step(step: Callable, argv: list[str] | None = None) -> None:
    """Run ``step`` with the command line as its arguments and leave the process.

    Exit codes: 0 done, 1 a bug (with traceback), else the code of the ``PipelineError``.
    """
    hints = typing.get_type_hints(step, include_extras=True)
    hints.pop("return", None)
    try:
        arguments = _parse(step, hints, argv)
        outputs = [arguments[name] for name, hint in hints.items() if hint == OutPath]
        place = outputs[0] if outputs else Path.cwd()
        # also what goes to a log beside it
        with immediate_stop(), writing(place), claimed(outputs):
            await_times(_inputs(arguments, outputs))
            started = time.time()
            found = step(**arguments)
            _record(step, outputs, arguments, started, found or {})
    except PipelineError as error:
        with contextlib.suppress(OSError):  # a log on the disk that is full
            print(f"{step.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def _inputs(arguments: dict, outputs: list[Path]) -> list[Path]:
    """The paths that are no outputs."""
    given = (value if isinstance(value, list) else [value] for value in arguments.values())
    return [path for paths in given for path in paths
            if isinstance(path, Path) and path not in outputs]


def _parse(step: Callable, hints: dict, argv: list[str] | None) -> dict:
    parser = argparse.ArgumentParser(
        prog=f"python -m pipeline_src.{step.__name__}", description=inspect.getdoc(step),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, hint in hints.items():
        default = inspect.signature(step).parameters[name].default
        required = default is inspect.Parameter.empty
        many = typing.get_origin(hint) is list
        parser.add_argument(
            "--" + name.replace("_", "-"), required=required,
            nargs="*" if many else None, default=None if required else default,
        )
    given = vars(parser.parse_args(argv))
    return {name: _convert(name, hints[name], value) for name, value in given.items()}


def _convert(name: str, hint: object, value: object) -> object:
    if hint == list[Path] and isinstance(value, list):
        value = unfold(value)
    is_model = isinstance(value, str) and hasattr(hint, "model_validate_json")
    try:
        return hint.model_validate_json(value) if is_model else \
            TypeAdapter(hint).validate_python(value)
    except ValidationError as error:
        from pipeline_src.run.settings import explain

        raise explain(error, "--" + name.replace("_", "-"), hint if is_model else None) from None


def _record(step: Callable, outputs: list[Path], arguments: dict, started: float,
            found: dict) -> None:
    """Write the sidecar; if that fails, the outputs are removed: none is without its sidecar."""
    if not outputs:
        return
    try:
        write_json(sidecar_of(outputs[0]), {
            "step": step.__name__, "host": platform.node(), "started_unix": started,
            "seconds": time.time() - started, "cpu_seconds": spent_here().cpu_seconds,
            **machine_use(), "git_commit": git_commit(),
            **found, "versions": {**package_versions(), **found.get("versions", {})},
            "arguments": json.loads(json.dumps(arguments, default=_plain)),
        })
    except PipelineError:
        for path in outputs:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def package_versions() -> dict[str, str]:
    """Versions of Python and of those recorded packages that are installed here."""
    versions = {"python": platform.python_version()}
    for package in _RECORDED_PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions


def _plain(value: object) -> object:
    return value.model_dump() if hasattr(value, "model_dump") else str(value)


def git_commit() -> str:
    """Commit of the checkout this package lies in, '-dirty' appended, or 'unknown'."""
    try:
        return subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40"], check=True, timeout=10,
            capture_output=True, text=True, cwd=Path(__file__).parent,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"
