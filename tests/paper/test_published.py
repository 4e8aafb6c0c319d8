"""The paper's values: headlines typed apart from the files, shapes, and what repeats in the paper.

The headlines are those of the project's notes on the paper, not of ``resources/paper``.
"""

from pathlib import Path

import pytest

from pipeline_src.paper.published import PLACES, PUBLISHED, as_number, published
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.paper import PRINTED

PAPER = Path(__file__).parents[2] / "resources" / "paper"
KEY = ["row", "part", "metric", "statistic"]
OURS = "GeoDiff+MSGEN"
# item -> rows of the printed table, numbers printed in them
SHAPES = {"table1": (4, 28), "table2": (8, 60), "table3": (7, 35), "table4": (7, 28),
          "table5": (10, 80), "table6": (2, 8), "table7": (7, 49), "table8": (8, 60),
          "table9": (2, 8), "table10": (4, 4), "table11": (8, 60), "table12": (10, 80),
          "table13": (6, 48), "table14": (8, 8), "table15": (4, 12), "table16": (5, 40),
          "table17": (2, 16), "figure3": (6, 6), "figure4": (0, 0), "figure5": (0, 0),
          "figure6": (0, 0), "stages": (3, 3), "settings": (11, 25)}
# item, part, row, metric -> means
HEADLINES = [
    ("table1", "", "None (Xu et al., 2022)", {"cov_r": "64.12", "mat_r": "1.1444"}),
    ("table1", "", "Local (Zhang et al., 2024)", {"cov_r": "74.30", "mat_r": "1.0003"}),
    ("table1", "", "Fragment (Park & Shen, 2024)", {"cov_r": "84.88", "mat_r": "0.9118"}),
    ("table1", "", "Geometric(ours)",
     {"cov_r": "99.58", "mat_r": "0.5035", "cov_p": "88.56", "mat_p": "0.7816"}),
    ("table2", "", "GeoDiff",
     {"cov_r": "87.86", "mat_r": "0.8686", "cov_p": "60.17", "mat_p": "1.1871"}),
    ("table2", "", OURS,
     {"cov_r": "90.41", "mat_r": "0.8424", "cov_p": "66.26", "mat_p": "1.1217"}),
    ("table3", "", "GeoDiff", {"e_mean": "0.2597", "e_min": "0.1551", "gap_mean": "0.3091",
                               "gap_min": "0.7033", "gap_max": "0.1909"}),
    ("table3", "", OURS, {"e_mean": "0.1795", "e_min": "0.1019", "gap_mean": "0.2035",
                          "gap_min": "0.5898", "gap_max": "0.1755"}),
    ("table4", "", "GeoDiff", {"cov_r": "74.94", "mat_r": "0.3492"}),
    ("table4", "", OURS, {"cov_r": "83.73", "mat_r": "0.3055"}),
    ("table5", "", "GeoDiff +MSGEN (2-stage)", {"cov_r": "90.41"}),
    ("table5", "", "GeoDiff +MSGEN (3-stage)", {"cov_r": "91.05"}),
    ("table5", "", "ET-Flow baseline", {"cov_r": "74.47", "mat_r": "0.5514"}),
    ("table5", "", "ET-Flow +MSGEN (2-stage)", {"cov_r": "80.50", "mat_r": "0.4579"}),
    ("table5", "", "ET-Flow +MSGEN (3-stage)", {"cov_r": "81.91", "mat_r": "0.4363"}),
    ("table5", "", "Conf-GF baseline", {"cov_r": "62.15"}),
    ("table5", "", "Conf-GF +MSGEN(2-stage)", {"cov_r": "65.51"}),
    ("table5", "", "EBD baseline", {"cov_r": "92.10", "cov_p": "65.97"}),
    ("table5", "", "EBD +MSGEN(2-stage)", {"cov_r": "91.92", "cov_p": "68.10"}),
    ("table6", "", "GEOM-Drugs", {"atoms": "45.54", "heavy_atoms": "25.38"}),
    ("table6", "", "GEOM-QM9", {"atoms": "19.26", "heavy_atoms": "8.84"}),
    ("table8", "", "GeoDiff", {"cov_r": "88.20", "mat_r": "0.2435", "cov_p": "51.16"}),
    ("table8", "", OURS, {"cov_r": "88.90", "mat_r": "0.2428", "cov_p": "52.10"}),
    ("table9", "", "GeoDiff", {"cov_r": "7.99", "mat_r": "1.9722"}),
    ("table9", "", "GeoDiff + MSGEN", {"cov_r": "22.11", "mat_r": "1.7924"}),
    ("table10", "", "< 0", {"count": "157"}),
    ("table10", "", "0 ~ 0.1", {"count": "34"}),
    ("table10", "", "> 0.1", {"count": "9"}),
    ("table11", "Drugs (T=1000)", "GeoDiff", {"cov_r": "82.96"}),
    ("table11", "Drugs (T=1000)", OURS, {"cov_r": "90.05"}),
    ("table11", "Drugs (T=500)", "GeoDiff", {"cov_r": "64.12"}),
    ("table11", "Drugs (T=500)", OURS, {"cov_r": "85.06", "mat_r": "0.9538"}),
    ("table11", "QM9 (T=500)", "GeoDiff", {"cov_r": "87.80"}),
    ("table11", "QM9 (T=500)", OURS, {"cov_r": "88.36"}),
    ("table12", "atoms > 40", "GeoDiff", {"cov_r": "85.23"}),
    ("table12", "atoms > 40", OURS, {"cov_r": "88.69"}),
    ("table12", "edges > 50", "GeoDiff", {"cov_r": "77.91"}),
    ("table12", "edges > 50", OURS, {"cov_r": "83.39"}),
    ("table13", "total steps 5000", OURS, {"cov_r": "91.12"}),
    ("table13", "total steps 2000", "GeoDiff", {"cov_r": "87.82"}),
    ("table13", "total steps 2000", OURS, {"cov_r": "90.05"}),
    ("table13", "total steps 1000", OURS, {"cov_r": "85.06", "mat_r": "0.9438"}),
    ("table14", "", "GeoDiff Vanilla", {"seconds": "223.43"}),
    ("table14", "", "GeoDiff +MSGEN (3-stage)", {"seconds": "395.78"}),
    ("table15", "", "Drugs_2.pt", {"parameters": "1,597,724"}),
    ("table16", "allocation 500+500", OURS, {"cov_r": "85.06", "mat_r": "0.9438"}),
    ("table17", "", OURS,
     {"cov_r": "90.43", "mat_r": "0.8530", "cov_p": "63.71", "mat_p": "1.1515"}),
    ("stages", "", "After Stage 1", {"cov_r": "89.17"}),
]
# Rows of one run that several tables print: (item, part, row) pairs, all numbers alike.
REPEATED = [
    *((("table2", "", "GeoDiff"), other) for other in (
        ("table5", "", "GeoDiff baseline"), ("table13", "total steps 5000", "GeoDiff"),
        ("table17", "", "GeoDiff"))),
    (("table2", "", OURS), ("table5", "", "GeoDiff +MSGEN (2-stage)")),
    (("table2", "", "ConfGF"), ("table5", "", "Conf-GF baseline")),
    (("table11", "Drugs (T=1000)", "GeoDiff"), ("table13", "total steps 1000", "GeoDiff")),
    (("table11", "Drugs (T=1000)", OURS), ("table13", "total steps 2000", OURS)),
    (("table16", "allocation 500+500", OURS), ("table13", "total steps 1000", OURS)),
]


def printed(item: str, part: str, row: str) -> dict[tuple[str, str], str]:
    table = published(item, PAPER)
    table = table[(table["part"] == part) & (table["row"] == row)]
    return dict(zip(zip(table["metric"], table["statistic"], strict=True), table["value"],
                    strict=True))


def test_every_item_has_its_rows_and_numbers():
    assert set(SHAPES) == set(PLACES) == set(PRINTED)
    assert {f"table{n}" for n in range(1, 18)} | {f"figure{n}" for n in range(3, 7)} < set(PLACES)
    for item, (rows, numbers) in SHAPES.items():
        table = published(item, PAPER)
        assert tuple(table.columns) == PUBLISHED
        assert (len(table[["row", "part"]].drop_duplicates()), len(table)) == (rows, numbers), item


@pytest.mark.parametrize("item", [item for item, (rows, _) in SHAPES.items() if rows])
def test_numbers_are_numbers_in_range_and_no_cell_comes_twice(item):
    table = published(item, PAPER)
    words = table[table["number"].isna()]
    assert set(words["metric"]) <= {"beta_scheduler", "augmentation_steps"}
    assert not table.duplicated(KEY).any() and (table["value"] != "").all()
    coverage = table[table["metric"].isin(["cov_r", "cov_p"])]
    assert coverage["number"].between(0, 100).all()
    assert coverage["value"].str.fullmatch(r"\d{1,3}\.\d\d").all()
    matching = table[table["metric"].isin(["mat_r", "mat_p"])]
    assert matching["number"].between(0.2, 2.5).all()
    assert matching["value"].str.fullmatch(r"\d\.\d{4}").all()


@pytest.mark.parametrize(("item", "part", "row", "values"), HEADLINES)
def test_headlines(item, part, row, values):
    cells = printed(item, part, row)
    means = {metric: cells.get((metric, "mean"), cells.get((metric, ""))) for metric in values}
    assert means == values


@pytest.mark.parametrize(("one", "other"), REPEATED)
def test_rows_that_tables_share_are_alike(one, other):
    assert printed(*one) == printed(*other) != {}


def test_sums():
    counts = published("table10", PAPER).set_index("row")["number"]
    assert counts["Total"] == counts.drop("Total").sum() == 200
    nets = published("table15", PAPER).pivot(index="row", columns="metric", values="number")
    total = nets.loc["Total (3-stage)"]
    assert total["parameters"] == nets["parameters"].sum() / 2 == 5_380_194
    assert total["size"] == pytest.approx(nets["size"].sum() / 2)
    graphs = published("table6", PAPER).pivot(index="row", columns="metric", values="number")
    hydrogens = graphs["atoms"] - graphs["heavy_atoms"]  # one bond each, two directed edges
    assert (graphs["edges"] - graphs["heavy_edges"] - 2 * hydrogens).abs().max() < 0.02


def test_sources_are_named():
    assert set(published("table13", PAPER)["source"]) == {"Table 13"}
    assert set(published("figure3", PAPER)["source"]) == {"Table 13"}
    assert set(published("settings", PAPER)["source"]) == {
        "5.1", "5.2", "C.4", "C.5", "D", "G.8", "G.9"}
    assert published("stages", PAPER)["source"].str.contains("not in its text").all()


@pytest.mark.parametrize(("text", "number"), [
    ("1,366,810", 1366810), ("1.5M", 1.5e6), ("304k", 304e3), ("10^-3", 1e-3), ("1.e-7", 1e-7),
    ("100.00", 100)])
def test_as_number(text, number):
    assert as_number(text) == pytest.approx(number)


def test_unknown_item_and_missing_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="got 'table18', expected one of .*table17"):
        published("table18", PAPER)
    with pytest.raises(InputError, match=r"geometry\.csv"):
        published("table2", tmp_path)
