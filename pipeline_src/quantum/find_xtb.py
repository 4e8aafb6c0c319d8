"""Which xtb program is used, and its version.

``python -m pipeline_src.quantum.find_xtb`` prints it; ``make xtb`` installs it where there is none.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pipeline_src.run.errors import InputError, PipelineError

VARIABLE = "PIPELINE_XTB"
_ROOT = Path(__file__).parents[2]
_INSTALL = (
    "Install xtb with `make xtb` (conda or apt-get), or set "
    f"{VARIABLE} to an installed one; the engine `mmff` needs none, at another level of theory."
)


@functools.cache
def find_xtb() -> tuple[str, str]:
    """Path and version of xtb: the one PIPELINE_XTB names, that on PATH, or that of ``.xtb-env``.

    Raises:
        InputError: there is none, or the named one does not run.
    """
    named = os.environ.get(VARIABLE, "")
    if named:
        version = xtb_version(named)
        if version is None:
            raise InputError(VARIABLE, named, "an xtb program that runs", _INSTALL)
        return named, version
    for candidate in _candidates():
        version = xtb_version(candidate)
        if version is not None:
            return candidate, version
    raise InputError("xtb", "no xtb program", "xtb on this machine", _INSTALL)


def xtb_version(program: str) -> str | None:
    """Version that ``program`` says it has, as 6.5.1; None if it is no xtb that runs."""
    try:
        done = subprocess.run([program, "--version"], timeout=60, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace")
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"xtb version (\d+\.\d+(?:\.\d+)?)", done.stdout)
    return found[1] if found and done.returncode == 0 else None


def _candidates() -> Iterator[str]:
    on_path = shutil.which("xtb")
    if on_path:
        yield on_path
    made = _ROOT / ".xtb-env" / "bin" / "xtb"
    if made.is_file():
        yield str(made)


if __name__ == "__main__":
    try:
        print(find_xtb()[0])
    except PipelineError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
