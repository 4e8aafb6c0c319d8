"""The tables of properties, of step allocation and of time against matching, by known answers."""


import pytest
from made_up_item import item, made, made_files, property_file, row, score_file, value
from made_up_jobs import ran

from pipeline_src.run.settings.report import ChainCost


@pytest.fixture
def properties(tmp_path):
    property_file(tmp_path / "geodiff/seed1/scores.csv", {"a": 0.4, "b": 0.2, "c": 0.3, "d": None})
    property_file(tmp_path / "msgen/seed1/scores.csv", {"a": 0.2, "b": 0.1, "c": 0.3, "d": 0.1})
    return item((row(tmp_path, "geodiff", kind="properties", model="GeoDiff"),
                 row(tmp_path, "msgen", "geodiff", kind="properties", model="GeoDiff+MSGEN")),
                item="table3", kind="properties")


def test_errors_of_properties(properties):
    cells = made(properties)
    assert value(cells, "geodiff", "e_mean", "mean") == pytest.approx(0.3)
    assert value(cells, "msgen", "e_mean", "median") == pytest.approx(0.15)
    assert value(cells, "geodiff", "e_mean", "mean", column="failed") == 1
    assert value(cells, "msgen", "gap_max", "difference") == pytest.approx(-0.1)
    assert value(cells, "msgen", "gap_max", "better") == 2
    assert value(cells, "geodiff", "e_mean", "mean", column="paper") == "0.2597"
    assert value(cells, "geodiff", "e_mean", "mean", column="comparable") == "no"
    words = "1 of 21 generated conformers have no properties"  # of d; five of each have
    assert words in value(cells, "geodiff", "e_mean", "mean", column="note")
    assert "conformers" not in value(cells, "msgen", "e_mean", "mean", column="note")
    assert value(cells, "msgen", "e_mean", "rank") == 1
    assert "the 3 molecules that all" in value(cells, "msgen", "e_mean", "rank", column="note")


def test_scores_by_the_share_of_the_first_stage(tmp_path):
    rows = []
    for first, cov in ((300, 50), (700, 60)):
        name = f"split-{first}"
        score_file(tmp_path / name / "seed1/scores.csv", {
            m: {mode: (cov, 1.0, cov, 1.0) for mode in (True, False)} for m in "ab"})
        rows.append(row(tmp_path, name, visited=(first, 1000 - first)))
    cells = made_files(item(tuple(rows), item="table16", kind="allocation"), tmp_path / "out")
    assert value(cells, "split-700", "cov_r", "mean") == 60
    data = (tmp_path / "out/table16-figure.csv").read_text(encoding="utf-8").splitlines()
    assert data[0].endswith(",first_stage_percent")
    assert sorted({float(line.split(",")[-1]) for line in data[1:]}) == [30, 70]


def test_time_against_matching_needs_both(tmp_path):
    rows = []
    for chain, seconds in (("geodiff", 8.0), ("msgen", 4.0)):
        score_file(tmp_path / chain / "seed1/scores.csv", {
            m: {mode: (50, 0.5, 50, 0.5) for mode in (True, False)} for m in "ab"})
        path = ran(tmp_path, "sample_stage", chain, seconds)
        rows.append(row(tmp_path, chain, label=f"2000: by {chain}", cost=ChainCost(
            chain=chain, dataset="made_up", sampler="own", sampling=(path,))))
    cells = made_files(item(tuple(rows), item="figure3", kind="time", values_of="table13"),
                       tmp_path / "out")
    assert value(cells, "2000: by geodiff", "seconds", "mean") == 4.0
    assert value(cells, "2000: by msgen", "mat_r", "mean") == 0.5
    data = (tmp_path / "out/figure3-figure.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[2] for line in data[1:]] == ["4", "2"]
    drawn = (tmp_path / "out/figure3.svg").read_text(encoding="utf-8")
    assert "<!-- by geodiff -->" in drawn and "<!-- by msgen -->" in drawn  # names of the lines
