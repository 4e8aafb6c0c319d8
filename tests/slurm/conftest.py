"""One SLURM cluster and one undisturbed run without SLURM for all tests of this folder."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflow"))

from one_node import Cluster
from runs import run_locally
from shared import shared_cluster, shared_folder, shared_local
from snakemake_project import Project


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Two partitions, one GPU; what it started has ended after the last test."""
    if folder := shared_folder():
        yield shared_cluster(folder)
        return
    one = Cluster()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: all is ended
    try:
        one.start()
        yield one
    finally:
        one.stop()
        signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project after the smoke experiment without SLURM; read only."""
    if folder := shared_folder():
        return shared_local(folder)
    project = Project.copy(tmp_path_factory.mktemp("local") / "project")
    run_locally(project)
    return project
