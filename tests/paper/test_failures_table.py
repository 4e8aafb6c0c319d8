"""Molecules that got worse: counts at the ends of the paper's intervals, and what they share."""

import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from made_up_item import COMMIT, PAPER, item, made, made_files, row, score_file
from made_up_molecules import molecules_file

from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.make_paper_report import make_paper_report
from pipeline_src.run.settings.paper_report import PaperPage, PaperReportSettings
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
    apart = counts.loc[("Not compared", "no score")]
    assert apart["measured"] == 1 and "has no sample of it" in apart["note"]
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
    assert "beyond chance (corrected p 0.19 or more)" in medians.loc["the worst"]["note"]
    assert symmetrised[symmetrised["metric"] == "rings"]["measured"].dropna().isin([1, 1.0]).all()
    text = (tmp_path / "out/table10.svg").read_text()
    assert "<svg" in text
    data = (tmp_path / "out/table10-figure.csv").read_text().splitlines()
    assert len(data) == 1 + 9 and data[1].startswith("worst,")


def test_the_baselines_commit_is_behind_a_difference(settings, tmp_path):
    score_file(tmp_path / "geodiff/seed1/scores.csv", {
        "worst": {True: (50.0, 1.0, 50.0, 1.0)}}, commit="f" * 40)
    score_file(tmp_path / "msgen2/seed1/scores.csv", {
        "worst": {True: (50.0, 1.5, 50.0, 1.0)}})
    assert set(made(settings)["commit"]) == {f"{COMMIT} {'f' * 40}"}


def test_without_scores_the_papers_counts_stand_alone():
    cells = made(item((PaperRow(label="all", model="Total"),), item="table10", kind="failures"))
    assert list(cells["paper"]) == ["200"] and cells["measured"].isna().all()


def shown(settings, folder) -> str:
    """Text of the page of the item, its cells' ends as bars."""
    folder = folder / "results/paper/mini"
    made_files(settings, folder)
    make_paper_report(PaperReportSettings(size="mini", target="paper_mini",
                                          pages=(PaperPage.of(settings),)),
                      PAPER, folder / "index.html")
    html = (folder / "index.html").read_text(encoding="utf-8")
    html = re.sub(r"<svg.*?</svg>", "", html[html.index('<section id="table10"'):], flags=re.S)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html.replace("</td>", "|")).split()))


def test_the_page_says_whether_the_worst_differ(settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = shown(settings, Path())
    line = text[text.index("The worst of msgen2 against the rest"):]
    # rotatable bonds: U = 15 is 7.5 above its mean, less 0.5, by a deviation of sqrt(75 / 7)
    assert [cell.strip() for cell in line.split("|")[4:6]] == [
        "7 p 0.19, corrected", "1 p 1, corrected"]  # and of rings
    rest = line[line.index("the rest|"):].split("|")
    assert rest[4].strip() == "1"
    assert line.startswith("The worst of msgen2 against the rest 5 molecules the worst|")
    notes = text[text.index("Notes"):]
    for told in ("only 2 are worse by more than 0.1 Å: the 5 with the highest difference",
                 "beyond chance (corrected p 0.19 or more)", "is regression to the mean",
                 "Mann-Whitney U test, two-sided, the worst against the rest, with Holm's "
                 "correction for 6 such tests", "has no sample of it"):
        assert notes.count(told) == 1


def test_a_difference_beyond_chance_is_named(tmp_path):
    names = [f"m{k:02d}" for k in range(30)]
    for chain, change in (("geodiff", 0.0), ("msgen2", 0.02)):
        score_file(tmp_path / f"{chain}/seed1/scores.csv", {name: {
            True: (50.0, 1 + change * (k - 20), 50.0, 1.0)} for k, name in enumerate(names)})
    counts = {name: {"rings": int(k > 25)} for k, name in enumerate(names)}
    alike = {"molecules": molecules_file(tmp_path / "molecules.csv", counts)}
    cells = made(item((row(tmp_path, "msgen2", "geodiff", label="> 0.1", model="> 0.1", **alike),),
                      item="table10", kind="failures"))
    assert "the worst differ from the rest in rings (corrected p under 0.05)" in cells[
        (cells["metric"] == "atoms") & (cells["part"] == "the worst")]["note"].iloc[0]
    apart = cells[cells["part"] == "no score"].iloc[0]
    assert apart["measured"] == 0 and apart["note"] == ""
