"""What befalls a run on the cluster at random moments: jobs, their steps, Snakemake, the node."""

import contextlib
import random
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from one_node import Cluster, Job
from snakemake_project import Project

KINDS = CANCEL, STEP, SNAKEMAKE, REQUEUE, DRAIN, DOWN = (
    "scancel", "kill -9 slurmstepd", "kill -9 snakemake", "requeue", "drain", "node down")
OF_A_JOB = {CANCEL, STEP, REQUEUE}
# SLURM does not miss a killed slurmstepd: the job "runs" on to its time limit, in hours.
UNNOTICED_S = 10


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: one of ``KINDS``.
        share: it strikes when this share of the undisturbed run's jobs have begun;
        delay_s: so long after that, and once a job runs.
        hold_s: how long a drained node stays so, or the one who starts Snakemake again takes.
    """

    kind: str
    share: float
    delay_s: float
    hold_s: float = 0.0


@dataclass
class Disturber:
    """Lets faults strike a project's run, which tells it again and again that it goes on.

    Attributes:
        jobs: logs of all jobs of the undisturbed run.
        at_work: the disturbers of all runs on this cluster; a fault of the node befalls them all.
        events: what was done and when, for people.
        struck: kinds of the faults that have struck.
        pause_s: before Snakemake is started again.
    """

    cluster: Cluster
    project: Project
    faults: list[Fault]
    jobs: set[str]
    chance: random.Random
    at_work: list["Disturber"]
    events: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    pause_s: float = 0.0

    def __post_init__(self) -> None:
        self._left = sorted(self.faults, key=lambda fault: fault.share)
        self._begun = time.monotonic()
        self._due: float | None = None
        self._resume: float | None = None
        self._unnoticed: dict[int, float] = {}

    def look(self, run: subprocess.Popen) -> None:
        """Do what is due."""
        now = time.monotonic()
        if self._resume is not None and now >= self._resume:
            self.resume_node()
        for number, killed in list(self._unnoticed.items()):
            if now >= killed + UNNOTICED_S:
                del self._unnoticed[number]
                self._end_unnoticed(number)
        if not self._left:
            return
        fault = self._left[0]
        if self._due is None and begun(self.project, self.jobs) >= fault.share:
            self._due = now + fault.delay_s
        if self._due is not None and now >= self._due and self._strike(fault, run):
            self.struck.append(fault.kind)
            self._left, self._due = self._left[1:], None

    def resume_node(self) -> None:
        """Let a drained node take jobs again."""
        if self._resume is not None:
            self._resume = None
            with contextlib.suppress(subprocess.CalledProcessError):  # another trial has done it
                self._node("RESUME", "resume")

    def note(self, what: str) -> None:
        """Add an event."""
        self.events.append(f"{time.monotonic() - self._begun:.0f} s {what}")

    def _strike(self, fault: Fault, run: subprocess.Popen) -> bool:
        """Whether it did: a job runs, and did not end in that moment."""
        jobs = [job for job in self.cluster.jobs(self.project.folder) if job.state == "RUNNING"]
        if not jobs or run.poll() is not None:
            return False
        job = self.chance.choice(sorted(jobs, key=lambda job: (job.rule, job.number)))
        try:
            what = {STEP: self._kill_step, CANCEL: self._cancel, REQUEUE: self._requeue}.get(
                fault.kind, lambda job: "")(job)
        except (subprocess.CalledProcessError, psutil.NoSuchProcess, LookupError):
            return False  # it has ended
        if fault.kind in OF_A_JOB:
            self.note(f"{what} of {job.rule} (job {job.number})")
        elif fault.kind == SNAKEMAKE:
            run.kill()
            self.pause_s = fault.hold_s
            self.note(f"{SNAKEMAKE}; jobs that run: {', '.join(sorted(j.rule for j in jobs))}")
        else:
            # declared dead, it is up again as soon as it answers
            self._node({DRAIN: "DRAIN", DOWN: "DOWN"}[fault.kind], fault.kind)
            if fault.kind == DRAIN:
                self._resume = time.monotonic() + fault.hold_s
        return True

    def _cancel(self, job: Job) -> str:
        self.cluster.command("scancel", str(job.number))
        return CANCEL

    def _requeue(self, job: Job) -> str:
        self.cluster.command("scontrol", "requeue", str(job.number))
        return REQUEUE

    def _kill_step(self, job: Job) -> str:
        steps = steps_of(job)
        name = self.chance.choice(sorted(steps))
        steps[name].kill()
        self._unnoticed[job.number] = time.monotonic()
        return f"{STEP} {name}"

    def _end_unnoticed(self, number: int) -> None:
        """End a job that still looks as if it ran: by hand, or at its limit, made short."""
        how, command = self.chance.choice((
            ("scancel by hand", ("scancel", str(number))),
            ("time limit", ("scontrol", "update", f"JobId={number}", "TimeLimit=1"))))
        for job in self.cluster.jobs(self.project.folder):
            if job.number == number and job.state == "RUNNING":
                with contextlib.suppress(subprocess.CalledProcessError):  # ended in that moment
                    self.cluster.command(*command)
                    self.note(f"SLURM has not missed the step of job {number}: {how}")

    def _node(self, state: str, what: str) -> None:
        self.cluster.command("scontrol", "update", f"NodeName={self.cluster.host}",
                             f"State={state}", "Reason=trial")
        self.note(what)
        for other in self.at_work:
            if other is not self:
                other.note(f"{what}, of a trial beside it")


def steps_of(job: Job) -> dict[str, psutil.Process]:
    """The slurmstepd processes of a job by step: ``batch``, which runs its script, and ``0``."""
    found = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = " ".join(process.cmdline()).split()
            if words[:1] == ["slurmstepd:"] and words[1].startswith(f"[{job.number}."):
                found[words[1].strip("[]").partition(".")[2]] = process
    return found


def logs_of(project: Project) -> set[str]:
    """The logs of the jobs that have begun."""
    logs = project.folder / "results" / "logs"
    return {str(file.relative_to(logs)) for file in logs.glob("**/*.log")
            if file.relative_to(logs).parts[0] != "slurm"}


def begun(project: Project, jobs: set[str]) -> float:
    """Share of the jobs that have begun, whether or not they end well."""
    return len(logs_of(project) & jobs) / len(jobs)


def living(folder: Path) -> list[psutil.Process]:
    """Processes that work in a folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if Path(process.cwd()) == folder.resolve():
                found.append(process)
    return found
