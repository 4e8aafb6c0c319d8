"""``python -m pipeline_src.run.unlock``: unlocks after a kill, refuses while one is at work."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from snakemake_project import Project

TARGET = "results/datasets/smoke3/ensembles"
STARTED = ".snakemake/started.json"


def unlock(project: Project) -> subprocess.CompletedProcess:
    command = {**project.command(), "stderr": subprocess.PIPE}
    return subprocess.run(**{**command, "args": [sys.executable, "-m", "pipeline_src.run.unlock"]},
                          check=False, timeout=120)


def locks(project: Project) -> list[Path]:
    return list(project.folder.glob(".snakemake/locks/*"))


@pytest.fixture
def at_work(fresh):
    """A project and a Snakemake that is at work in it, stopped there so that it does not end."""
    with subprocess.Popen(**{**fresh.command("--cores", "1", TARGET),
                             "stdout": subprocess.DEVNULL}, start_new_session=True) as snakemake:
        until = time.monotonic() + 120
        while not (fresh.folder / STARTED).exists():
            assert snakemake.poll() is None and time.monotonic() < until
            time.sleep(0.01)
        os.killpg(snakemake.pid, signal.SIGSTOP)
        yield fresh, snakemake
        with contextlib.suppress(ProcessLookupError):  # the test has killed it
            os.killpg(snakemake.pid, signal.SIGKILL)


def test_refused_while_snakemake_lives_and_done_when_it_was_killed(at_work):
    project, snakemake = at_work
    assert locks(project)
    refused = unlock(project)
    assert refused.returncode == 3 and not refused.stdout
    assert f"process {snakemake.pid}. Wait for it or stop it" in refused.stderr
    assert locks(project)

    os.killpg(snakemake.pid, signal.SIGKILL)
    snakemake.wait()
    note = project.folder / STARTED
    assert json.loads(note.read_text())["process"] == snakemake.pid
    here = note.read_text()
    note.write_text(json.dumps({"host": "elsewhere", "process": 1}))
    refused = unlock(project)
    assert refused.returncode == 3 and locks(project)
    assert "was locked on elsewhere" in refused.stderr and "--unlock" in refused.stderr

    note.write_text(here)
    assert project.attempt("--cores", "1", TARGET).returncode != 0  # Snakemake itself refuses
    orphan = [sys.executable, "-c", "import time; time.sleep(600)", "snakemake", "--mode", "remote"]
    with subprocess.Popen(orphan, cwd=project.folder) as within_a_job:  # of SLURM, on this machine
        done = unlock(project)
        within_a_job.kill()
    assert done.returncode == 0 and done.stdout.startswith(f"Unlocked {project.folder}:")
    assert not locks(project)
    assert len(done.stdout.splitlines()) == 1


def test_nothing_to_unlock_is_nothing_said(fresh):
    done = unlock(fresh)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (fresh.folder / ".snakemake").exists()
