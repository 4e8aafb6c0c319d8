"""Molecules that got worse: counts at the ends of the paper's intervals, and what they share."""

import numpy as np
import pytest
from made_up_item import item, made, made_files, row, score_file
from made_up_molecules import molecules_file

from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.settings.paper_table import PaperRow

# Molecule -> MAT-R minus the baseline's; 0 and 0.1 are the ends of the middle interval.
CHANGES = {"better": -0.2, "slightly": -0.000002, "same": 0.0, "edge": 0.1, "beyond": 0.1001,
           "worst": 0.5, "fine": -0.3, "good": -0.1}
INTERVALS = {"< 0": 4, "0 ~ 0.1": 2, "> 0.1": 2}
ROTATABLE = {"edge": 8, "same": 6, "beyond": 7, "worst": 9, "slightly": 5}


@pytest.fixture
def settings(tmp_path):
    def scores(change):
        return {mode: (50.0, round(1 + change, 7), 50.0, 1.0) for mode in (True, False)}

    baseline = {name: scores(0.0) for name in CHANGES} | {"failed": scores(0.0)}
    values = {name: scores(change) for name, change in CHANGES.items()}
    score_file(tmp_path / "geodiff/seed1/scores.csv", baseline)
    score_file(tmp_path / "msgen2/seed1/scores.csv", values | {
        "failed": {True: None, False: None}})
    write_ensembles(tmp_path / "ensembles/part-000.parquet", [
        Ensemble(m, np.zeros((1, m.n_atoms, 3), dtype=np.float32)) for m in (
            molecule_from_smiles("C[N+](C)(C)Cc1ccccc1C#N", "worst"),
            molecule_from_smiles("CCO", "beyond"))])
    counts = {name: {"rotatable_bonds": ROTATABLE.get(name, 1)} for name in [*CHANGES, "failed"]}
    alike = {"molecules": molecules_file(tmp_path / "molecules.csv", counts),
             "ensembles": str(tmp_path / "ensembles")}
    rows = [row(tmp_path, "msgen2", "geodiff", label=name, model=name, **alike)
            for name in INTERVALS]
    return item(tuple(rows), item="table10", kind="failures")


def test_counts_and_what_the_worst_share(settings, tmp_path):
    cells = made_files(settings, tmp_path / "out")
    symmetrised = cells[cells["symmetrize"] == "true"]
    counts = symmetrised[symmetrised["metric"] == "count"].set_index(["row", "part"])
    for name, count in INTERVALS.items():
        found = counts.loc[(name, name)]
        assert (found["measured"], found["molecules"], found["failed"]) == (count, 8, 1)
        assert found["paper"] == {"< 0": "157", "0 ~ 0.1": "34", "> 0.1": "9"}[name]
        assert found["comparable"] == "no"
    assert "1 with no difference" in counts.loc[("0 ~ 0.1", "0 ~ 0.1")]["note"]
    assert counts.loc[("> 0.1", "not compared")]["measured"] == 1
    traits = symmetrised[symmetrised["metric"] == "rotatable_bonds"]
    medians = traits[traits["statistic"] == "median"].set_index("part")
    # two failures are fewer than five: worst, beyond, edge, same, slightly against the other three
    assert medians["measured"].to_dict() == {"the worst": 7, "the rest": 1}
    assert medians["molecules"].to_dict() == {"the worst": 5, "the rest": 3}
    assert "only 2 are worse" in medians.loc["the worst"]["note"]
    p = traits[traits["statistic"] == "p"].iloc[0]
    # U = 15 of 15; normal approximation as the rest is tied: known from scipy's asymptotic formula
    assert 0.02 < p["measured"] < 0.05 and "Mann-Whitney" in p["note"]
    holm = traits[traits["statistic"] == "p_holm"].iloc[0]["measured"]
    assert holm == pytest.approx(min(1, 6 * p["measured"]))
    assert symmetrised[symmetrised["metric"] == "rings"]["measured"].dropna().isin([1, 1.0]).all()
    text = (tmp_path / "out/table10.svg").read_text()
    assert "<svg" in text
    data = (tmp_path / "out/table10-figure.csv").read_text().splitlines()
    assert len(data) == 1 + 9 and data[1].startswith("worst,")


def test_without_scores_the_papers_counts_stand_alone():
    cells = made(item((PaperRow(label="all", model="Total"),), item="table10", kind="failures"))
    assert list(cells["paper"]) == ["200"] and cells["measured"].isna().all()
