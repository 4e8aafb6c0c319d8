"""Someone else's checkpoint, for real: SMILES in, SDF out, and a changed file is imported again."""

import json
import os
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest
from rdkit import Chem
from snakemake_project import Project

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stages"))
from foreign_checkpoints import Sizes, make_state, save

SMALL = {"hidden_dim": 8, "num_convs": 1, "num_convs_local": 1, "steps": 5000}
STAGES = """
theirs-heavy:
  level: heavy
  backbone: {kind: dual_encoder, width: 8, schnet_layers: 1, gin_layers: 1}
  process: {steps: 50}
  weights: {kind: msgen, path: models/heavy.pt}
theirs-all:
  level: all
  guide: {level: heavy}
  backbone: {kind: guided_dual_encoder, width: 8, schnet_layers: 1, gin_layers: 1}
  process: {steps: 50}
  weights: {kind: msgen, path: models/all.pt, elements: [H, C, O]}
"""
EXPERIMENT = """
test: [smoke3]
chains: [theirs]
samplers: {langevin: {kind: langevin, clip_local: 1.0, clip_global: 1.0}}
"""
GENERATE = ("generate", "--config", "smiles=two.smi", "conformers=2", "chain=theirs",
            "experiment=foreign")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory) -> Project:
    """A project with two checkpoint files, a chain of them and two molecules."""
    project = Project.copy(tmp_path_factory.mktemp("foreign") / "project")
    project.append("config/stages.yaml", STAGES)
    project.append("config/chains.yaml", "theirs: [theirs-heavy, theirs-all]")
    (project.folder / "config/experiments/foreign.yaml").write_text(EXPERIMENT)
    (project.folder / "two.smi").write_text("CCO ethanol\nCC(=O)C acetone\nCCN ethylamine\n")
    (project.folder / "models").mkdir()
    for name, guided in (("heavy", False), ("all", True)):
        sizes = Sizes(guided, **SMALL)
        save(project.folder / f"models/{name}.pt", sizes, make_state(sizes))
    return project


def test_nothing_is_trained(foreign):
    rules = foreign.rules("foreign")
    assert rules["import_weights"] == 2 and rules["sample_stage"] == 2
    assert not {"train_stage", "check_overlap"} & set(rules)
    assert "train_stage" not in foreign.rules(*GENERATE)


def test_a_missing_file_is_named(foreign, tmp_path):
    project = Project.copy(tmp_path / "project", foreign.folder)  # without models/
    done = project.attempt("--dry-run", "foreign")
    assert done.returncode and "rule import_weights" in done.stdout
    assert "affected files:\n        models/" in done.stdout


def test_molecules_are_sampled_and_a_changed_file_is_imported_again(foreign):
    folder = foreign.folder
    foreign.run(*GENERATE)
    sdf = foreign.files("results/generate/*/theirs.sdf")[0]
    names = Counter(mol.GetProp("_Name") for mol in Chem.SDMolSupplier(str(sdf), removeHs=False))
    assert sorted(names.values()) == [2, 2] and "ethylamine" not in str(names)
    rejected = foreign.files("results/generate/*/theirs-rejected.csv")[0].read_text()
    assert "element N was not in the training data of theirs-all" in rejected
    log = "".join(f.read_text() for f in foreign.files("results/logs/import_weights/*.log"))
    assert "trained with 5000 noise levels up to 12.17 Å" in log
    record = json.loads(foreign.files("results/stages/imported/theirs-all-*/settings.json")[0]
                        .read_text())
    assert record["elements"] == [1, 6, 8]
    assert not foreign.jobs(*GENERATE)

    file, sizes = folder / "models/all.pt", Sizes(True, **SMALL)
    os.utime(file)  # the same content at another time
    assert not foreign.jobs(*GENERATE)
    before = file.stat()
    shutil.copy(file, folder / "models/kept.pt")
    save(file, sizes, make_state(sizes))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert foreign.rules(*GENERATE)["import_weights"] == 1
    shutil.copy(folder / "models/kept.pt", file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not foreign.jobs(*GENERATE)
