"""Runs of the smoke experiment on a cluster of SLURM, and what disturbs them."""

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from interruption import digests, is_job
from snakemake_project import Project

# What a site would put on the command line; statuses are asked for sooner than a real queue needs.
SLURM = ("--workflow-profile", "slurm", "--slurm-init-seconds-before-status-checks", "3",
         "--seconds-between-status-checks", "1", "--latency-wait", "5", "--jobs", "8")
# Without SLURM: the batches of the slurm profile, as their sizes are in the results' last digits.
SAME_BATCHES = ("--set-resources", "sample_stage:atom_budget=60000", "--")
PROFILE = "workflow/profiles/slurm/profile.yaml"
TRAINING = "train_stage"
FINISHED = "finished"  # a file beside the results
LIMIT_S = 1200  # a crowded machine is no difference


def run_locally(project: Project) -> None:
    """The undisturbed run of smoke without SLURM."""
    project.run(*SAME_BATCHES, "smoke", timeout=LIMIT_S)
    (project.folder / FINISHED).touch()


def without_stages(local: Project, folder: Path, *names: str) -> tuple[Project, list[str]]:
    """A copy of a finished project that lacks some stages, and the weights to ask for."""
    project = local.another(folder)
    made = [path for name in names for path in project.files(f"results/stages/smoke3/{name}-*")]
    for path in made:
        shutil.rmtree(path)
    shutil.rmtree(project.folder / "results" / "logs" / TRAINING)
    return project, [f"{path.relative_to(project.folder)}/seed2021/weights.pt" for path in made]


def give_minutes(project: Project) -> None:
    """Training is given a minute, in a retry two, and so on: SLURM counts in minutes."""
    asked = "    gpu: 1\n    mem_mb: 4000 * attempt\n    runtime: "
    project.edit(PROFILE, f"{asked}720\n", f"{asked}attempt\n")


@contextlib.contextmanager
def started(project: Project, *arguments: str) -> Iterator[subprocess.Popen]:
    """A run on SLURM, its output in ``run.log``; it does not outlive the block."""
    with (open(project.folder / "run.log", "a", encoding="utf-8") as log,
          subprocess.Popen(**{**project.command(*SLURM, *arguments), "stdout": log}) as run):
        try:
            yield run
        finally:
            run.kill()


def finish(project: Project, run: subprocess.Popen) -> str:
    """Output of a run that has to succeed."""
    code = run.wait(LIMIT_S)
    text = (project.folder / "run.log").read_text(encoding="utf-8")
    assert code == 0, text[-6000:]
    return text


def kill(run: subprocess.Popen) -> None:
    """SIGKILL to Snakemake alone; its jobs live on."""
    run.kill()
    assert run.wait(60) == -signal.SIGKILL


def wait(run: subprocess.Popen, ready: Callable, what: str):
    """What ``ready`` returns once it is true, while the run goes on."""
    deadline = time.monotonic() + LIMIT_S
    while not (found := ready()):
        assert run.poll() is None, f"ended before {what}"
        assert time.monotonic() < deadline, f"no {what} within {LIMIT_S} s"
        time.sleep(0.2)
    return found


def suspended_training(project: Project, run: subprocess.Popen,
                       targets: list[str]) -> psutil.Process:
    """The process that trains one of the weights, stopped in the middle, after a checkpoint."""
    stages = [project.folder / Path(weights).parent for weights in targets]
    wait(run, lambda: any((stage / "rolling" / "state.pt").exists() for stage in stages),
         "rolling checkpoint")
    process, = trainings(project)
    process.suspend()
    assert not any((stage / "weights.pt").exists() for stage in stages), "too late: it is trained"
    return process


def trainings(project: Project) -> list[psutil.Process]:
    """Processes that train a stage of this project."""
    return [process for process in psutil.process_iter()
            if is_job(process, TRAINING) and _works_in(process, project.folder)]


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.cwd()) == folder.resolve()
    except psutil.Error:
        return False


def log(project: Project, weights: str) -> str:
    """The log of the last job that trained a stage; '' before there is one."""
    stage = Path(weights).parts[-3]
    file = project.folder / f"results/logs/{TRAINING}/smoke3/{stage}/seed2021.log"
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def differing(local: Project, project: Project) -> list[str]:
    """Results that differ from the undisturbed run's."""
    wanted, found = (digests(which.folder / "results") for which in (local, project))
    assert len(wanted) > 30
    return sorted(name for name in wanted if wanted[name] != found.get(name))
