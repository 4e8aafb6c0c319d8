"""How far a run is: jobs by rule, what runs now, what took longest, what failed.

Made from files alone, so at any time and on any machine that sees the folder: Snakemake's log of
its last run, the sidecars, benchmarks and claims in ``results/``, the ends of the jobs' logs.
"""

import json
import platform
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline_src.run.failures import Failure, LeftOut, failures_of, left_out
from pipeline_src.run.finished import FinishedJob, Found, look_into
from pipeline_src.run.last_words import how_far
from pipeline_src.run.main_log import DONE, FAILED, STARTED, LoggedJob, RunLog, newest_run
from pipeline_src.run.unlock import STARTED_NOTE

SLOWEST = 15
AT_WORK, ENDED, GONE, ELSEWHERE = (
    "at work", "ended", "not at work, and it did not end: killed? (make unlock)",
    "at work when it was last heard of")


@dataclass(frozen=True)
class RuleRow:
    """The jobs of one rule: those of the last run, then the figures of all that left a result.

    ``gpu_mb`` and ``max_rss_mb`` are the largest of all; None where none is known.
    """

    rule: str
    planned: int
    done: int
    running: int
    failed: int
    n_measured: int
    median_s: float | None
    total_s: float | None
    max_rss_mb: float | None
    gpu_mb: float | None

    @property
    def waiting(self) -> int:
        """Jobs that are still to be started."""
        return max(0, self.planned - self.done - self.running - self.failed)


@dataclass(frozen=True)
class RunningJob:
    """A job that runs now, or waits in a cluster's queue."""

    rule: str
    what: str
    where: str
    seconds: float
    said: str
    log: str


@dataclass(frozen=True)
class Progress:
    """All of it; ``run`` is None where Snakemake has never run, ``now`` in seconds since 1970."""

    run: RunLog | None
    state: str
    now: float
    rules: list[RuleRow]
    running: list[RunningJob]
    slowest: list[FinishedJob]
    failures: list[Failure]
    left_out: list[LeftOut]
    gpus: list[str]

    def count(self, name: str) -> int:
        """Jobs of all rules: ``planned``, ``done``, ``running``, ``waiting`` or ``failed``."""
        return sum(getattr(rule, name) for rule in self.rules)

    def line(self) -> str:
        """One line for the terminal."""
        if self.run is None:
            return "No run yet."
        started = time.strftime("%d %b %H:%M", time.localtime(self.run.started or self.now))
        return (f"Run of {started}, {self.state}: {self.count('done')} of {self.count('planned')} "
                f"jobs done, {self.count('running')} running, {self.count('failed')} failed")


def progress(folder: Path, results: str = "results", ended: bool = False) -> Progress:
    """How far the last run in ``folder`` is.

    Args:
        results: where its results lie in ``folder``.
        ended: Snakemake itself asks, at its end.
    """
    run, found = newest_run(folder), look_into(folder, results)
    state = _state(run, folder, ended)
    running = _running(run, found, folder, state)
    return Progress(
        run, state, time.time(), _rules(run, found.jobs, {job.number for job, _ in running}),
        [shown for _, shown in running],
        sorted(found.jobs, key=lambda job: -job.seconds)[:SLOWEST],
        failures_of(run, folder) if run else [], left_out(folder, found.tables),
        sorted({job.gpu for job in found.jobs if job.gpu}))


def _state(run: RunLog | None, folder: Path, ended: bool) -> str:
    if run is None or run.ended or ended:
        return ENDED
    try:
        note = json.loads((folder / STARTED_NOTE).read_text(encoding="utf-8"))
        if note["host"] != platform.node():
            return ELSEWHERE
        began = psutil.Process(note["process"]).create_time()
        return AT_WORK if began <= run.file.stat().st_mtime else GONE
    except (OSError, ValueError, KeyError):
        return ELSEWHERE
    except psutil.Error:
        return GONE


def _running(run: RunLog | None, found: Found, folder: Path,
             state: str) -> list[tuple[LoggedJob, RunningJob]]:
    """Jobs that the run has started and not ended; and those that a living process claims."""
    rows, claims = [], dict(found.owners)
    for job in run.jobs.values() if run else ():
        owner = next((claims.pop(path) for path in job.outputs if path in claims), None)
        if job.state != STARTED or (owner is None and state in (ENDED, GONE)):
            continue
        since = owner.since if owner else job.started
        where = owner.host if owner else "in the queue" if run.cluster else run.host
        log = job.logs[0] if job.logs else ""
        rows.append((job, RunningJob(
            job.rule, job.wildcards, where, time.time() - since,
            how_far(folder / log) if log and (owner or not run.cluster) else "", log)))
    for path, owner in claims.items():
        rows.append((LoggedJob(""), RunningJob(
            "of an earlier run", path, f"{owner.host}, process {owner.process}",
            time.time() - owner.since, "", "")))
    return rows


def _rules(run: RunLog | None, finished: list[FinishedJob], running: set[str]) -> list[RuleRow]:
    """A row per rule, those of the run first, as it lists them."""
    jobs: dict[str, list[LoggedJob]] = defaultdict(list)
    for job in run.jobs.values() if run else ():
        jobs[job.rule].append(job)
    measured: dict[str, list[FinishedJob]] = defaultdict(list)
    for done in finished:
        measured[done.rule].append(done)
    planned = run.planned if run else {}
    return [_row(rule, planned.get(rule, 0), jobs[rule], measured[rule], running)
            for rule in dict.fromkeys((*planned, *jobs, *sorted(measured)))]


def _row(rule: str, planned: int, jobs: list[LoggedJob], measured: list[FinishedJob],
         running: set[str]) -> RuleRow:
    seconds = [job.seconds for job in measured]
    return RuleRow(
        rule, max(planned, len(jobs)), sum(job.state == DONE for job in jobs),
        sum(job.number in running for job in jobs), sum(job.state == FAILED for job in jobs),
        len(measured), statistics.median(seconds) if seconds else None,
        sum(seconds) if seconds else None,
        max((job.max_rss_mb for job in measured if job.max_rss_mb is not None), default=None),
        max((job.gpu_mb for job in measured if job.gpu_mb is not None), default=None))
