"""The cluster and the local run that tests of several pytest processes share."""

import os
import time
from pathlib import Path

from one_node import Cluster
from runs import FINISHED, LIMIT_S
from snakemake_project import Project

SHARED = "PIPELINE_SLURM_TESTS"  # the folder; without it a pytest has a cluster of its own
LOCAL = "local"
_CLUSTER = "cluster"


def offer(cluster: Cluster, folder: Path) -> None:
    """Say where the cluster is."""
    (folder / _CLUSTER).write_text(str(cluster.folder), encoding="utf-8")


def shared_folder() -> Path | None:
    """Where the cluster and the run are shared, if they are."""
    return Path(os.environ[SHARED]) if SHARED in os.environ else None


def shared_cluster(folder: Path) -> Cluster:
    """The cluster of another process, which starts and stops it."""
    return Cluster(Path((folder / _CLUSTER).read_text(encoding="utf-8")))


def shared_local(folder: Path) -> Project:
    """The finished run without SLURM of another process.

    Raises:
        TimeoutError: it does not finish.
    """
    project, deadline = Project(folder / LOCAL), time.monotonic() + LIMIT_S
    while not (project.folder / FINISHED).exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no finished run in {project.folder}")
        time.sleep(0.5)
    return project
