"""Copies of the project: a fresh one, and one that has run the smoke experiment."""

from pathlib import Path

import pytest
from snakemake_project import Job, Project


@pytest.fixture
def fresh(tmp_path: Path) -> Project:
    """The project without any results."""
    return Project.copy(tmp_path / "project")


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, list[Job]]:
    """The project after `snakemake --cores 2 smoke`, and the jobs that were planned; read only."""
    project = Project.copy(tmp_path_factory.mktemp("smoke") / "project")
    planned = project.jobs("smoke")
    project.run("smoke", timeout=500)
    return project, planned


@pytest.fixture
def done(smoke: tuple[Project, list[Job]], tmp_path: Path) -> Project:
    """A copy of the finished smoke run that may be changed."""
    return smoke[0].another(tmp_path / "project")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One fresh copy a test module, for tests that only read it."""
    return Project.copy(tmp_path_factory.mktemp("shared") / "project")
