"""Unlock a working folder whose Snakemake was killed: ``python -m pipeline_src.run.unlock``.

Snakemake locks its working folder, without a word on who did; killed, it leaves the locks behind.
They are removed (``snakemake --unlock``) when no living Snakemake works in the folder. What runs on
other machines cannot be seen from here, so each run notes its machine when its jobs start, and
locks are left alone if that was another one. One that still prepares its first run cannot be seen.
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import psutil

from pipeline_src.run.claim import Claim
from pipeline_src.run.errors import InputError, ResourceError
from pipeline_src.run.files import write_json
from pipeline_src.run.orphans import end_orphans

STATE = Path(".snakemake")
STARTED_NOTE = STATE / "started.json"
# Snakemake within a SLURM job is started with it; a killed run's does no harm to the next, which
# cancels it.
WITHIN_A_JOB = "--mode"


def note_start(executor: str, results: str = "results") -> None:
    """Note who works in this folder; called in Snakemake's process when it starts its jobs.

    SLURM jobs of an earlier run, killed, are ended first.

    Args:
        executor: name of Snakemake's executor: local, slurm.
        results: folder that its jobs write to.

    Raises:
        ResourceError: SLURM does not answer, or the jobs do not end.
        InputError: the folder cannot be written to.
    """
    _refuse_read_only(Path(results))
    if "slurm" in (executor, _last_run().get("executor")):
        end_orphans(Path.cwd())
    write_json(STARTED_NOTE, {
        "host": platform.node(), "process": os.getpid(), "executor": executor})


def _refuse_read_only(results: Path) -> None:
    """Refuse a folder if neither it nor any folder in it can be written to."""
    folders = [results, *results.iterdir()] if results.is_dir() else []
    if folders and not any(os.access(folder, os.W_OK | os.X_OK, effective_ids=True)
                           for folder in folders if folder.is_dir()):
        raise InputError(str(results), "a folder that cannot be written to", "one that can",
                         "Change its permissions, or start elsewhere: snakemake --directory.")


def _last_run(folder: Path = Path()) -> dict:
    noted = folder / STARTED_NOTE
    return json.loads(noted.read_text()) if noted.is_file() else {}


def unlock(folder: Path) -> str:
    """What was done, for people; '' when the folder was not locked.

    Raises:
        ResourceError: a living Snakemake works here, or another machine set the locks, or
            ``snakemake --unlock`` fails.
    """
    if not _locked(folder):
        return ""
    claim = Claim(folder / STATE / "unlock.owner")  # of two, one may have started a run by now
    if not claim.take():
        raise ResourceError(f"{folder} is being unlocked by {claim.owner}; try again.")
    try:
        _refuse_if_owned(folder)
        _unlock(folder)
    finally:
        claim.release()
    jobs = [p for p in psutil.process_iter() if _is_job(p) and _works_in(p, folder)]
    left = f" Jobs of it still run and are waited for: process {_numbers(jobs)}." if jobs else ""
    return f"Unlocked {folder}: the last run here was killed.{left}"


def _unlock(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "snakemake", "--unlock"], cwd=folder,
                          check=False, capture_output=True, text=True)
    if done.returncode:
        raise ResourceError(f"snakemake --unlock failed:\n{done.stdout}{done.stderr}")


def _locked(folder: Path) -> bool:
    return any((folder / STATE / "locks").glob("*.lock"))


def _refuse_if_owned(folder: Path) -> None:
    here = platform.node()
    last = {"host": here, "process": None, **_last_run(folder)}
    if last["host"] != here:
        raise ResourceError(
            f"{folder} was locked on {last['host']}, which cannot be seen from {here}. If no "
            "Snakemake works in it there any more: `snakemake --unlock`, then run again.")
    living = [p for p in psutil.process_iter()
              if _is_snakemake(p) and (p.pid == last["process"] or _works_in(p, folder))]
    numbers = {p.pid for p in living}  # a child that has not yet become its job looks the same
    living = [p for p in living if _parent(p) not in numbers]
    if living:
        raise ResourceError(f"Snakemake is at work in {folder}: process {_numbers(living)}. "
                            "Wait for it or stop it (Ctrl-C there, or kill), then run again.")


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.cwd()) == folder.resolve()
    except psutil.Error:
        return False  # gone, or another user's


def _parent(process: psutil.Process) -> int | None:
    try:
        return process.ppid()
    except psutil.Error:
        return None  # gone


def _is_snakemake(process: psutil.Process) -> bool:
    """Whether it is Python and runs Snakemake, as a script or as a module; not one within a job."""
    program, *words = _command(process) or [""]
    return Path(program).name.startswith(("python", "snakemake")) and any(
        Path(word).name == "snakemake" for word in (program, *words[:7])) and (
        WITHIN_A_JOB not in words)


def _is_job(process: psutil.Process) -> bool:
    return any(word.startswith("pipeline_src.") for word in _command(process)[:8]) and (
        process.pid != os.getpid())


def _command(process: psutil.Process) -> list[str]:
    """What it runs; the first words are options of Python too."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []  # gone


def _numbers(processes: list[psutil.Process]) -> str:
    return ", ".join(str(process.pid) for process in processes)


if __name__ == "__main__":
    try:
        text = unlock(Path.cwd())
    except ResourceError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    if text:
        print(text)
