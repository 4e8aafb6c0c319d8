"""Jobs that fit the clock: they stop by themselves, are pre-empted or cancelled, and go on."""

import re
import time

import pytest
from one_node import Cluster, Job
from runs import (
    TRAINING,
    differing,
    finish,
    give_minutes,
    log,
    started,
    suspended_training,
    wait,
    without_stages,
)
from snakemake_project import Project

pytestmark = [pytest.mark.slurm, pytest.mark.slow, pytest.mark.timeout(1800)]
FINEST = "geodiff-all-heavy"
SAMPLING = "sample_stage"


def test_training_stops_by_itself_before_its_time_limit(cluster, local, tmp_path):
    """Every step takes 1.6 s; of a minute's allocation the last six seconds are not used."""
    project, (weights,) = without_stages(local, tmp_path / "project", FINEST)
    give_minutes(project)
    project.edit("pipeline_src/stages/training.py", "        self.seen += graphs\n",
                 "        self.seen += graphs\n        __import__('time').sleep(1.6)\n")
    with started(project, weights) as run:
        text = finish(project, run)
    jobs = jobs_of(cluster, project, TRAINING)
    assert len(jobs) > 1 and {job.state for job in jobs[:-1]} == {"FAILED"}  # and not TIMEOUT
    assert jobs[-1].state == "COMPLETED"
    saved = re.findall(r"stopped at step (\d+) and saved \(its allocation is nearly over\)", text)
    assert saved and f"going on from step {saved[-1]} of 40" in log(project, weights)
    assert not differing_stages(local, project)


@pytest.mark.parametrize("mode, states", [
    ("REQUEUE", ["COMPLETED"]), ("CANCEL", ["PREEMPTED", "COMPLETED"])])
def test_preempted_training_loses_nothing(cluster, local, tmp_path, mode, states):
    project, (weights,) = without_stages(local, tmp_path / "project", FINEST)
    cluster.command("scontrol", "update", "PartitionName=gpu", f"PreemptMode={mode}")
    try:
        with started(project, weights) as run:
            suspended_training(project, run, [weights])
            victim = cluster.running(TRAINING, project.folder)
            cluster.command("sbatch", "--partition=urgent", "--gpus=1", "--output=/dev/null",
                            "--wrap=sleep 1")
            text = finish(project, run)
    finally:
        cluster.command("scontrol", "update", "PartitionName=gpu", "PreemptMode=REQUEUE")
    jobs = jobs_of(cluster, project, TRAINING)
    assert [job.state for job in jobs] == states and jobs[0].number == victim.number
    assert jobs[0].restarts == (mode == "REQUEUE")
    assert "going on from step" in log(project, weights)
    assert ("Trying to restart job" in text) == (mode == "CANCEL")
    assert not differing_stages(local, project)


def test_cancelled_sampling_goes_on_in_the_middle_of_a_batch(cluster, local, tmp_path):
    """Every step takes 0.4 s: a batch has 20."""
    project = local.another(tmp_path / "project")
    shard, = project.files("results/samples/smoke3/geodiff-all-??????[0-9a-f][0-9a-f]/*/*.parquet")
    wanted = shard.read_bytes()
    shard.unlink()
    project.edit("pipeline_src/stages/walk.py", "        return centre(pos,",
                 "        __import__('time').sleep(0.4)\n        return centre(pos,")
    noted = project.folder / "results/logs" / SAMPLING / shard.relative_to(
        project.folder / "results/samples").with_suffix(".log")
    noted.unlink()
    with started(project, str(shard.relative_to(project.folder))) as run:
        wait(run, lambda: noted.exists() and "conformer" in noted.read_text(), "first step")
        time.sleep(4)
        job = cluster.running(SAMPLING, project.folder)
        cluster.command("scancel", str(job.number))
        text = finish(project, run)
    assert "sampling stopped and saved (SIGTERM)" in text
    assert "going on with 1 batches" in noted.read_text()
    states = [job.state for job in jobs_of(cluster, project, SAMPLING)]
    assert states == ["CANCELLED", "COMPLETED"]
    assert shard.read_bytes() == wanted
    assert not list(shard.parent.glob("*.partial"))


def jobs_of(cluster: Cluster, project: Project, rule: str) -> list[Job]:
    return [job for job in cluster.jobs(project.folder) if job.rule == rule]


def differing_stages(local, project) -> list[str]:
    return [name for name in differing(local, project) if name.startswith("stages/")]
