"""Configuration that does not hold together stops Snakemake before any job."""

import pytest
from snakemake_project import Project
from step_commands import contents

STAGE = "  level: scaffold\n  backbone: {kind: dual_encoder, schnet_layers: 5, gin_layers: 3}"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project without any results."""
    return Project.copy(tmp_path_factory.mktemp("configured") / "project")


def visible(project) -> dict:
    """What lies in the project beside caches."""
    return {name: content for name, content in contents(project.folder).items()
            if not name.startswith(".snakemake") and "__pycache__" not in name}


def refused(project, file, old, new) -> str:
    """What `snakemake --cores 1 smoke` says after one edit, which is taken back; nothing else."""
    path = project.folder / "config" / file
    text = path.read_text()
    project.edit(f"config/{file}", old, new)
    before = visible(project)
    try:
        done = project.attempt("--cores", "1", "smoke")
        assert visible(project) == before
    finally:
        path.write_text(text)
    assert done.returncode == 1 and "Traceback" not in done.stdout, done.stdout
    return done.stdout


@pytest.mark.parametrize("file, old, new, phrases", [
    pytest.param("experiments/smoke.yaml", "iterations: 40", "iteratons: 40",
                 ("iteratons: unknown key", "Did you mean 'iterations'", "batch_size"),
                 id="unknown-key"),
    pytest.param("chains.yaml", "geodiff: [geodiff-all]", "geodiff: [geodif-all]",
                 ("chains.yaml: geodiff: got 'geodif-all', expected one of",
                  "Did you mean 'geodiff-all'"), id="unknown-stage"),
    pytest.param("stages.yaml", STAGE, "  level: scaffold\n  backbone: {kind: egnn}",
                 ("stages.yaml: geodiff-scaffold", "backbone: got {'kind': 'egnn'}",
                  "'dual_encoder', 'guided_dual_encoder'"), id="unknown-backbone"),
    pytest.param("chains.yaml", "[geodiff-heavy, geodiff-all-heavy]",
                 "[geodiff-all-heavy, geodiff-heavy]",
                 ("chains.yaml: geodiff-msgen2: got \"'geodiff-all-heavy' first\", "
                  "expected a stage without a guide",), id="wrong-order"),
])
def test_a_registry_that_does_not_fit(project, file, old, new, phrases):
    said = refused(project, file, old, new)
    assert "WorkflowError" in said and "Configuration: " in said
    assert not [phrase for phrase in phrases if phrase not in said], said


def test_a_configured_file_that_is_missing(project):
    said = refused(project, "datasets.yaml", "resources/mini_qm9/smoke.sdf.gz", "absent.sdf.gz")
    assert "MissingInputException" in said and "import_ensembles" in said
    assert "absent.sdf.gz" in said
