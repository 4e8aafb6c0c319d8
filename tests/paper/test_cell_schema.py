"""The schema of a line of a table; that the tables this project ships hold to it."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from made_up_item import COMMIT, PAPER

from pipeline_src.paper.cell_schema import Cell, CellError, checked
from pipeline_src.paper.cells import COLUMNS, read_cells
from pipeline_src.paper.published import published

ROOT = PAPER.parents[1]
COMMITS = re.compile(r"[0-9a-f]{40}")
GOOD = {**dict.fromkeys(COLUMNS), "item": "table2", "size": "mini", "row": "GeoDiff",
        "metric": "cov_r", "statistic": "mean", "unit": "%", "symmetrize": "true",
        "measured": 50.0, "ci_low": 40.0, "ci_high": 60.0, "molecules": 3, "failed": 0,
        "seeds": "1 2", "comparable": "no", "paper": "91.4", "note": "other data",
        "commit": f"{COMMIT} {COMMIT}-dirty", "settings_hash": "0123abcd"}
KEPT = ROOT / "resources/measured/paper"
ITEMS = sorted(path.stem for path in (ROOT / "config/experiments").glob("*.yaml")
               if "item" in yaml.safe_load(path.read_text()))


def test_fields_are_the_columns():
    assert tuple(Cell.model_fields) == COLUMNS


@pytest.mark.parametrize("change", [
    {}, {"measured": np.float64(50)}, {"molecules": np.int64(3)}, {"measured": 7, "metric": "size"},
    {"measured": "sigmoid", "ci_low": None, "ci_high": None}, {"paper": None, "comparable": ""},
    {"measured": None, "ci_low": None, "ci_high": None, "commit": "", "settings_hash": ""}])
def test_good_lines(change):
    line = {**GOOD, **change}
    assert checked([line]) == [line]


@pytest.mark.parametrize("change, why", [
    ({"row": ""}, "row"), ({"extra": 1}, "extra"), ({"symmetrize": "True"}, "symmetrize"),
    ({"measured": float("nan")}, "measured"), ({"measured": float("inf")}, "measured"),
    ({"measured": 100.5}, "outside 0 to 100"), ({"measured": -1.0}, "outside 0"),
    ({"metric": "mat_r", "measured": -0.1}, "mat_r outside"),
    ({"statistic": "p_holm", "measured": 1.5}, "probability"),
    ({"ci_low": None}, "one end"), ({"ci_low": 61.0}, "exchanged"),
    ({"measured": None}, "interval without a value"),
    ({"molecules": -1}, "molecules"), ({"failed": 1.5}, "failed"),
    ({"seeds": "1,2"}, "seeds"), ({"settings_hash": "xyz"}, "settings_hash"),
    ({"commit": ""}, "without commit"), ({"settings_hash": None}, "without commit"),
    ({"comparable": ""}, "comparable"), ({"note": ""}, "without a reason"),
    ({"paper": 91.4}, "paper"), ({"paper": ""}, "paper"), ({"unit": None}, "unit")])
def test_a_bad_line_is_named(change, why):
    with pytest.raises(CellError, match=rf"table2, .*{why}"):
        checked([GOOD, {**GOOD, **change}])


@pytest.mark.parametrize("item", ITEMS)
def test_shipped_tables_hold_to_the_schema_and_say_what_made_them(item):
    for record in KEPT.glob(f"*/{item}-run.json"):
        run, size = json.loads(record.read_text()), record.parent.name
        assert (run["item"], run["size"]) == (item, size) and run["machine"]
        assert run["settings_hash"] and all(map(COMMITS.fullmatch, run["commits"]))
        cells = read_cells(record.with_name(f"{item}.csv"))
        assert len(cells) and set(cells["item"]) == {item} and set(cells["size"]) == {size}
        assert set(" ".join(cells["commit"]).split()) <= set(run["commits"])
        assert set(" ".join(cells["seeds"]).split()) <= set(map(str, run["seeds"]))
        checked(_as_written(line) for line in cells.drop(columns="word").to_dict("records"))


@pytest.mark.parametrize("item", ITEMS)
def test_shipped_values_of_the_paper_are_its_digits_and_ours_are_others(item):
    """Scores of ours have all digits of a double, the paper's at most five: none is the other.

    But a median may be at an end of its scale in both: coverage of 0 or 100 %.
    """
    settings = yaml.safe_load((ROOT / f"config/experiments/{item}.yaml").read_text())["item"]
    for table in KEPT.glob(f"*/{item}.csv"):
        cells = read_cells(table)
        printed = cells[cells["paper"] != ""]
        if len(printed):
            values = set(published(settings.get("values_of") or item, PAPER)["value"].astype(str))
            if settings["kind"] == "settings":  # some are in the appendix
                values |= set(pd.read_csv(PAPER / "settings.csv", dtype=str)["value"])
            assert set(printed["paper"]) <= values
        scored = printed[printed["measured"].notna() & printed["unit"].isin(["%", "Å", "eV"])
                         & printed["statistic"].isin(["mean", "median"])]  # no hyper-parameters
        ends = (scored["unit"] == "%") & scored["measured"].isin([0, 100])
        assert (ends | (scored["paper"].astype(float) != scored["measured"])).all()


def _as_written(line: dict) -> dict:
    """A line as it was before it was read back: counts as counts, nothing for an empty cell."""
    found = {name: None if value != value or value == "" else value for name, value in line.items()}
    found |= {name: int(found[name]) for name in ("molecules", "failed")
              if found[name] is not None}
    return {**found, **{name: found[name] or "" for name in (
        "statistic", "unit", "symmetrize", "comparable", "note", "commit", "settings_hash")}}
