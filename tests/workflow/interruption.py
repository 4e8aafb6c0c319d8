"""A smoke run that is killed with SIGKILL in one of its phases, resumed, and compared."""

import contextlib
import csv
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from snakemake_project import Project

TARGET = "results/smoke/tables/geometry.csv"  # and all other tables
CORES = 2
COMPARED = ("smoke/tables/*.csv", "samples/**/*.parquet", "scores/**/*.csv",
            "properties/**/*.csv", "property_scores/**/*.csv", "stages/**/weights.pt",
            "stages/**/settings.json", "stages/*/*/seed*/curve.csv")
FOLLOWING = ("samples", "scores", "properties", "property_scores")
LAST_STAGE = "geodiff-all-heavy-*"
PHASES = {  # phase -> its step, and what it and what follows have made
    "training": ("train_stage", [f"{kind}/smoke3/{LAST_STAGE}"
                                 for kind in ("stages", *FOLLOWING)]),
    "sampling": ("sample_stage", [f"{kind}/smoke3/geodiff-*" for kind in FOLLOWING]),
    "scoring": ("score_geometry", ["scores/smoke3/*"]),
    "properties": ("compute_properties", ["properties/smoke3/*", "property_scores/smoke3/*"]),
}
VICTIMS = ALL, ALONE, SLOW, JOB = (
    "snakemake and its jobs", "snakemake alone", "snakemake, slow job", "one job")
LIMIT_S = 900  # a crowded machine is no difference


@dataclass(frozen=True)
class Trial:
    """What is killed and when.

    Attributes:
        from_checkpoint: the moment counts from the first rolling checkpoint, not from the start of
            the phase's first job.
    """

    phase: str
    victim: str
    seed: int
    from_checkpoint: bool = False


class Missed(Exception):
    """Nothing of the phase was running any more at that moment."""


def digests(results: Path) -> dict[str, str]:
    """Path -> SHA-256 of all that has to be equal."""
    return {str(file.relative_to(results)): hashlib.sha256(file.read_bytes()).hexdigest()
            for pattern in COMPARED for file in results.glob(pattern)}


def phase_seconds(project: Project, step: str, made: list[str]) -> float:
    """About how long the phase takes, from the benchmarks of the undisturbed run."""
    benchmarks = project.folder / "results" / "benchmarks" / step
    nodes = made[0].split("/", 1)[1]
    seconds = []
    for file in benchmarks.glob(f"{nodes}/**/*.tsv"):
        with open(file, newline="", encoding="utf-8") as opened:
            seconds += [float(row["s"]) for row in csv.DictReader(opened, delimiter="\t")]
    assert seconds, f"no benchmark of {step}"
    return max(max(seconds), sum(seconds) / CORES)


def remove(project: Project, step: str, made: list[str]) -> None:
    """Remove what the phase and all that follows have made, and the phase's logs."""
    results = project.folder / "results"
    for pattern in (*made, "smoke/tables", f"logs/{step}"):
        for path in results.glob(pattern):
            shutil.rmtree(path)


def kill_and_resume(project: Project, trial: Trial, moment: float,
                    chance: random.Random) -> float:
    """Start the phase, kill the victim ``moment`` seconds into it, and run to the end.

    Returns:
        The real moment, s; a slow job is waited for until it is at work.

    Raises:
        Missed: no job of the phase was running at that moment; the run has come to its end.
    """
    step = PHASES[trial.phase][0]
    command = project.command("--cores", str(CORES), TARGET)
    with subprocess.Popen(**{**command, "stdout": subprocess.DEVNULL},
                          start_new_session=True) as run:
        try:
            begun = wait_for_start(project, run, trial)
            time.sleep(moment)
            started = psutil.Process(run.pid).children(recursive=True)
            jobs = [process for process in started if is_job(process, step)]
            if not jobs or run.poll() is not None:
                raise Missed
            job = chance.choice(jobs)
            if trial.victim == SLOW:
                suspend_at_work(project, job)
            doomed = {ALL: started, JOB: job.children(recursive=True)}.get(trial.victim, [])
            moment = time.monotonic() - begun
            kill(run, job, trial.victim)
        except (Missed, psutil.NoSuchProcess):
            run.wait(LIMIT_S)
            raise Missed from None
    _, living = psutil.wait_procs(doomed, timeout=30)  # workers have sessions of their own
    assert not living, f"outlived their killed parents: {living}"
    if trial.victim != JOB:
        project.run("--unlock", TARGET)
    if trial.victim == SLOW:
        resume_beside(project, step, job)
    else:
        project.run(TARGET, cores=CORES, timeout=LIMIT_S)
    return moment


def suspend_at_work(project: Project, job: psutil.Process) -> None:
    """Stop ``job`` once it makes its outputs.

    Raises:
        Missed: it has made them.
    """
    def at_work() -> bool:
        for file in project.folder.glob("results/**/.*.owner"):
            with contextlib.suppress(FileNotFoundError):  # removed in between
                if f"process {job.pid} on" in file.read_text(encoding="utf-8"):
                    return True
        return False

    while job.is_running() and job.status() != psutil.STATUS_ZOMBIE and not at_work():
        time.sleep(0.01)
    job.suspend()
    if not at_work():
        job.resume()
        raise Missed


def resume_beside(project: Project, step: str, job: psutil.Process) -> None:
    """Run to the end; ``job``, which still does what it did, goes on when it is waited for."""
    command = project.command("--cores", str(CORES), TARGET)
    with subprocess.Popen(**{**command, "stdout": subprocess.DEVNULL}) as run:
        deadline = time.monotonic() + LIMIT_S
        try:
            while f"waiting for process {job.pid} " not in log(project, step):
                assert run.poll() is None and time.monotonic() < deadline, "nobody waits for it"
                time.sleep(0.05)
        finally:
            job.resume()
        assert run.wait(LIMIT_S) == 0


def wait_for_start(project: Project, run: subprocess.Popen, trial: Trial) -> float:
    """The time when a job of the phase runs, or has written its first rolling checkpoint."""
    step, made = PHASES[trial.phase]

    def begun() -> bool:
        if trial.from_checkpoint:
            return any(project.folder.glob(f"results/{made[0]}/*/rolling/state.pt"))
        return any(is_job(p, step) for p in psutil.Process(run.pid).children(recursive=True))

    deadline = time.monotonic() + LIMIT_S
    while not begun():
        assert time.monotonic() < deadline, f"no job of {step} within {LIMIT_S} s"
        if run.poll() is not None:
            raise Missed
        time.sleep(0.02)
    return time.monotonic()


def is_job(process: psutil.Process, step: str) -> bool:
    """Whether this is the Python process of a job of ``step``."""
    try:
        return f"pipeline_src.{step}" in process.cmdline()[:4]
    except psutil.Error:
        return False  # gone


def kill(run: subprocess.Popen, job: psutil.Process, victim: str) -> None:
    """SIGKILL to the victim.

    Raises:
        Missed: it had ended by itself.
    """
    if victim == JOB:
        job.kill()
        if run.wait(LIMIT_S) == 0:  # with keep-going the rest was finished, but not this job
            raise Missed
    elif victim in (ALONE, SLOW):
        run.kill()
    else:
        os.killpg(run.pid, signal.SIGKILL)
    if victim != JOB and run.wait(LIMIT_S) != -signal.SIGKILL:
        raise Missed


def differences(whole: Project, project: Project) -> list[str]:
    """Files that differ, half-written ones that were left, and processes that still run."""
    results = project.folder / "results"
    wanted, found = digests(whole.folder / "results"), digests(results)
    assert len(wanted) > 30
    lines = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
    lines += [f"left: {path.relative_to(results)}"
              for pattern in ("**/.*", "**/*.partial") for path in results.glob(pattern)
              if path.name != ".snakemake_timestamp"]
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if Path(process.cwd()) == project.folder.resolve():
                lines.append(f"still runs: {' '.join(process.cmdline())[:80]}")
    return lines


def notes(project: Project, step: str) -> list[str]:
    """What the logs of the phase say of the interruption."""
    text = log(project, step)
    waited = text.count("waiting for process")
    return [f"{waited} waited for a job that lived on"] * bool(waited) + re.findall(
        r"going on from step \d+ of \d+", text)


def log(project: Project, step: str) -> str:
    """All logs of a step's jobs."""
    return "".join(file.read_text(encoding="utf-8")
                   for file in project.folder.glob(f"results/logs/{step}/**/*.log"))


