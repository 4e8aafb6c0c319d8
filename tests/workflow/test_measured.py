"""Tables kept of a finished run, and the ones this project ships."""

import json
import platform
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest
import yaml
from snakemake_project import ROOT

from pipeline_src.reports.measured import KEPT, README
from pipeline_src.reports.measured_check import keep_check
from pipeline_src.reports.measured_paper import keep_paper, not_kept, size_of
from pipeline_src.reports.measured_table import comparison_table, paper_table, with_tables
from pipeline_src.run.errors import InputError
from pipeline_src.run.plan import make_plan
from pipeline_src.run.registry import load_registry
from pipeline_src.run.settings import settings_hash
from pipeline_src.run.settings.paper_report import ENDINGS

SHIPPED = sorted({path.parent for path in KEPT.glob("*/run.json")} - {KEPT / "check_quantum"})


def keep(project, *arguments):
    command = project.command()
    command["args"] = [sys.executable, "-m", "pipeline_src.reports.measured", *arguments]
    return subprocess.run(**command, timeout=100, check=False)


def test_tables_of_a_run_are_kept_with_what_made_them(done):
    assert keep(done, "smoke").returncode == 0
    kept = done.folder / "resources/measured/smoke"
    tables = sorted((done.folder / "results/smoke/tables").glob("*.csv"))
    assert len(tables) > 3
    assert [(kept / table.name).read_bytes() for table in tables] == [
        table.read_bytes() for table in tables]
    run = json.loads((kept / "run.json").read_text())
    assert run["seeds"] == [2021] and "logical cores" in run["machine"]
    assert run["versions"]["torch"] and len(run["commits"]) == 1
    assert run["cpu_seconds"] == {}  # smoke compares no chains


def test_what_was_not_run_or_ran_elsewhere_is_refused(done):
    assert "one of" in keep(done, "smok").stdout
    assert "Run it first: snakemake --cores 2 demo" in keep(done, "demo").stdout
    weights = next((done.folder / "results/stages").rglob("weights.pt.provenance.json"))
    sidecar = json.loads(weights.read_text()) | {"host": "elsewhere"}
    weights.write_text(json.dumps(sidecar))
    assert "--machine" in keep(done, "smoke").stdout
    assert keep(done, "smoke", "--machine", "a cluster").returncode == 0
    weights.unlink()
    assert "Run the experiment to its end" in keep(done, "smoke").stdout


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_shipped_tables_name_their_run_and_experiment(folder):
    run = json.loads((folder / "run.json").read_text())
    settings = yaml.safe_load((ROOT / f"config/experiments/{folder.name}.yaml").read_text())
    assert run["experiment"] == folder.name and run["seeds"] == settings["seeds"]
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit in run["commits"])
    compared = settings["chains"] if "baselines" in settings else []
    assert set(run["cpu_seconds"]) == set(compared)
    assert all(seconds["training"] > 0 for seconds in run["cpu_seconds"].values())


def test_a_check_is_kept_with_what_made_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "results/check_quantum"
    with pytest.raises(InputError, match="Run it first: snakemake --cores 1 check_quantum"):
        keep_check(tmp_path / "kept", "this one")
    made.mkdir(parents=True)
    for name in ("psi4_pyscf.csv", "summary.csv"):
        (made / name).write_text(name)
    sidecar = {"host": platform.node(), "git_commit": "c", "versions": {"psi4": "1"},
               "arguments": {"settings": {"conformers": 20}}, "seconds": 9.0}
    (made / "psi4_pyscf.csv.provenance.json").write_text(json.dumps(sidecar))
    kept = keep_check(tmp_path / "kept", "this one")
    assert (kept / "summary.csv").read_text() == "summary.csv"
    assert json.loads((kept / "run.json").read_text()) == {
        "check": "check_quantum", "settings": {"conformers": 20},
        "settings_sha256_8": settings_hash({"conformers": 20}), "commits": ["c"],
        "versions": {"psi4": "1"}, "machine": "this one"}
    (made / "psi4_pyscf.csv.provenance.json").write_text(
        json.dumps(sidecar | {"host": "elsewhere"}))
    with pytest.raises(InputError, match="--machine"):
        keep_check(tmp_path / "kept", "this one")


def test_a_size_is_kept_item_by_item(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = make_plan(load_registry(ROOT / "config"))
    assert size_of(plan, "paper_quick") == "quick"
    assert size_of(plan, "paper_no") == size_of(plan, "demo") == ""
    place = tmp_path / "results/paper/quick"
    place.mkdir(parents=True)
    items = plan.registry.paper.at("quick")
    for item in items:
        for ending in ENDINGS:
            (place / f"{item}{ending}").write_text(item)
    (place / "index.html").touch()
    kept = keep_paper(plan, "quick", tmp_path / "kept")
    assert len(list(kept.iterdir())) == len(ENDINGS) * len(items) + 1  # and the report
    assert (kept / "table2-run.json").read_text() == "table2"
    assert not not_kept(plan, "quick", tmp_path / "kept")
    shutil.rmtree(place)
    with pytest.raises(InputError, match="none of its tables.*snakemake --cores 2 paper_quick"):
        keep_paper(plan, "quick", tmp_path / "kept")


def test_a_size_is_kept_of_several_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = make_plan(load_registry(ROOT / "config"))
    place, kept = tmp_path / "results/paper/quick", tmp_path / "kept/quick"
    place.mkdir(parents=True)
    for item, word in (("table1", "first"), ("table2", "first"), ("table2", "second")):
        for ending in ENDINGS:
            (place / f"{item}{ending}").write_text(word)
        keep_paper(plan, "quick", kept.parent)
        for file in place.iterdir():
            file.unlink()
        (kept / "table99.csv").touch()  # of an item that is no more
    (place / "table3.csv").write_text("without its figure")
    for ending in ENDINGS:
        (place / f"table1{ending}").write_text("third")
    (kept / "index.html").touch()
    (place / "index.html").touch()  # of one table, where two are kept
    keep_paper(plan, "quick", kept.parent)
    assert len(list(kept.iterdir())) == 2 * len(ENDINGS)
    assert ((kept / "table1.csv").read_text(), (kept / "table2.csv").read_text()) == (
        "third", "second")
    assert {"table3", "table5", "figure4"} <= set(not_kept(plan, "quick", kept.parent))
    assert not {"table1", "table2"} & set(not_kept(plan, "quick", kept.parent))


def test_readme_shows_the_shipped_tables():
    text = README.read_text(encoding="utf-8")
    assert "<!-- measured: " in text and with_tables(text, KEPT) == text


@pytest.mark.parametrize("text", [
    "<!-- measured: comparison/comparison.csv -->\n| a |\n",
    "<!-- measured: no.csv -->\n<!-- end -->",
    "<!-- measured: comparison/comparison.csv\n<!-- end -->"])
def test_marker_lines_without_end_or_table_are_refused(text):
    with pytest.raises(InputError, match=r"README.md.*comparison/comparison.csv, paper/mini"):
        with_tables(text, KEPT)


def test_paper_and_measured_have_columns_of_their_own():
    cells = pd.DataFrame([
        {"row": row, "metric": metric, "statistic": statistic, "symmetrize": mode, "paper": paper,
         "measured": value, "ci_low": 0.25, "ci_high": 0.75}
        for row, metric, statistic, mode, paper, value in (
            ("A", "cov_r", "mean", "", "80.10", None), ("B", "cov_r", "mean", True, None, 0.5),
            ("B", "cov_r", "median", True, None, 9), ("B", "cov_r", "mean", False, None, 9),
            ("B", "mat_r", "mean", True, "1.20", 0.5))])
    lines = paper_table(cells).splitlines()
    assert lines[0].startswith("| row | COV-R %, paper | measured | MAT-R Å, paper | measured |")
    assert lines[2:] == ["| A | 80.10 |  |  |  |  |  |  |  |",
                         "| B |  | 0.5 [0.2, 0.8] | 1.20 | 0.500 [0.250, 0.750] |  |  |  |  |"]


def test_the_comparison_is_of_symmetrised_rmsd_with_failures_as_zero():
    places = [(sym, policy) for sym in (True, False) for policy in ("zero", "skip")]
    values = {f"{m}_{v}": 0.5 for m in ("cov_r", "mat_r", "cov_p", "mat_p")
              for v in ("mean", "low", "high")}
    rows = pd.DataFrame([{"chain": f"a-{i}", "delta": 0.5, "symmetrize": sym,
                          "failure_policy": policy, **values}
                         for i, (sym, policy) in enumerate(places)])
    assert comparison_table(rows).splitlines()[2:] == [
        "| `a-0` | 0.5 [0.5, 0.5] | 0.500 [0.500, 0.500] | 0.5 [0.5, 0.5] | 0.500 [0.500, 0.500] |"]
