"""Scores by section of the molecules, worked out by hand."""

import pytest
from made_up_item import item, made_files, row, score_file
from made_up_molecules import STRATA, molecules_file

from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.paper.facts import count_tested
from pipeline_src.paper.sections import THIRDS
from pipeline_src.paper.views import table_views
from pipeline_src.run.settings.paper_report import PaperDataset, PaperPage, PaperReportSettings

ATOMS = {"a": 12, "b": 39, "c": 40, "d": 41, "e": 60, "f": 60}


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("strata")

    def scores(shift):
        return {name: {mode: (10.0 * k + shift, 1.0, 0.0, 2.0) for mode in (True, False)}
                for k, name in enumerate(ATOMS)}

    score_file(tmp_path / "geodiff/seed1/scores.csv", scores(0))
    score_file(tmp_path / "msgen2/seed1/scores.csv", scores(6))
    counts = {"molecules": molecules_file(tmp_path / "molecules.csv", {
        name: {"n_atoms": n} for name, n in ATOMS.items()})}
    rows = (row(tmp_path, "geodiff", model="GeoDiff", **counts),
            row(tmp_path, "msgen2", "geodiff", model="GeoDiff+MSGEN", **counts))
    return made_files(item(rows, item="table12", kind="strata", strata=STRATA), tmp_path / "out")


def of(cells, part, metric="cov_r", statistic="mean", row="msgen2", mode="true"):
    found = cells[(cells["part"] == part) & (cells["metric"] == metric)
                  & (cells["statistic"] == statistic) & (cells["row"] == row)
                  & cells["symmetrize"].isin([mode, ""])]
    assert len(found) == 1, found
    return found.iloc[0]


def test_sections_of_the_paper(cells):
    low, high = of(cells, "atoms < 40"), of(cells, "atoms > 40")
    assert (low["measured"], low["molecules"], low["paper"]) == (11.0, 2, "98.34")  # 6 and 16
    assert (high["measured"], high["molecules"]) == (46.0, 3)
    assert low["ci_low"] == 6.0 and low["ci_high"] == 16.0 and low["comparable"] == "no"
    difference = of(cells, "atoms > 40", statistic="difference")
    assert (difference["measured"], difference["molecules"]) == (6.0, 3)
    # sections with molecules: two by atoms, both rests, two or three thirds by each number
    assert "comparisons of this metric" in of(cells, "atoms > 40", statistic="p_holm")["note"]


def test_forty_atoms_are_counted_where_no_section_has_them(cells):
    rest = of(cells, "atoms: the rest", "molecules", "count")
    assert rest["measured"] == 1 and "they have 40 atoms" in rest["note"]
    assert of(cells, "atoms: the rest")["measured"] == 26.0


def test_a_section_without_molecules_says_so(cells):
    empty = of(cells, "edges > 50", row="geodiff")
    assert empty["molecules"] == 0 and empty["measured"] != empty["measured"]
    assert empty["paper"] == "77.91" and "no molecule" in empty["note"]
    assert of(cells, "edges > 50", "molecules", "count")["measured"] == 0


def test_thirds_of_the_molecules_at_hand(cells):
    sizes = [of(cells, f"atoms: {name} third", "molecules", "count") for name in THIRDS]
    assert [int(size["measured"]) for size in sizes] == [2, 2, 2]
    assert sizes[1]["note"].startswith("40 to 41 atoms")
    assert of(cells, "rings: middle third", "molecules", "count")["measured"] == 0


def test_all_tested_molecules_count_where_sections_have_some(cells, tmp_path):
    split = tmp_path / "split.csv"
    write_split(split, [*(SplitRow(name, "test", 0, 9, 1) for name in ATOMS),
                        SplitRow("g", "train", 0, 9, 1)])
    data = {"made_up": PaperDataset(split=str(split))}
    of_sections, of_all = (PaperPage(item="table12", title="", caption="", kind=kind)
                           for kind in ("strata", "geometry"))
    settings = PaperReportSettings(size="mini", target="", datasets=data, pages=(of_sections,))
    means = cells[(cells["statistic"] == "mean") & cells["part"].str.startswith("atoms")]
    assert count_tested(settings, of_sections, means, "made_up") == 6
    assert count_tested(settings, of_all, means, "made_up") == 3
    alone = settings.model_copy(update={"datasets": {}})
    assert count_tested(alone, of_sections, means, "made_up") == 3


def test_lines_of_a_section_stand_together_and_empty_ones_are_named(cells):
    view = table_views(cells)[0]
    assert view["together"] and not view["parts"]
    heads = [(line["part"], line["row"]) for line in view["lines"]]
    assert heads[:4] == [("atoms < 40", "geodiff"), ("atoms < 40", "msgen2"),
                         ("atoms > 40", "geodiff"), ("atoms > 40", "msgen2")]
    alone = table_views(cells[cells["row"] == "msgen2"])[0]
    assert alone["parts"] and not alone["together"] and not alone["empty"]
    nothing = cells[(cells["part"] == "atoms < 40")
                    | (cells["part"] == "edges > 50") & (cells["paper"] == "")]
    assert "edges > 50" not in view["empty"]  # the paper has values of it
    assert table_views(nothing)[0]["empty"] == ["edges > 50"]
