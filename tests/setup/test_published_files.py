"""What is read by others than this project: the workflow catalog's file, and the Dockerfile."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
RULES = "".join(path.read_text() for path in sorted((ROOT / "workflow").rglob("*.smk")))
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_catalog_file_has_the_catalogs_layout_and_says_what_is_true():
    """Its keys are those that the catalog's generator reads (and nothing beside them)."""
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    flags = usage["mandatory-flags"]
    assert set(flags) == {"desc", "flags"} and "Clone the repository" in flags["desc"]
    target = flags["flags"].removeprefix("-- ")
    assert (ROOT / f"config/experiments/{target}.yaml").is_file()
    software = usage["software-stack-deployment"]
    assert set(software) == {"conda", "apptainer", "apptainer+conda"}
    shells = RULES.count("    shell:\n")
    assert software["conda"] is (RULES.count("    conda:\n") == shells > 25)
    assert software["apptainer"] is software["apptainer+conda"] is ("container:" in RULES)
    assert usage["report"] is ("report(" in re.sub(r"_report\(", "", RULES))


def test_what_the_catalog_asks_of_a_standardized_workflow_is_there():
    for path in ("workflow/Snakefile", "config/README.md", "LICENSE"):
        assert (ROOT / path).is_file()
    assert list((ROOT / "workflow/rules").glob("*.smk"))
    readme = (ROOT / "README.md").read_text().lower()
    assert "snakemake" in readme and "workflow" in readme


def test_dockerfile_takes_its_versions_from_the_files_that_hold_them():
    steps = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)
    assert "make setup psi4 xtb" in steps and "micromamba" in steps
    for script, held in (("create_venv", "requirements.lock"), ("install_psi4", "envs/psi4.yaml"),
                         ("install_xtb", "envs/xtb.yaml")):
        assert held in (ROOT / f"setup/{script}.sh").read_text()
    assert not re.search(r"pip install|conda install|==|psi4[= ]\d", steps)
    assert re.findall(r"^FROM (\S+):(\S+)$", steps, flags=re.MULTILINE) == [
        ("debian", "bookworm-slim")]
    assert "it is not built or tried" in DOCKERFILE.replace("\n# ", " ")


def test_docker_leaves_what_this_machine_has_built():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".venv", ".psi4-env", ".xtb-env", ".snakemake", "results"} <= set(ignored)
    assert not {"config", "envs", "resources", "requirements.lock", ".git"} & set(ignored)
