"""Inputs from the future: written by a machine whose clock is ahead of this one's.

Snakemake fails a job whose outputs are older than an input, when it has finished, and removes what
it has made. So a job first waits until its inputs are of the past, and what would take too long is
refused before anything is computed.
"""

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from pipeline_src.run.errors import InputError

PATIENCE_S = 60.0  # clocks of one cluster differ by less


def await_times(paths: Iterable[Path | str], patience_s: float = PATIENCE_S) -> None:
    """Come back once none of ``paths`` is newer than this machine's clock; what is missing is not.

    Raises:
        InputError: one is newer by more than ``patience_s``.
    """
    newest, path = max(((_changed(path), str(path)) for path in paths if os.path.lexists(path)),
                       default=(0.0, ""))
    ahead_s = newest - time.time()
    if ahead_s > patience_s:
        raise InputError(path, f"a file of {ahead_s:.0f} s in the future",
                         "one that is no newer than this machine's clock",
                         f"Correct the clock, or give the file another time: touch '{path}'")
    if ahead_s > 0:
        print(f"waiting for {ahead_s:.3f} s: {path} is newer than this machine's clock.",
              file=sys.stderr, flush=True)
        time.sleep(ahead_s)


def _changed(path: Path | str) -> float:
    """When Snakemake says that it was changed: it keeps the time of a folder it made in a file."""
    try:
        return os.stat(os.path.join(path, ".snakemake_timestamp")).st_mtime
    except OSError:
        return os.lstat(path).st_mtime
