"""Which Python has Psi4: ours, another one of this machine, or none.

``python -m pipeline_src.quantum.find_psi4`` prints it; ``make psi4`` keeps the answer in the
file ``psi4-python`` of the virtual environment, where every later run looks first.
"""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pipeline_src.quantum import psi4_worker
from pipeline_src.run.errors import InputError, PipelineError

VARIABLE = "PIPELINE_PSI4_PYTHON"
WORKER = Path(psi4_worker.__file__)  # imported, so that an edit of it changes the code digest
_INSTALL = (
    "Install Psi4 with `make psi4` (conda or apt-get), or set "
    f"{VARIABLE} to the Python of an installed one."
)


@functools.cache
def find_psi4() -> tuple[str, str]:
    """Interpreter that can import Psi4, and Psi4's version.

    Looked for, in this order: the variable PIPELINE_PSI4_PYTHON, the file ``psi4-python`` of our
    environment, our own interpreter, and the interpreter of the ``psi4`` command on PATH.

    Raises:
        InputError: none of them can import Psi4, or the one the variable names cannot.
    """
    named = os.environ.get(VARIABLE, "")
    if named:
        version = psi4_version(named)
        if version is None:
            raise InputError(VARIABLE, named, "a Python that can import psi4", _INSTALL)
        return named, version
    for candidate in _candidates():
        version = psi4_version(candidate)
        if version is not None:
            return candidate, version
    raise InputError("Psi4", "no Python with psi4", "Psi4 on this machine", _INSTALL)


def psi4_version(python: str) -> str | None:
    """Version of the Psi4 that ``python`` imports, or None."""
    try:
        done = subprocess.run(
            [python, "-I", str(WORKER), "--probe"], check=True, timeout=300,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else None


def _candidates() -> Iterator[str]:
    recorded = Path(sys.prefix, "psi4-python")
    if recorded.is_file():
        yield recorded.read_text(encoding="utf-8").strip()
    yield sys.executable
    command = shutil.which("psi4")
    if command:
        yield from interpreters_of(Path(command))


def interpreters_of(command: Path) -> list[str]:
    """Interpreters a Python command may run in: that of its first line, then those beside it."""
    with open(command, "rb") as opened:
        first = opened.readline(4096).decode("utf-8", errors="replace")
    words = first[2:].split() if first.startswith("#!") else []
    if words and Path(words[0]).name == "env":
        words = [found for word in words[1:] if (found := shutil.which(word))]
    beside = [command.parent / name for name in ("python", "python3")]
    return words[:1] + [str(path) for path in beside if path.is_file()]


if __name__ == "__main__":
    try:
        print(find_psi4()[0])
    except PipelineError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
