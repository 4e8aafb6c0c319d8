"""When the allocation of this job ends, as SLURM says; a workstation's never does.

A job that stops by itself depends neither on the signal before a limit nor on the time that a site
leaves after it (KillWait).
"""

import math
import os
import subprocess
import sys
import time
from collections.abc import Callable

LEAD_S = 60.0  # for the step at hand and for what is written
SHARE = 0.1  # of what there is in the beginning, where that is less
ASK_S = 10.0  # for a controller that is busy: a part of the lead


class Allocation:
    """The time this job has.

    SLURM is asked once, and again when the end has come near: someone may have moved it. No answer
    then is no more time.

    Args:
        end: when it ends, s of the epoch; infinity: never.
        now: the clock that is meant.
    """

    def __init__(self, end: Callable[[], float] | None = None,
                 now: Callable[[], float] = time.time):
        self._ask, self._now = end or slurm_end, now
        self._end, self._over = self._ask(), False
        self._lead = min(LEAD_S, SHARE * max(0.0, self._end - now()))

    def nearly_over(self) -> bool:
        """Whether the job has to stop now; if so, it stays so."""
        if not self._over and self._near():
            end = self._ask()
            self._end = end if math.isfinite(end) else self._end
            self._over = self._near()
        return self._over

    def _near(self) -> bool:
        return self._now() >= self._end - self._lead


def slurm_end() -> float:
    """When SLURM ends the job that this process belongs to, s of the epoch; else infinity.

    A SLURM that does not answer is no error: its signal stops the job all the same. stderr says so.
    """
    job = os.environ.get("SLURM_JOB_ID")
    if not job:
        return math.inf
    try:
        # the environment variable SLURM_JOB_END_TIME does not come through Snakemake's job step
        said = subprocess.run(
            ["squeue", "--noheader", f"--jobs={job}", "--format=%e"], check=True, timeout=ASK_S,
            capture_output=True, text=True, env={**os.environ, "SLURM_TIME_FORMAT": "%s"}).stdout
    except (OSError, subprocess.SubprocessError) as error:
        print(f"SLURM does not say when job {job} ends ({error}): it is stopped by a signal only.",
              file=sys.stderr)
        return math.inf
    try:
        return float(said)
    except ValueError:  # no limit: NONE, N/A
        return math.inf
