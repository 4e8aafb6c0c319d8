"""SLURM jobs that outlived their Snakemake: cancelled before the next run starts jobs of its own.

Snakemake killed with SIGKILL leaves its jobs in SLURM's queue and forgets them. One that still
waits there would, once it starts, remove the results that a later run has made in the meantime and
make them again. So none is left; what training has done is kept in its rolling checkpoint.
"""

import getpass
import re
import subprocess
import sys
import time
from pathlib import Path

from pipeline_src.run.errors import ResourceError

LOOK_AGAIN_S = 1.0
PATIENCE_S = 300.0  # SLURM kills what has not ended after KillWait, 30 s where a site does not say
# SLURM's executor of Snakemake names jobs by its run and keeps the rule in their comment.
_RUN = re.compile(r"(.+_)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def end_orphans(folder: Path, patience_s: float = PATIENCE_S) -> list[str]:
    """Numbers of the SLURM jobs that earlier runs left in ``folder``; they have ended.

    Call it before a run starts jobs of its own, with the folder locked.

    Raises:
        ResourceError: SLURM does not answer, or the jobs do not end.
    """
    found = left = _jobs_of(folder)
    if not found:
        return []
    print(f"Cancelling SLURM jobs that an earlier run left here: {', '.join(found)}",
          file=sys.stderr, flush=True)
    _ask("scancel", *found)
    deadline = time.monotonic() + patience_s
    while left:
        if time.monotonic() > deadline:
            raise ResourceError(f"SLURM jobs of an earlier run do not end: {', '.join(left)}. "
                                "See squeue; once they are gone, run again.")
        time.sleep(LOOK_AGAIN_S)
        left = [number for number in _jobs_of(folder) if number in found]
    return found


def _jobs_of(folder: Path) -> list[str]:
    """Jobs of Snakemake that are queued or run and were sent from this folder."""
    text = _ask("squeue", "--noheader", f"--user={getpass.getuser()}", "--format=%A|%j|%Z|%k")
    rows = [line.split("|", 3) for line in text.splitlines()]
    return sorted((number for number, run, place, comment in rows
                   if _RUN.fullmatch(run) and comment.startswith("rule_")
                   and Path(place).resolve() == folder.resolve()), key=int)


def _ask(*command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True,
                              timeout=120).stdout
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or error
        raise ResourceError(f"{command[0]}: {said} -- jobs that an earlier run left in SLURM's "
                            "queue cannot be seen; run again when SLURM answers.") from error
