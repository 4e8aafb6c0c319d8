"""Training that is killed: by its time limit, and with a Snakemake that leaves its jobs behind."""

import re
import subprocess
from collections.abc import Iterator

import pytest
from runs import (
    PROFILE,
    SLURM,
    TRAINING,
    differing,
    finish,
    give_minutes,
    kill,
    log,
    started,
    suspended_training,
    wait,
    without_stages,
)
from snakemake_project import Project

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(1800)]
FINER, FINEST = "geodiff-heavy", "geodiff-all-heavy"
WITHOUT_GPU = ("gpu  # site: a partition with GPUs\n    gpu: 1", "gpu\n    gpu: 0")


@pytest.fixture(scope="module", autouse=True)
def limited(cluster, local, tmp_path_factory) -> Iterator[tuple[Project, str, subprocess.Popen]]:
    """Training that stands still in its middle; its time limit comes up while other tests run."""
    project, (weights,) = without_stages(
        local, tmp_path_factory.mktemp("limited") / "project", FINEST)
    give_minutes(project)  # on a crowded machine the first may pass before training has begun
    project.edit(PROFILE, *WITHOUT_GPU)  # which the other tests use
    with started(project, weights) as run:
        suspended_training(project, run, [weights])
        yield project, weights, run


def test_jobs_of_a_killed_snakemake_end_before_their_successors_start(cluster, local, tmp_path):
    project, targets = without_stages(local, tmp_path / "project", FINER, FINEST)
    with started(project, *targets) as run:
        suspended_training(project, run, targets)
        orphans = wait(run, lambda: both_queued(cluster, project), "a job that waits for the GPU")
        kill(run)
    assert project.attempt(*SLURM, "--unlock", *targets).returncode == 0
    with started(project, *targets) as run:
        text = finish(project, run)
    assert re.findall("left here: (.*)", text) == [
        ", ".join(sorted((str(job.number) for job in orphans), key=int))]
    jobs = cluster.jobs(project.folder)
    ended = [job for job in jobs if job.number in {orphan.number for orphan in orphans}]
    later = [job for job in jobs if job not in ended]
    assert {job.state for job in ended} == {"CANCELLED"}
    assert [job.state for job in later] == ["COMPLETED", "COMPLETED"]
    assert max(job.ended for job in ended) <= min(job.started for job in later)
    assert any("going on from step" in log(project, weights) for weights in targets)
    assert not differing_stages(local, project)


def test_job_that_outlived_its_snakemake_is_waited_for(cluster, local, tmp_path):
    project, (weights,) = without_stages(local, tmp_path / "project", FINEST)
    project.edit(PROFILE, *WITHOUT_GPU)
    with started(project, weights) as run:
        process = suspended_training(project, run, [weights])
        orphan = cluster.running(TRAINING, project.folder)
        # nobody knows it for a job of Snakemake's, and so nobody cancels it
        cluster.command("scontrol", "update", f"JobId={orphan.number}", "Comment=no")
        kill(run)
    assert project.attempt(*SLURM, "--unlock", weights).returncode == 0
    with started(project, weights) as run:
        wait(run, lambda: f"waiting for process {process.pid} " in log(project, weights),
             "a job that waits")
        assert not (project.folder / weights).exists()
        process.resume()
        finish(project, run)
    first, second = cluster.jobs(project.folder)
    assert (first.state, second.state) == ("COMPLETED", "COMPLETED")
    assert first.overlaps(second)
    assert not differing_stages(local, project)


def test_training_killed_by_its_time_limit_goes_on_from_its_checkpoint(cluster, local, limited):
    project, weights, run = limited
    text = finish(project, run)
    states = [job.state for job in cluster.jobs(project.folder) if job.rule == TRAINING]
    assert set(states[:-1]) == {"TIMEOUT"} and states[-1] == "COMPLETED"
    saved, = re.findall(r"stopped at step (\d+) and saved", text)  # as the limit's SIGTERM asks
    assert f"going on from step {saved} of 40" in log(project, weights)
    assert not differing_stages(local, project)


def both_queued(cluster, project):
    """The two jobs of the one GPU: one runs and one waits."""
    jobs = cluster.jobs(project.folder)
    return jobs if {job.state for job in jobs} == {"RUNNING", "PENDING"} else []


def differing_stages(local, project) -> list[str]:
    return [name for name in differing(local, project) if name.startswith("stages/")]
