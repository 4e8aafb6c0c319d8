"""Snakemake's own log of a run, read line by line: which jobs it planned, started and ended.

It says the same on a workstation and on a cluster, and it can be read while the run goes on.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOGS = Path(".snakemake", "log")
WAITING, STARTED, DONE, FAILED = "waiting", "started", "done", "failed"

_STARTS = re.compile(r"(?: {4})?(?:local)?(?:rule|checkpoint) (\S+):$")  # deeper: within an error
_FAILS = re.compile(r"(?: {4})?Error in rule (\S+):$")
_FIELD = re.compile(r"(?: {4})+([\w-]+): (.*)$")
_ENDS = re.compile(r"Finished jobid: (\d+)(?: \(Rule: (\S+)\))?")
_AGAIN = re.compile(r"Trying to restart job (\d+)\.")
_SENT = re.compile(r"Job (\S+) has been submitted with SLURM jobid \S+(?: \(log: (.+)\))?")
_SHOWN = re.compile(r" *Logfile (.+):$")
_OF_LOG = " (check log file(s) for error details)"
_WANTED = {"output", "log", "jobid", "benchmark", "wildcards", "resources", "message"}


@dataclass
class LoggedJob:
    """A job that the run has started at least once.

    Attributes:
        state: ``started`` (on a cluster: sent to the queue), ``done``, ``failed``, or ``waiting``
            to be started again.
        started, ended: seconds since 1970 of the last attempt.
        slurm_log: SLURM's own log of it; '' elsewhere.
        message: what the executor said of the failure; '' mostly.
        group: number of the group of jobs it failed with, of which perhaps another is at fault;
            0 where it failed alone.
    """

    rule: str
    number: str = ""
    outputs: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    benchmark: str = ""
    wildcards: str = ""
    resources: dict[str, str] = field(default_factory=dict)
    state: str = STARTED
    started: float = 0.0
    ended: float = 0.0
    attempts: int = 1
    slurm_log: str = ""
    message: str = ""
    group: int = 0


@dataclass
class RunLog:
    """One run of Snakemake.

    Attributes:
        planned: rule -> jobs that the run wants; a checkpoint adds more as it goes.
        jobs: number -> job.
        command: what was typed.
        cluster: whether jobs go to a queue.
        ended: whether Snakemake has come to an end, good or bad.
    """

    file: Path
    planned: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, LoggedJob] = field(default_factory=dict)
    command: str = ""
    host: str = ""
    cluster: bool = False
    started: float = 0.0
    ended: bool = False


def newest_run(folder: Path) -> RunLog | None:
    """The last run in ``folder`` that planned any jobs; None if there is none."""
    for file in sorted((folder / LOGS).glob("*.snakemake.log"), reverse=True):
        run = read_run(file)
        if run.planned:
            return run
    return None


def read_run(file: Path) -> RunLog:
    """What the log says so far."""
    with open(file, encoding="utf-8", errors="replace") as lines:
        return _Reader(RunLog(file), lines).read()


class _Reader:
    """Goes through the lines once; a line that is not known is passed over."""

    def __init__(self, run: RunLog, lines: Iterator[str]):
        self.run, self.lines = run, lines
        self.now = 0.0  # of the last time stamp
        self.job: LoggedJob | None = None  # whose fields are being read
        self.failed = self.in_table = self.of_group = False
        self.groups, self.group_log = 0, ""  # groups that failed so far; SLURM's log of the last

    def read(self) -> RunLog:
        for line in self.lines:
            line = line.rstrip("\n")
            if line.startswith("["):
                self._close()
                self._time(line)
                self.group_log = ""
            elif line.startswith(" "):
                self._indented(line)
            else:
                self._close()
                self._plain(line)
        self._close()
        return self.run

    def _time(self, line: str) -> None:
        try:
            self.now = time.mktime(time.strptime(line.strip().strip("[]"), "%a %b %d %H:%M:%S %Y"))
        except ValueError:
            return
        self.run.started = self.run.started or self.now

    def _indented(self, line: str) -> None:
        if not self.run.planned and not self.in_table:
            for key in ("Command", "Host"):
                if line.startswith(f"  {key}: "):
                    setattr(self.run, key.lower(), line.split(": ", 1)[1])
        elif line.lstrip().startswith("["):  # a job of a group
            self._close()
            self._time(line)
        elif _SHOWN.match(line):
            self._skip_shown()
        elif self._opens(line):
            self.of_group = True
        elif line == "    jobs:" and self.job is None:
            self.groups += 1
        elif line.startswith("    log: ") and self.job is None:
            self.group_log = line.removeprefix("    log: ").removesuffix(_OF_LOG).split(", ")[0]
        elif (found := _FIELD.match(line)) and found.group(1) in _WANTED:
            self._field(*found.groups())

    def _opens(self, line: str) -> bool:
        for pattern, failed in ((_STARTS, False), (_FAILS, True)):
            if found := pattern.match(line):
                self._close()
                self.job, self.failed = LoggedJob(found.group(1)), failed
                self.of_group = False
                return True
        return False

    def _field(self, key: str, text: str) -> None:
        if self.job is None:
            return
        if key in ("output", "log"):
            paths = tuple(text.removesuffix(_OF_LOG).split(", "))
            setattr(self.job, key + "s", paths)
        elif key == "resources":
            self.job.resources = dict(
                pair.split("=", 1) for pair in text.split(", ") if "=" in pair)
        elif key == "jobid":
            self.job.number = text
        elif key != "message" or text != "None":
            setattr(self.job, key, text)

    def _plain(self, line: str) -> None:
        if self.in_table:
            self._of_table(line)
        elif line == "Job stats:":
            self.in_table = True
            self.run.planned.clear()
        elif found := _ENDS.match(line):
            self._done(*found.groups())
        elif found := _AGAIN.match(line):
            self._set(found.group(1), WAITING)
        elif found := _SENT.match(line):
            self.run.cluster = True
            if job := self.run.jobs.get(found.group(1)):
                job.slurm_log = found.group(2) or ""
        elif line.startswith("Complete log(s): "):
            self.run.ended = True
        elif _SHOWN.match(line):
            self._skip_shown()
        else:
            self._opens(line)

    def _of_table(self, line: str) -> None:
        words = line.split()
        if len(words) == 2 and words[1].isdigit() and words[0] != "total":
            self.run.planned[words[0]] = int(words[1])
        self.in_table = bool(words) and words[0] != "total"

    def _skip_shown(self) -> None:
        """Pass over the log of a failed job that is shown within this one, between two rulers."""
        self._close()
        ruler = next(self.lines, "")
        if set(ruler.strip()) != {"="}:
            return
        for line in self.lines:
            if line == ruler:
                return

    def _done(self, number: str, rule: str | None) -> None:
        """Enter that a job is done; with ``--quiet`` it is the first that is heard of it."""
        if rule and number not in self.run.jobs:
            self.run.jobs[number] = LoggedJob(rule, number, started=self.now)
        self._set(number, DONE)

    def _set(self, number: str, state: str) -> None:
        job = self.run.jobs.get(number)
        if job:
            job.state, job.ended = state, self.now

    def _close(self) -> None:
        """Enter the job whose fields have been read."""
        job, self.job = self.job, None
        if job is None or not job.number:
            return
        known = self.run.jobs.get(job.number)
        if not self.failed:
            job.started, job.attempts = self.now, known.attempts + 1 if known else 1
            self.run.jobs[job.number] = job
            return
        known = self.run.jobs.setdefault(job.number, job)
        known.state, known.ended, known.message = FAILED, self.now, job.message
        if self.of_group:
            known.group, known.slurm_log = self.groups, self.group_log
