"""Another project takes the workflow as a module: its own settings, a prefix, its own default."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from snakemake_project import ROOT, Project

from pipeline_src.run.errors import InputError
from pipeline_src.run.generation import config_folder
from pipeline_src.run.settings.jobs import ScoredSource

ANOTHER = Path(__file__).with_name("another")


@pytest.fixture
def another(tmp_path: Path) -> Project:
    """The other project, with the pipeline in its folder msgen."""
    folder = tmp_path / "another"
    shutil.copytree(ANOTHER, folder)
    Project.copy(folder / "msgen")
    (folder / "data").mkdir()
    shutil.copy2(ROOT / "resources/mini_qm9/smoke.sdf.gz", folder / "data")
    return Project(folder)


def places(project: Project) -> set[str]:
    """What lies in the project's folder."""
    return {path.name for path in project.folder.iterdir()}


def test_another_project_gets_its_table(another):
    before = places(another)
    another.run()
    with open(another.folder / "coverage.csv", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert {row["chain"] for row in rows} == {"rdkit"}
    assert places(another) - before == {"coverage.csv", "conformers", ".snakemake"}
    assert not (another.folder / "msgen/results").exists()
    assert (another.folder / "conformers/results/logs/import_part/three-1.log").is_file()
    started = json.loads((another.folder / ".snakemake/started.json").read_text())
    assert started["executor"] == "local"  # its onstart calls the module's
    assert (another.folder / "conformers/results/progress.html").is_file()  # so does onsuccess
    assert "Nothing to be done" in another.run()


@pytest.mark.slow
def test_another_project_trains_and_reports_below_its_prefix(another):
    before = places(another)
    another.run("msgen_trained")
    assert places(another) - before == {"conformers", ".snakemake"}
    results = another.folder / "conformers/results"
    report = (results / "trained/report.html").read_text(encoding="utf-8")
    assert "train_stage" in report  # its benchmark files are found
    (rolling,) = results.glob("stages/three/*/seed*/rolling")
    assert list(rolling.iterdir())
    assert "Nothing to be done" in another.run("msgen_trained")
    (another.folder / "my.smi").write_text("CCO\n")
    (another.folder / "Snakefile").write_text((another.folder / "Snakefile").read_text().replace(
        '{"registry": "config"}',
        '{"registry": "config", "smiles": "my.smi", "chain": "small", "experiment": "trained"}'))
    another.run("msgen_generate")
    assert list(results.glob("generate/my-*/small.sdf"))


@pytest.mark.slow
def test_another_project_plans_on_once_a_check_below_its_prefix_has_passed(another):
    shutil.copy2(ROOT / "resources/geom_drugs/test.sdf.gz", another.folder / "data/others.sdf.gz")
    assert not another.rules("msgen_elsewhere")["msgen_train_stage"]
    another.run("conformers/results/overlap/three/others/refuse/counts.csv")
    assert another.rules("msgen_elsewhere")["msgen_train_stage"] == 1


def test_paths_in_results_take_the_place_that_they_are_told():
    source = ScoredSource(chain="c", dataset="d", seed=1, sampler="s", pattern="results/a.csv")
    told = json.loads(source.model_dump_json(context={"results": "there/results/"}))
    assert told["pattern"] == "there/results/a.csv" and told["left_out"] == ""
    assert json.loads(source.model_dump_json())["pattern"] == source.pattern == "results/a.csv"


def test_own_settings_and_their_paths_are_seen_from_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert config_folder({}, ROOT) == (ROOT / "config", ROOT)
    with pytest.raises(InputError, match="--config registry: got 'mine', expected a folder"):
        config_folder({"registry": "mine"}, ROOT)
    Path("mine").mkdir()
    assert config_folder({"registry": "mine"}, ROOT) == (Path("mine"), tmp_path)
