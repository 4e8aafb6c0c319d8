"""The section ``validity`` for real on three molecules: what is there, what a change reruns."""

import csv
import shutil
from collections import Counter

import pytest

EXPERIMENT = "config/experiments/rdkit_validity.yaml"
TABLES = ("validity", "relaxed", "relaxed_paired")


@pytest.fixture
def small(fresh):
    """The project, its experiment on three small molecules."""
    fresh.edit(EXPERIMENT, "test: [geom_drugs10]", "test: [smoke3]")
    fresh.edit(EXPERIMENT, "chains: [rdkit, rdkit-mmff]", "chains: [rdkit]")
    fresh.edit(EXPERIMENT, "per_reference: 2", "count: 2")
    return fresh


def read(project, table: str) -> list[dict]:
    file = project.folder / f"results/rdkit_validity/tables/{table}.csv"
    with open(file, newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


@pytest.mark.slow
def test_validity_is_made_shown_and_made_again_alike(small):
    small.run("rdkit_validity", timeout=900)
    rows = {(row["chain"], row["check"]): row for row in read(small, "validity")}
    for chain in ("reference", "rdkit"):
        assert float(rows[chain, "posebusters"]["value"]) > 0.8
        assert float(rows[chain, "strain_gfn2-xtb"]["value"]) >= 0
        assert rows[chain, "strain_gfn2-xtb"]["n_conformers"] == "3"  # one a molecule
    assert rows["rdkit", "strain_mmff"]["n_conformers"] == "6"
    strain = [float(rows[chain, "strain_gfn2-xtb"]["value"]) for chain in ("reference", "rdkit")]
    assert strain[0] < 0.1 < strain[1]  # the references are minima of GFN2-xTB
    assert [row["relaxed"] for row in read(small, "relaxed")] == ["none"] * 4 + ["mmff"] * 4
    assert {row["n_molecules"] for row in read(small, "relaxed_paired")} == {"3"}
    report = (small.folder / "results/rdkit_validity/report.html").read_text()
    assert 'id="figure-validity"' in report
    assert not small.jobs("rdkit_validity")

    small.edit(EXPERIMENT, "conformers: 1", "conformers: 2")
    assert small.rules("rdkit_validity") == Counter({
        "relax_samples": 2 * small_shards(small), "make_validity_tables": 1, "plot_figures": 1,
        "make_report": 1, "rdkit_validity": 1})
    first = {name: (small.folder / f"results/rdkit_validity/tables/{name}.csv").read_bytes()
             for name in TABLES}
    small.edit(EXPERIMENT, "conformers: 2", "conformers: 1")
    small.run("rdkit_validity", "--forcerun", "relax_samples", "score_validity", timeout=900)
    assert first == {name: (small.folder / f"results/rdkit_validity/tables/{name}.csv").read_bytes()
                     for name in TABLES}


def small_shards(project) -> int:
    return len(project.files("results/samples/smoke3/rdkit-*/seed2021/shard*.parquet"))


def test_tables_are_targets_of_experiments_with_the_section_alone(shared):
    planned = shared.rules("results/rdkit_validity/tables/validity.csv")
    assert planned["make_validity_tables"] == 1 and "make_report" not in planned
    without = shared.attempt("--dry-run", "--cores", "1", "results/smoke/tables/validity.csv")
    assert without.returncode != 0 and "MissingRuleException" in without.stdout


def test_where_no_experiment_has_the_section_the_others_are_planned_as_before(fresh):
    before = set(fresh.jobs("smoke"))
    (fresh.folder / EXPERIMENT).unlink()
    shutil.rmtree(fresh.folder / "config/sizes")  # of the paper's items, two of which have it
    assert set(fresh.jobs("smoke")) == before and len(before) > 20


def test_relaxers_that_draw_cannot_be_scored(fresh):
    fresh.edit(EXPERIMENT, "relaxed: [mmff]", "relaxed: [gfn2-xtb]")
    done = fresh.attempt("--dry-run", "--cores", "1", "rdkit_validity")
    assert done.returncode != 0 and "Traceback" not in done.stdout
    assert "must be among the relaxers of all conformers (mmff)" in done.stdout
