"""Counts of the page that must not be taken for the hierarchy's, or for a whole row's."""

import pandas as pd
import pytest
from made_up_companion import main_table
from made_up_item import row

from pipeline_src.paper.cells import read_cells
from pipeline_src.paper.claims import AS_DRAWN
from pipeline_src.paper.usable import relaxed, usable
from pipeline_src.paper.views import failed_words, pair_counts
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.paper_report import PageRow, PaperPage, PaperReportSettings
from pipeline_src.run.validity_plan import references_once


def test_rows_in_one_stage_and_relaxations_are_counted_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main_table(tmp_path / "files", {"geodiff-msgen2": 0.1, "geodiff-other": 0.2})
    cells = read_cells(tmp_path / "results/paper/mini/table2.csv")
    stages = {"GEODIFF": 1, "GEODIFF-MSGEN2 <b>": 2, "GEODIFF-OTHER <b>": 2}
    assert pair_counts("table2", cells, stages) == pair_counts("table2", cells) == "8 better"
    stages["GEODIFF-OTHER <b>"] = 1
    assert pair_counts("table2", cells, stages) == "4 better; rows in one stage: 4 better"
    relaxed = cells.assign(baseline=cells["baseline"].where(
        cells["row"] != "GEODIFF-MSGEN2 <b>", AS_DRAWN))
    assert pair_counts("table2", relaxed, stages) == (
        "after the relaxation against before it: 4 better; rows in one stage: 4 better")


def test_what_failed_is_named_where_it_is_not_the_whole_row():
    def words(**failed: float) -> str:
        return failed_words(pd.DataFrame({"metric": failed.keys(), "failed": failed.values()}))

    nan = float("nan")
    assert words(cov_r=2, mat_r=2, seconds=nan) == "2 failed"
    assert words(cov_r=0, mat_r=0) == words(seconds=nan) == ""
    assert words(mat_r=0, strain_mmff=0, **{"strain_gfn2-xtb": 20}) == (
        "20 failed in strain, GFN2-xTB")
    assert words(mat_r=3, cov_r=3, clashes=0) == "3 failed in MAT-R and COV-R"


@pytest.fixture
def looked_at():
    """Soundness, stereo and strain of two networks, RDKit and references; and the settings."""
    shares = {"RDKit": (99.6, 100, 44.6), "One": (0.2, 51.4, 229.6), "Two": (68.8, 33.0, 53273.4),
              "Refs": (89.7, 100, 14.6)}
    cells = pd.DataFrame([
        {"row": name, "chain": "" if name == "Refs" else name, "metric": metric,
         "statistic": "median" if metric == "strain_mmff" else "mean", "measured": value,
         "symmetrize": "", "molecules": 8 if metric == "stereo_kept" else 20}
        for name, values in shares.items()
        for metric, value in zip(("posebusters", "stereo_kept", "strain_mmff"), values,
                                 strict=True)])
    rows = tuple(PageRow(label=name, levels=("all",) if name in ("One", "Two") else ())
                 for name in shares)
    page = PaperPage(item="validity", title="", caption="", kind="validity", rows=rows)
    return cells, PaperReportSettings(size="mini", target="paper_mini", pages=(page,))


def test_usable_conformers_of_networks_stand_beside_those_of_rdkit(looked_at):
    cells, settings = looked_at
    text = usable(settings, {"validity": cells})
    assert text == (
        "Before any relaxation (Validity), of the networks' conformers 0 to 69 % pass all of "
        "PoseBusters' checks, 33 to 51 % show the stereo their molecule states (8 molecules state "
        "any) and 230 to 53,273 kcal/mol is the median strain (MMFF94s); of RDKit's 100 %, 100 % "
        "and 45 kcal/mol; of the references 90 %, 100 % and 15 kcal/mol.")
    references = {"validity": cells[cells["row"] == "Refs"]}
    assert usable(settings, {}) == usable(settings, references) == ""


def test_distances_after_a_relaxation_stand_beside_those_of_rdkit(looked_at):
    cells, settings = looked_at
    told = cells.assign(statistic="mean", symmetrize="true", metric=cells["metric"].map(
        {"posebusters": "mat_r_mmff", "stereo_kept": "cov_p_mmff", "strain_mmff": "cov_r_mmff"}))
    assert relaxed(settings, {"validity": told}) == (
        "After a short relaxation (Validity) the networks' conformers reach MAT-R after MMFF94s "
        "0.20 to 68.80 Å, RDKit's MAT-R after MMFF94s 99.60 Å.")
    assert relaxed(settings, {}) == relaxed(settings, {"validity": cells}) == ""


def test_the_same_references_stand_once(tmp_path):
    def references(label: str, pattern: str, chain: str = "") -> object:
        return row(tmp_path, chain or "none", label=label).model_copy(update={
            "chain": chain, "checks": ScoredSource(chain="reference", dataset="d", seed=0,
                                                   sampler="", pattern=pattern)})

    rows = [references("A", "x"), references("B", "x"), references("C", "y"),
            references("D", "x", "geodiff"), references("E", "x", "geodiff"), row(tmp_path, "ebd")]
    assert [kept.label for kept in references_once(rows)] == ["A", "C", "D", "E", "ebd"]
