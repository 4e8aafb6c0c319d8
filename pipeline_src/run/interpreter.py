"""Jobs call ``python``: make that the interpreter that runs Snakemake."""

import os
import sys
from pathlib import Path


def put_interpreter_first() -> None:
    """Put this interpreter's folder first on PATH; an environment of --sdm conda goes before it."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
