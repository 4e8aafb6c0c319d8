"""Where the paper disagrees with itself: both cells are read again, and do disagree."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline_src.paper.published import PLACES, inconsistencies, published

PAPER = Path(__file__).parents[2] / "resources" / "paper"
ROWS = inconsistencies(PAPER).to_dict("records")
LOWER_IS_BETTER = ("mat_r", "mat_p", "gap_max")
MEANS = ("cov_r", "mat_r", "cov_p", "mat_p")


def cell(entry: dict, prefix: str = "") -> str:
    """What the table prints at one of an entry's two places."""
    table = published(entry[f"{prefix}item"], PAPER)
    for name in ("row", "part", "metric", "statistic"):
        table = table[table[name] == entry[prefix + name]]
    assert len(table) == 1, f"{entry['id']}: {prefix}{len(table)} cells"
    return table["value"].iloc[0]


def means(item: str, row: str, part: str = "") -> np.ndarray:
    table = published(item, PAPER)
    table = table[(table["row"] == row) & (table["part"] == part) & (table["statistic"] == "mean")]
    return table.set_index("metric").loc[[*MEANS], "number"].to_numpy()  # (4,)


def test_every_entry_is_named_once_and_explained():
    table = pd.DataFrame(ROWS)
    assert not table["id"].duplicated().any()
    assert set(table["kind"]) == {"differs", "equal", "better", "text"}
    assert (table["quoted"] != "").all()
    assert ((table["remark"] != "") | (table["claim"] != "")).all()
    assert ((table["item"].isin(PLACES)) & (table["other_item"] != "")).all()


@pytest.mark.parametrize("entry", ROWS, ids=lambda e: e["id"])
def test_cells_are_as_quoted(entry):
    for prefix, value in (("", entry["printed"]), ("other_", entry["other_printed"])):
        if value:
            assert cell(entry, prefix) == value


@pytest.mark.parametrize("entry", [e for e in ROWS if e["kind"] != "text"], ids=lambda e: e["id"])
def test_cells_disagree(entry):
    one, other = cell(entry), cell(entry, "other_")
    if entry["kind"] == "better":  # the first is better, which it should not be
        assert entry["metric"] == entry["other_metric"]
        assert entry["statistic"] == entry["other_statistic"]
        assert (float(one) < float(other)) == (entry["metric"] in LOWER_IS_BETTER)
        assert float(one) != float(other)
    else:
        assert (one == other) == (entry["kind"] == "equal")


def test_entries_of_an_item():
    found = inconsistencies(PAPER, "table13")
    assert set(found["item"]) | set(found["other_item"]) == {"table11", "table13", "table2"}
    assert inconsistencies(PAPER, "figure5").empty


@pytest.mark.parametrize("row", ["GeoDiff", "GeoDiff+MSGEN"])
def test_no_sizes_of_the_strata_give_the_means_of_table_2(row):
    strata = np.stack([means("table12", row, part) for part in (
        "edges < 40", "edges 40-50", "edges > 50")])  # (3, 4)
    sizes = np.array([(a, b, 200 - a - b) for a, b in product(range(201), repeat=2)
                      if a + b <= 200]) / 200  # (splits, 3)
    rounding = np.array([0.01, 0.0001, 0.01, 0.0001])  # half a digit in either table
    misfit = np.abs(sizes @ strata - means("table2", row)) / rounding
    assert misfit.max(axis=1).min() > 20


def test_allocation_needs_steps_that_table_7_lacks():
    steps = set(published("table7", PAPER).query("metric == 'steps'")["number"])
    parts = published("table16", PAPER)["part"].unique()
    needed = {int(n) for part in parts for n in part.removeprefix("allocation ").split("+")}
    assert needed - steps == {300, 400, 600, 700}


def test_molecules_of_etflow():
    of = published("settings", PAPER).query("row == 'ET-Flow'").set_index("metric")["number"]
    train, validation, test = (of[f"{name}_molecules"] for name in (
        "training", "validation", "test"))
    assert train + validation + test == 274_906
    assert round(train + 2 * validation, -3) == of["molecules"] == 304_000
