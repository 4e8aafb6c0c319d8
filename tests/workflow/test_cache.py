"""Snakemake's cache between projects: what it serves, and that nothing changed is served."""

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest
from snakemake_project import Project
from test_profiles import RULES

CACHED = {name: body for name, body in RULES.items() if "cache: True" in body}
TARGETS = ("results/datasets/smoke3/split.csv", "results/datasets/smoke3/hierarchies.parquet")
SETS = """
toy:
  molecules: resources/toy/molecules.csv
  finished: resources/toy
  search: {engine: {kind: mmff}, embeddings: {base: 4, most: 4}}
"""


def run_cached(project: Project, store: Path, *targets: str) -> set[str]:
    """The steps that really ran (what is served has no sidecar), with all rules cached that may."""
    store.mkdir(exist_ok=True)
    command = project.command("--cores", "1", "--cache", *CACHED, "--", *targets)
    command["env"]["SNAKEMAKE_OUTPUT_CACHE"] = str(store)
    done = subprocess.run(**command, check=False, timeout=400)
    assert done.returncode == 0, done.stdout[-6000:]
    return {json.loads(sidecar.read_text())["step"]
            for sidecar in project.folder.glob("results/**/*.provenance.json")}


@pytest.fixture
def projects(tmp_path):
    """A new copy of the project at each call."""
    return lambda name: Project.copy(tmp_path / name)


def test_all_that_shapes_a_cached_result_is_a_parameter_or_an_input():
    """The key has the text of the command, parameters and inputs; no wildcards, no threads."""
    assert set(CACHED) == {
        "import_part", "import_ensembles", "split_dataset", "extract_hierarchy", "learn_fragments",
        "extract_beads", "reference_ensembles"}
    for rule, body in CACHED.items():
        command = body.partition("    shell:")[2]
        named = set(re.findall(r"{(\w+)", command))
        assert {"input", "output", "params", "log"} >= named, rule
        assert "code=" in body and "benchmark:" not in body, rule


def test_another_project_takes_what_is_the_same_and_makes_what_is_not(projects, tmp_path):
    first, second, store = projects("first"), projects("second"), tmp_path / "store"
    made = run_cached(first, store, *TARGETS)
    assert made == {"import_ensembles", "split_dataset", "extract_hierarchy"}
    entries = set(store.iterdir())
    second.edit("config/datasets.yaml", "train: 0.43, val: 0.14, seed: 2021}",
                "train: 0.43, val: 0.14, seed: 2022}")
    (second.folder / "resources/mini_qm9/smoke.sdf.gz").touch()  # newer than what is stored
    assert run_cached(second, store, *TARGETS) == {"split_dataset"}
    assert len(set(store.iterdir()) - entries) == 1
    assert (second.folder / TARGETS[1]).read_bytes() == (first.folder / TARGETS[1]).read_bytes()
    assert "Nothing to be done" in second.run(*TARGETS)  # without the cache


@pytest.mark.slow
@pytest.mark.parametrize("file, old, new, made", [
    ("config/datasets.yaml", "seed: 2021}\n  max_conformers: 3", "seed: 2021}\n  max_conformers: 2",
     {"import_ensembles", "split_dataset", "extract_hierarchy"}),
    ("pipeline_src/chem/importing.py", '"""', '# another code\n"""',
     {"import_ensembles", "split_dataset", "extract_hierarchy"}),
    ("pipeline_src/extract_hierarchy.py", '"""', '# another code\n"""', {"extract_hierarchy"}),
    ("workflow/rules/data.smk", "python -m pipeline_src.split_dataset",
     "python  -m pipeline_src.split_dataset", {"split_dataset"}),
    ("resources/mini_qm9/smoke.sdf.gz", None, None,
     {"import_ensembles", "split_dataset", "extract_hierarchy"}),
    ("config/datasets.yaml", "description: three training", "description: another", set())])
def test_what_is_changed_is_made_anew(projects, tmp_path, file, old, new, made):
    first, second, store = projects("first"), projects("second"), tmp_path / "store"
    run_cached(first, store, *TARGETS)
    changed = second.folder / file
    if old is None:
        changed.write_bytes(gzip.compress(gzip.decompress(changed.read_bytes()), mtime=1))
    else:
        text = changed.read_text()
        assert old in text
        changed.write_text(text.replace(old, new, 1))
    assert run_cached(second, store, *TARGETS) == made


@pytest.mark.slow
def test_each_part_of_an_import_has_its_own_entry(projects, tmp_path):
    first, second, store = projects("first"), projects("second"), tmp_path / "store"
    for project in (first, second):
        project.edit("config/datasets.yaml", "smoke.sdf.gz]\n", "smoke.sdf.gz]\n  parts: 2\n")
    assert run_cached(first, store, *TARGETS) == {
        "import_part", "import_ensembles", "split_dataset", "extract_hierarchy"}
    assert len(list(store.glob("*_rejected.csv"))) == 3
    assert run_cached(second, store, *TARGETS) == set()
    for target in TARGETS:
        assert (second.folder / target).read_bytes() == (first.folder / target).read_bytes()


@pytest.mark.slow
def test_reference_ensembles_are_served_by_molecules_and_recipe(projects, tmp_path):
    store, target = tmp_path / "store", "results/references/{}/chunks/0.csv"
    molecules = "molecule_id,smiles,subset,geom_n_conformers\na,CCO,test,2\n"

    def made_by(name: str, sets: str, table: str, reference: str = "toy") -> bool:
        project = projects(name)
        project.append("config/references.yaml", sets)
        (project.folder / "resources/toy").mkdir()
        (project.folder / "resources/toy/molecules.csv").write_text(table)
        return bool(run_cached(project, store, target.format(reference)))

    assert made_by("first", SETS, molecules)
    assert not made_by("same", SETS, molecules)
    assert not made_by("renamed", SETS.replace("toy:", "other:"), molecules, "other")
    assert made_by("recipe", SETS.replace("base: 4", "base: 3"), molecules)
    assert made_by("molecules", SETS, molecules.replace("CCO", "CCCO"))
