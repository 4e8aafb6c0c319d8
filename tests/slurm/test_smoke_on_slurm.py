"""The smoke experiment through the slurm profile: same bytes, and one job at a time on one GPU."""

import itertools

import pytest
from one_node import Cluster, Job
from runs import differing, finish, started
from snakemake_project import Project

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(1800)]
GPU_RULES = {"train_stage", "sample_stage"}


@pytest.fixture(scope="module")
def on_slurm(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory,
             request: pytest.FixtureRequest) -> tuple[Project, list[Job]]:
    """The project after the smoke experiment, and the cluster's table of its jobs."""
    project = Project.copy(tmp_path_factory.mktemp("slurm") / "project")
    with started(project, "smoke") as run:
        request.getfixturevalue("local")  # meanwhile: a run on SLURM waits more than it works
        finish(project, run)
    return project, cluster.jobs(project.folder)


def test_results_are_the_same_bytes_as_without_slurm(on_slurm, local):
    project, jobs = on_slurm
    assert not differing(local, project)
    assert len(jobs) > 30 and {job.state for job in jobs} == {"COMPLETED"}  # none needed a retry


def test_each_job_goes_to_the_partition_it_needs(on_slurm):
    _, jobs = on_slurm
    assert {(job.partition, job.gpus) for job in jobs if job.rule in GPU_RULES} == {("gpu", 1)}
    assert {(job.partition, job.gpus) for job in jobs if job.rule not in GPU_RULES} == {("cpu", 0)}


def test_jobs_of_one_gpu_never_overlap(on_slurm):
    _, jobs = on_slurm
    pairs = list(itertools.combinations([job for job in jobs if job.gpus], 2))
    assert not [pair for pair in pairs if pair[0].overlaps(pair[1])]
    assert any(a.waited_for(b) or b.waited_for(a) for a, b in pairs)  # there was a queue
    others = itertools.combinations([job for job in jobs if not job.gpus], 2)
    assert any(a.overlaps(b) for a, b in others)  # not all of the cluster waits
