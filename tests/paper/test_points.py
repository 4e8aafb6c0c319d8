"""What stands with the answer on the first page."""

from dataclasses import replace

import pytest
from made_up_claim import claim
from made_up_companion import spread
from made_up_item import item, made, row, score_file

from pipeline_src.paper.chemistry import chemistry
from pipeline_src.paper.comparison import Comparison, comparisons
from pipeline_src.paper.outvoted import outvoted
from pipeline_src.paper.points import in_one_stage, orientation
from pipeline_src.run.settings.paper_report import PaperPage, PaperReportSettings

DECIDED = {"low": 1.0, "p_holm": 0.01}
BETTER, UNDECIDED = Comparison((claim(**DECIDED),)), Comparison((claim(),))


def line(name: str, stages: tuple[str, ...], near: str, far: str = "2.00",
         data: tuple[str, str] = ("d", "d"), compared: bool = False) -> dict:
    """A line of the table of results."""
    cells = [{"metric": metric, "value": value} for metric, value in (
        ("cov_r", "99.0"), ("mat_r", near), ("mat_p", far))]
    return {"row": name, "stages": ", then ".join(stages), "n_stages": len(stages),
            "group": ("b", *data), "cells": cells, "compared": compared}


def test_the_best_distances_with_a_network_stand_beside_those_without():
    lines = [line("RDKit", (), "0.80", "1.15"), line("MMFF", (), "0.74", "1.03"),
             line("One", ("all",), "1.23", "1.76"), line("Two", ("heavy", "all"), "1.20", "")]
    text = orientation({"lines": lines, "from": "Table 2"})
    assert ("RDKit reaches MAT-R 0.80 Å and MAT-P 1.15 Å and MMFF reaches MAT-R 0.74") in text
    assert text.endswith("at best MAT-R 1.20 A and MAT-P 1.76 A.".replace(" A", " Å"))
    more = [*lines, line("Else", ("all",), "0.10", "0.10", ("another", "d"))]
    assert orientation({"from": "Table 2", "lines": more}) == ""
    assert orientation({"lines": lines[:2], "from": ""}) == "" and orientation(None) == ""


def test_other_settings_of_one_stage_that_do_more_are_named():
    won = Comparison((claim(**DECIDED), claim(metric="mat_r", value=1.5)))
    other = line("Own settings", ("all",), "1.35", compared=True)
    assert in_one_stage([won], {"lines": [other]}) == (
        "Own settings (one stage) is closer still: MAT-R 1.35 Å (A 1.50 Å).")
    for lines in ([], [line("Far", ("all",), "1.60", compared=True)],
                  [line("B", ("all",), "1.35")],  # the baseline itself
                  [line("Two", ("heavy", "all"), "1.35", compared=True)],
                  [line("Else", ("all",), "1.35", data=("e", "d"), compared=True)]):
        assert in_one_stage([won], {"lines": lines}) == ""
    assert in_one_stage([UNDECIDED], {"lines": [other]}) == in_one_stage([won], None) == ""


def test_chemistry_counts_checks_and_relaxed_scores_apart():
    drawn, relaxed = claim(**DECIDED), claim(metric="cov_r_mmff", **DECIDED)
    clashes = claim(metric="clashes", **DECIDED)  # more of them: worse
    clashes = replace(clashes, better=clashes.worse, worse=clashes.better)
    strain = claim(metric="strain_mmff")
    one = Comparison((drawn, clashes, strain, claim(metric="cov_r_mmff")))
    text = chemistry([UNDECIDED], [one])
    assert text.startswith("As chemistry (Validity: soundness, stereo, clashes, strain), of 1 "
                           "comparison of several stages with one")
    assert text.endswith("Worse in 1: A (1 of 2). After a short relaxation no difference in "
                         "coverage or matching is decided.")
    assert "None is decided. After a short relaxation, 1 better and 0 worse of 1 " \
        "difference in coverage" in chemistry([UNDECIDED], [Comparison((strain, relaxed))])
    other = Comparison((claim(metric="clashes", chain="c"),))
    assert chemistry([UNDECIDED], [other]) == chemistry([UNDECIDED], [BETTER]) == ""
    assert chemistry([UNDECIDED], []) == ""


@pytest.mark.parametrize(("visited", "said"), [((9,), 1), ((5,), 0)])
def test_what_one_training_said_and_more_did_not_is_named(tmp_path, visited, said):
    shifts = {"1": 0.1, "2": -0.3, "3": 0.05}
    for seed, shift in shifts.items():
        score_file(tmp_path / f"b/seed{seed}/scores.csv", spread(0.0))
        score_file(tmp_path / f"b-two/seed{seed}/scores.csv", spread(shift))
    one, all_ = (item((row(tmp_path, "b-two", baseline="b", label="Two", seeds=seeds,
                           visited=steps),), item=name)
                 for name, seeds, steps in (("table17", (1,), visited),
                                            ("table2", (1, 2, 3), (9,))))
    settings = PaperReportSettings(size="mini", target="paper_mini", pages=tuple(
        PaperPage.of(table) for table in (one, all_)))
    tables = {"table17": made(one), "table2": made(all_)}
    found = comparisons(tables, {}, ("table2",))
    lines = outvoted(settings, tables, found)
    assert len(lines) == said
    for text in lines:
        assert text == ("So much can hang on the trainings: Two against b is better in all 4 "
                        "scores by one training (Table 17), and undecided in all 4 scores by three "
                        "trainings (Table 2).")
    assert outvoted(settings, {"table2": tables["table2"]}, found) == []
