"""Failed molecules of a table: rows with a reason, and how the page lists them."""

import re

import pytest
from made_up_companion import companion, main_table, spread
from made_up_item import item, made_files, property_file, row, score_file

from pipeline_src.paper.failed_molecules import COLUMNS, MOST, failed_molecules, failed_views
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import write_rows

GOOD = {mode: (50.0, 0.5, 50.0, 0.5) for mode in (True, False)}
LOST = dict.fromkeys((True, False))


@pytest.fixture
def folder(tmp_path):
    """Two seeds of a chain, of which one failed for one molecule; its baseline lost another."""
    score_file(tmp_path / "msgen2/seed1/scores.csv", {"a": GOOD, "b": GOOD})
    score_file(tmp_path / "msgen2/seed2/scores.csv", {"a": LOST, "b": GOOD})
    for seed in (1, 2):
        score_file(tmp_path / f"geodiff/seed{seed}/scores.csv", {"a": GOOD, "b": LOST})
    return tmp_path


def lines(settings) -> list[tuple]:
    return [tuple(line[name] for name in COLUMNS) for line in failed_molecules(settings)]


def test_each_failure_is_one_row_with_seed_and_reason(folder):
    chain = row(folder, "msgen2", label="Two", seeds=(1, 2))
    lost = ("Two", "msgen2", "made_up", 2, "coverage and matching", "a", "no sample")
    settings = item((chain,))
    assert lines(settings) == [lost]  # once, though it failed in both RMSD modes
    made_files(settings, folder / "out")
    assert (folder / "out/table2-failed.csv").read_text() == (
        f"{','.join(COLUMNS)}\n{','.join(map(str, lost))}\n")


def test_where_none_failed_there_is_the_header_alone(folder):
    made_files(item((row(folder, "msgen2"),)), folder / "out")
    assert (folder / "out/table2-failed.csv").read_text() == f"{','.join(COLUMNS)}\n"
    assert failed_views(folder / "out/table2-failed.csv") == []


def test_a_baseline_has_its_lines_once(folder):
    chain = row(folder, "msgen2", "geodiff", label="Two", seeds=(1,))
    alone = lines(item((chain,)))
    assert alone == [("Two", "geodiff", "made_up", 1, "coverage and matching", "b", "no sample")]
    both = lines(item((row(folder, "geodiff", label="One"), chain)))
    assert [line[0] for line in both] == ["One"]


def test_molecules_without_properties(tmp_path):
    property_file(tmp_path / "geodiff/seed1/scores.csv", {"a": 0.1, "b": None})
    settings = item((row(tmp_path, "geodiff", kind="properties"),), item="table3",
                    kind="properties")
    assert lines(settings) == [
        ("geodiff", "geodiff", "made_up", 1, "energies and gaps", "b", "no SCF")]  # of five rows


def test_they_are_listed_by_reason(tmp_path):
    path = tmp_path / "table2-failed.csv"
    names = [f"m{k}" for k in range(MOST + 1)]
    rows = [("A", "one bond", "x"), ("A, b", "diverged", "x"), ("A", "diverged", "x"),
            *(("A", "far", name) for name in names)]
    write_rows(path, COLUMNS, [{**dict.fromkeys(COLUMNS, ""), "row": of, "reason": reason,
                                "molecule": name, "seed": 1} for of, reason, name in rows])
    assert failed_views(path) == [
        {"reason": "far", "count": MOST + 1, "molecules": ", ".join(names), "folded": True,
         "rows": "A"},
        {"reason": "one bond", "count": 1, "molecules": "x", "folded": False, "rows": "A"},
        {"reason": "diverged", "count": 1, "molecules": "x", "folded": False, "rows": "“A, b”, A"}]
    assert failed_views(tmp_path / "none.csv") == []
    path.write_text("row\nA\n")
    with pytest.raises(InputError, match="reason"):
        failed_views(path)


def test_reasons_that_differ_in_particulars_alone_are_one(tmp_path):
    path = tmp_path / "validity-failed.csv"
    reasons = ("the bond C1-N2 broke (2.31)", "atoms 3 and 4 are 0.1 apart (less than 0.5)",
               "the bond C7-N2 broke (3.42)", "atoms 5 and 4 are 0.2 apart (less than 0.5)",
               "element S was not in the data", "element Br was not in the data")
    write_rows(path, COLUMNS, [{**dict.fromkeys(COLUMNS, ""), "row": "A", "reason": reason,
                                "molecule": f"m{k}"} for k, reason in enumerate(reasons)])
    assert [(view["reason"], view["molecules"]) for view in failed_views(path)] == [
        ("the bond \N{HORIZONTAL ELLIPSIS}-N2 broke (\N{HORIZONTAL ELLIPSIS})", "m0, m2"),
        ("atoms \N{HORIZONTAL ELLIPSIS} and 4 are \N{HORIZONTAL ELLIPSIS} apart (less than 0.5)",
         "m1, m3"), (reasons[4], "m4"), (reasons[5], "m5")]


def test_the_page_lists_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main_table(tmp_path / "scores", {"geodiff-msgen2": 0.1})
    assert "Failed molecules" not in companion(tmp_path, ("table2",), ())
    score_file(tmp_path / "scores/geodiff-msgen2/seed1/scores.csv", {
        name: LOST if name < f"m{MOST:02d}" else modes for name, modes in spread(0.1).items()})
    settings = item((row(tmp_path / "scores", "geodiff-msgen2", label="<b>"),))
    made_files(settings, tmp_path / "results/paper/mini")
    html = companion(tmp_path, ("table2",), ())
    part = html[html.index("<h3>Failed molecules"):]
    text = " ".join(re.sub(r"<[^>]+>", " ", part[:part.index("</ul>")]).split())
    assert text == (f"Failed molecules {MOST} molecules: no sample. In &lt;b&gt;: "
                    + ", ".join(f"m{k:02d}" for k in range(MOST)))
    assert '<a href="table2-failed.csv">' in html
