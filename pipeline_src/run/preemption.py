"""Jobs that pre-emption has cancelled count as failed, so that they are sent again.

Snakemake's executor for SLURM (2.8.0) leaves them to SLURM, which puts back into its queue only
what is pre-empted by requeueing; on a site that cancels it waits for ever. It has no setting for
that and no status command but squeue and sacct, hence their answer is changed on the way.
"""

import sys
from collections.abc import Awaitable, Callable

EXECUTOR = "snakemake_executor_plugin_slurm"
QUERY = "query_job_status"  # (command, logger) -> (job -> state, seconds) or (None, None)


def send_preempted_again() -> None:
    """From now on the executor hears of a job that stays PREEMPTED that it is CANCELLED.

    Where the executor is another version than is known here nothing changes; stderr says so.
    """
    executor = sys.modules.get(EXECUTOR)
    query = getattr(executor, QUERY, None)
    if query is None:
        print(f"{EXECUTOR} has no {QUERY}: a job that pre-emption cancels is waited for.",
              file=sys.stderr)
        return
    setattr(executor, QUERY, told(query))


def told(query: Callable[..., Awaitable[tuple[dict | None, float | None]]]) -> Callable:
    """The query with PREEMPTED as CANCELLED, from the second time in a row on.

    A job on its way back into the queue may show the state for a moment.
    """
    before: set[str] = set()

    async def changed(command: str, logger: object) -> tuple[dict | None, float | None]:
        states, seconds = await query(command, logger)
        if states is None:
            return states, seconds
        # one that is gone from the table has had its time to come back
        lost = {job for job in before if states.get(job, "PREEMPTED") == "PREEMPTED"}
        before.clear()
        before.update(job for job, state in states.items() if state == "PREEMPTED")
        return {**states, **dict.fromkeys(lost, "CANCELLED")}, seconds

    return changed
