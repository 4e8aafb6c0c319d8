"""Jobs call ``python -m pipeline_src...``: which interpreter and which package that is."""

import os
import sys
from pathlib import Path


def put_interpreter_first(root: Path) -> None:
    """Put this interpreter's folder first on PATH, and the package in ``root`` on PYTHONPATH.

    An environment of --sdm conda goes before the interpreter. Called again it changes nothing.
    """
    for variable, folder in (("PATH", Path(sys.executable).parent), ("PYTHONPATH", root)):
        others = [f for f in os.environ.get(variable, "").split(os.pathsep)
                  if f and f != str(folder)]
        os.environ[variable] = os.pathsep.join([str(folder), *others])
