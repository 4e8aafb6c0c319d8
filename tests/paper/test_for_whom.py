"""Differences by section of the molecules: on the page of Table 12, and in the answer."""

import pytest
from made_up_companion import companion, spread
from made_up_item import item, made_files, row, score_file
from made_up_molecules import STRATA, molecules_file

from pipeline_src.paper.cells import read_cells
from pipeline_src.paper.claims import claims_of
from pipeline_src.paper.for_whom import for_whom
from pipeline_src.paper.views import family, pair_counts, pair_views


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Table 12 of 36 small molecules, for which a chain helps, and four large ones."""
    folder = tmp_path_factory.mktemp("for_whom")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for chain, shift in {"geodiff": 0.0, "msgen2": 0.1, "variant": -0.1}.items():
            score_file(folder / f"{chain}/seed1/scores.csv", spread(shift, 0.001 * bool(shift)))
        counts = {"molecules": molecules_file(folder / "molecules.csv", {
            f"m{k:02d}": {"n_atoms": 60 if k < 4 else 20} for k in range(40)})}
        rows = (row(folder, "geodiff", model="GeoDiff", **counts),
                row(folder, "msgen2", "geodiff", model="GeoDiff+MSGEN", **counts),
                row(folder, "variant", "geodiff", **counts))
        made_files(item(rows, item="table12", kind="strata", strata=STRATA),
                   folder / "results/paper/mini")
    return folder


@pytest.fixture(scope="module")
def cells(folder):
    return read_cells(folder / "results/paper/mini/table12.csv")


def test_every_section_has_claims_and_the_named_ones_are_shown(cells):
    parts = {one.part for one in claims_of("table12", cells)}
    assert {"atoms < 40", "atoms: lowest third"} <= parts and "edges > 50" not in parts  # empty
    lines = pair_views("table12", cells)
    assert [(line["row"], line["part"], line["molecules"]) for line in lines] == [
        (chain, part, count) for chain in ("msgen2", "variant")
        for part, count in (("atoms < 40", 36), ("atoms > 40", 4))]
    assert [[claim["metric"] for claim in line["claims"]] for line in lines] == [
        ["COV-R (%)", "MAT-R (Å)", "COV-P (%)", "MAT-P (Å)"]] * 4
    assert [claim["state"] for claim in lines[0]["claims"]] == ["better"] * 4
    assert pair_counts("table12", cells) == "4 better, 4 worse, 8 undecided"


def test_the_size_of_the_family_is_named(cells):
    tested = cells[(cells["statistic"] == "p") & (cells["metric"] == "mat_r")
                   & (cells["symmetrize"] == "true")]
    assert f"for the {len(tested)} comparisons of this metric" in family(cells)


def test_the_sentence_says_where_it_helps_and_what_could_not_be_decided(cells):
    text = for_whom(cells)
    assert text.startswith("By size and flexibility of the molecules: of 8 differences in 2 "
                           "sections 4 are better and 0 worse: better in COV-R, MAT-R, COV-P and "
                           "MAT-P for atoms < 40. 4 of them could not have been decided by any "
                           "scores: with 4 molecules in a section and ")
    assert for_whom(cells[cells["metric"] == "molecules"]) == ""
    few = cells[cells["part"] == "atoms > 40"]
    assert "None of them could have been decided" in for_whom(few)


def test_the_page_shows_a_compact_table_and_the_answer_the_sentence(folder):
    html = companion(folder, ("table12",), kind="strata")
    assert "For which molecules?" in html and "4 are better and 0 worse" in html
    section = html[html.index('<section id="table12"'):]
    table = section[section.index("<th>Section</th>"):]
    table = table[:table.index("</table>")]
    assert table.count("<tr>") == 4 and table.count('<li class="better">') == 4
    assert "36 molecules" in table and "undecided" not in table
    assert "the correction is for all sections" in section


def test_without_the_table_nothing_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "For which molecules?" not in companion(tmp_path)
