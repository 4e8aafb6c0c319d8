"""The published values: the rows that stand beside ours, against the headlines of the paper."""

import pandas as pd
import pytest
from made_up_run import PAPER

from pipeline_src.reports.inputs import read_table
from pipeline_src.reports.report import PAPER_GEOMETRY, PAPER_PROPERTIES

COLUMNS = ["cov_r_mean", "mat_r_mean", "cov_p_mean", "mat_p_mean"]
# Read off the paper by hand: Tables 1, 2, 4, 5, 8 and 9.
HEADLINES = [
    (2, "geodiff", ["87.86", "0.8686", "60.17", "1.1871"]),
    (2, "geodiff-msgen2", ["90.41", "0.8424", "66.26", "1.1217"]),
    (2, "rdkit", ["45.74", "1.5376", "54.79", "1.3341"]),
    (4, "geodiff-msgen2", ["83.73", "0.3055", "", ""]),
    (5, "geodiff-msgen3", ["91.05", "0.8410", "66.87", "1.1147"]),
    (8, "geodiff", ["88.20", "0.2435", "51.16", "0.5019"]),
    (8, "geodiff-msgen2", ["88.90", "0.2428", "52.10", "0.5014"]),
    (9, "geodiff-msgen2", ["22.11", "1.7924", "", ""]),
]


@pytest.mark.parametrize(("table", "chain", "values"), HEADLINES)
def test_headlines(table, chain, values):
    rows = read_table(PAPER / "geometry.csv", PAPER_GEOMETRY)
    row = rows[(rows["table"] == str(table)) & (rows["chain"] == chain)]
    assert row[COLUMNS].values.tolist() == [values]


def test_every_value_is_a_number_in_range():
    rows = read_table(PAPER / "geometry.csv", PAPER_GEOMETRY)
    assert len(rows) == 70
    assert set(rows["table"]) == {str(n) for n in (1, 2, 4, 5, 8, 9, 11, 12, 13, 16, 17)}
    for name in PAPER_GEOMETRY[0][7:]:
        values = pd.to_numeric(rows[name].replace("", None)).dropna()
        assert values.between(0, 100 if name.startswith("cov") else 3).all()


def test_properties():
    rows = read_table(PAPER / "properties.csv", PAPER_PROPERTIES).set_index("chain")
    values = list(PAPER_PROPERTIES[0][6:])
    assert rows.loc["geodiff", values].tolist() == [
        "0.2597", "0.1551", "0.3091", "0.7033", "0.1909"]
    assert rows.loc["geodiff-msgen2", values].tolist() == [
        "0.1795", "0.1019", "0.2035", "0.5898", "0.1755"]
