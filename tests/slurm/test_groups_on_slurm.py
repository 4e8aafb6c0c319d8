"""Tiny jobs that share a job of SLURM: one after the other, and made again after a kill."""

import itertools
import json
import shutil
import subprocess

import pytest
from interruption import digests
from runs import PROFILE, SAME_BATCHES, finish, started, wait
from snakemake_project import Project

pytestmark = [pytest.mark.slurm, pytest.mark.slow, pytest.mark.timeout(1800)]
SPLIT = "  split: {kind: random, train: 0.43, val: 0.14, seed: 2021}\n"
SHARDS = 3
SMOKE = "config/experiments/smoke.yaml"


def sharded(project: Project) -> Project:
    """The smoke experiment of a source and a stage, a test molecule a shard, all grouped."""
    project.edit("config/datasets.yaml", SPLIT, f"{SPLIT}  shards: {SHARDS}\n")
    project.edit(SMOKE, "geodiff, geodiff-msgen2, oracle-msgen2]", "geodiff]")
    text = (project.folder / SMOKE).read_text()
    (project.folder / SMOKE).write_text(text[:text.index("properties:")])
    for line in ('- "sample_stage=sample-{', '- "sample-{'):
        project.edit(PROFILE, f"# {line}", line)
    asked = "    atom_budget: 60000\n    mem_mb: 4000 * attempt\n    runtime: "
    project.edit(PROFILE, f"{asked}720\n", f"{asked}45\n")  # as the profile says: it is summed up
    return project


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Project:
    """The project after a run without SLURM; read only."""
    project = sharded(Project.copy(tmp_path_factory.mktemp("local") / "project"))
    project.run(*SAME_BATCHES, "smoke", timeout=1500)
    return project


@pytest.fixture(scope="module")
def grouped(cluster, tmp_path_factory, undisturbed) -> Project:
    """The project after a run on SLURM; read only."""
    project = sharded(Project.copy(tmp_path_factory.mktemp("slurm") / "project"))
    with started(project, "smoke") as run:
        finish(project, run)
    return project


def test_shards_share_a_job_and_the_results_are_the_same_bytes(cluster, grouped, undisturbed):
    assert not differing(undisturbed, grouped)
    jobs = cluster.jobs(grouped.folder)
    assert {job.state for job in jobs} == {"COMPLETED"}
    kinds = {kind: sum(job.rule.endswith(kind) for job in jobs)
             for kind in ("_embed_rdkit", "_sample_stage", "_score_geometry", "train_stage")}
    assert kinds == {"_embed_rdkit": 1, "_sample_stage": 1, "_score_geometry": 2, "train_stage": 1}


def test_members_of_a_group_take_turns_on_one_gpu(cluster, grouped):
    gpus = [job for job in cluster.jobs(grouped.folder) if job.gpus]
    assert {(job.partition, job.gpus) for job in gpus} == {("gpu", 1)}
    assert not [pair for pair in itertools.combinations(gpus, 2) if pair[0].overlaps(pair[1])]
    for node in ("geodiff-all-*", "rdkit-*"):
        shards = spans(grouped, f"results/samples/smoke3/{node}/seed2021/*.provenance.json")
        assert len(shards) == SHARDS
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(shards))


def test_a_group_that_is_cancelled_in_the_middle_is_made_again(cluster, grouped, tmp_path):
    project = grouped.another(tmp_path / "project")
    folder, = project.files("results/samples/smoke3/geodiff-all-*/seed2021")
    for file in [*folder.iterdir(), *project.files("results/scores/smoke3/geodiff-all-*/*/*/*")]:
        file.unlink()
    shutil.rmtree(project.folder / "results" / "smoke")  # or nobody asks for them
    with started(project, "smoke") as run:
        wait(run, lambda: list(folder.glob("*.parquet")), "a first shard")
        job, = [job for job in cluster.jobs(project.folder)
                if job.state == "RUNNING" and job.rule.endswith("_sample_stage")]
        subprocess.run(["scancel", str(job.number)], check=True)
        finish(project, run)
    states = [job.state for job in cluster.jobs(project.folder)
              if job.rule.endswith("_sample_stage")]
    assert states == ["CANCELLED", "COMPLETED"]
    assert not differing(grouped, project)


def differing(one: Project, other: Project) -> list[str]:
    """Results of one that the other has otherwise, or not at all."""
    wanted, found = (digests(project.folder / "results") for project in (one, other))
    assert len(wanted) > 20
    return sorted(name for name in wanted if wanted[name] != found.get(name))


def spans(project: Project, pattern: str) -> list[tuple[float, float]]:
    """When the steps began and ended, in order."""
    found = (json.loads(file.read_text()) for file in project.files(pattern))
    return sorted((record["started_unix"], record["started_unix"] + record["seconds"])
                  for record in found)
