"""The answer in front: runs in which the hierarchy helps, hurts, is undecided, or is missing."""

import json
import math
import re
from pathlib import Path

import pytest
from made_up_claim import claim
from made_up_companion import companion, main_table

from pipeline_src.paper.answer import headline
from pipeline_src.paper.cells import read_cells
from pipeline_src.paper.claims import BLANK, OPEN
from pipeline_src.paper.comparison import Comparison, comparisons
from pipeline_src.paper.limits import certainty, limits
from pipeline_src.paper.points import compute, equal_steps, oracle, variants, which

FILES = Path("results/paper/mini")


def answer(folder, monkeypatch, **options) -> str:
    """Text of the first page, without marks."""
    monkeypatch.chdir(folder)
    main_table(folder / "files", **options)
    html = companion(folder)
    section = html[html.index('<section id="answer">'):html.index('<section id="words">')]
    return " ".join(re.sub(r"<[^>]+>", " ", section).split())


def test_it_helps(tmp_path, monkeypatch):
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.1}, costs=3.0)
    assert ("Yes: of 1 comparison, the hierarchy helped in 1, for this one training of each "
            "chain. Decided: ") in text
    assert ("better in all 4 scores. Compute: none was at equal cost. The chains took 3.0 times "
            "the CPU time of training and 3.0 times the CPU time of sampling that their baselines "
            "took.") in text
    assert "MAT-R lower by 0.1" in text and "p &lt; 0.001 for this one training" in text
    assert "better in all 4 scores" in text
    assert "Not at equal compute: the chain took 3.0 times the CPU time of training" in text
    assert "better for 40, worse for 0 of 40 molecules" in text


def test_it_hurts(tmp_path, monkeypatch):
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": -0.1}, costs=1.0)
    assert "No: of 1 comparison, the hierarchy hurt in 1, for this one training" in text
    assert "MAT-R higher by 0.1" in text and "worse in all 4 scores" in text
    assert ("Equal compute as far as CPU time tells: the chain took about the CPU time of training "
            "and 1.0 times the CPU time of sampling (equal jobs varied by a factor of up to 2)"
            ) in text
    assert "Where the compute was not equal" not in text
    assert "took about equal CPU time, in training and in sampling" in text


def test_it_cannot_be_told(tmp_path, monkeypatch):
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.0}, scatter=0.1)
    assert "Undecided: no score of several stages differs from that of one" in text
    assert "explain, in the one comparison." in text
    assert "Undecided does not mean equal. The intervals reach about so far" in text
    assert "made no difference" not in text and ", undecided" in text


def test_unknown_costs_are_no_equal_compute():
    one = Comparison((), training=1.0)
    assert "Not known to be at equal compute: the chain took about the CPU time" in one.compute
    assert compute([Comparison(())]) == "Whether they were at equal compute is not known."
    text = compute([one, Comparison((), 2.0, 1.5), Comparison((), 1.1, 0.9)])
    assert text.startswith("Compute: 1 of 3 are known to have been at equal cost. The other chains "
                           "took 1.0 to 2.0 times")
    text = compute([Comparison((), 2.0, 1.5), Comparison((), 1.1, 0.9)])
    assert text.startswith("Compute: 1 of 2 were at equal cost")


def test_sampling_that_differs_as_equal_jobs_do_is_not_called_equal_or_unequal():
    near, far = (Comparison((claim(),), 1.0, ratio) for ratio in (1.9, 2.1))
    assert not near.equal and not near.unequal and far.unequal
    assert near.compute.startswith("Not known to be at equal compute: the chain took about the CPU "
                                   "time of training and 1.9 times the CPU time of sampling (equal")
    assert "varied" not in far.compute and far.compute.startswith("Not at equal compute")
    assert compute([near]).startswith("Compute: none is known to have been at equal cost")
    assert "took up to 2 times as long" in " ".join(limits([near], "mini"))


def test_the_compute_of_a_gpu_is_told_by_the_clock(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main_table(tmp_path / "files", {"geodiff-msgen2": 0.1})
    cells, record = read_cells(FILES / "table2.csv"), json.loads(
        (FILES / "table2-run.json").read_text(encoding="utf-8"))
    host, = comparisons({"table2": cells}, {"table2": record})
    card, = comparisons({"table2": cells}, {"table2": {**record, "clock": "wall-clock"}})
    assert host.clock == "CPU" and card.clock == "wall-clock" and host.training == 2.0
    assert "2.0 times the wall-clock time of training" in card.compute
    assert "CPU" not in card.compute + compute([card]) and "CPU time of" in compute([host])
    assert "the time is that of the clock" in " ".join(limits([card], "mini"))
    assert "the time is that of the clock" not in " ".join(limits([host], "mini"))


def test_too_few_molecules_to_tell_anything_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr("made_up_companion.MOLECULES", 5)
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.1})
    assert "So few molecules could not decide it." in text
    assert "with 5 molecules no corrected p is below 0.062." in text
    assert "The intervals reach" not in text  # none of these differences could be decided


def test_backbones_are_told_apart(tmp_path, monkeypatch):
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.1, "ebd-msgen2": -0.1})
    assert "In part: of 2 comparisons, the hierarchy helped in 1 and hurt in 1, for" in text
    assert "Backbone GEODIFF, tested on made_up" in text
    assert "Backbone EBD, tested on made_up" in text


def test_without_baselines_it_is_not_answered(tmp_path, monkeypatch):
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.1}, baseline=False)
    assert "Not answered" in text and "Nothing was compared" not in text
    assert "Nothing about the paper" in text


def test_without_tables_it_is_not_answered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    html = companion(tmp_path)
    assert "Not answered" in html
    assert html.count("Not run") >= 3 and "What was done" in html
    assert "snakemake --cores 2 table5_mini" in html


def test_what_two_tables_share_counts_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main_table(tmp_path / "files", {"geodiff-msgen2": 0.1}, name="table5")
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.1})
    assert "of 1 comparison" in text


def test_one_seed_and_the_size_are_named_as_limits(tmp_path, monkeypatch):
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.1})
    assert "One training of each chain: intervals and p are over molecules, given this" in text
    assert "this is size mini" in text


def test_the_reservation_about_trainings_is_there_however_many_there_were():
    def said(*counts):
        seeds = [tuple("123456"[:count]) for count in counts]
        return " ".join(limits([Comparison(tuple(claim(seeds=s) for s in seeds))], "mini"))

    assert "Three trainings of each chain: intervals and p are over molecules" in said(3)
    assert "One or three trainings of each chain" in said(3, 1) and "only if each" in said(3)
    assert "One training of each chain" in said(1) and "only if each" not in said(1)
    assert "6 trainings of each chain" in said(6)
    assert "training" not in " ".join(limits([], "paper"))


def test_rows_that_the_paper_does_not_have_are_counted_apart():
    better = claim(low=1.0, p_holm=0.01)
    own, open_ = Comparison((better,), variant=True), Comparison((claim(),))
    assert headline([open_, own, own]).startswith("Undecided: ")
    assert variants([open_, own, own]) == (
        "2 variants that the paper's tables do not have are not counted above: the hierarchy "
        "helped in 2.")
    assert which([open_]) == "" and which([open_, own]) == (
        "Decided: A against B, better in 1 of 1 score.")
    assert variants([open_]) == "" and headline([own]).startswith("Not answered")
    assert "A (not a row of the paper's Table 2) against B: better in 1 of 1" in own.sentence
    assert "Of 1 differences 0 are better" in certainty([open_, own])


def test_rows_without_a_value_of_the_paper_are_variants(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main_table(tmp_path / "files", {"geodiff-msgen2": 0.1, "ebd-msgen2": 0.1})
    cells = read_cells(FILES / "table2.csv")
    cells.loc[cells["chain"] == "ebd-msgen2", "paper"] = ""
    assert [found.variant for found in comparisons({"table2": cells}, {})] == [False, True]
    assert not any(found.variant for found in comparisons(
        {"table2": cells.assign(paper="")}, {}))  # a table of ours alone has none


def test_as_many_steps_in_all_are_in_the_answer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main_table(tmp_path / "files", {"geodiff-msgen2": -0.1})
    for path in list(FILES.glob("table2*")):
        path.rename(path.with_name(path.name.replace("table2", "table13")))
    main_table(tmp_path / "files", {"geodiff-msgen2": 0.1})
    html = companion(tmp_path, ("table2", "table13"))
    line = html[html.index('<p class="headline">'):html.index("<details>")]
    assert ("With as many denoising steps in all its stages as the one stage takes (Table 13): of "
            "1 comparison, it hurt in 1, for this one training of each chain.") in line
    assert "With as many denoising steps in all, shared by the stages" in html
    assert equal_steps([]) == "" and oracle([]) == ""
    better = claim(low=1.0, p_holm=0.01)
    both = [Comparison((claim(),)), Comparison((better, claim()), variant=True)]
    assert ("of 1 comparison, it is undecided. Where models of more noise levels take fewer "
            "steps (sub-sampled): of 1 comparison, it helped in 1. 1 of 2 "
            "differences in scores is decided."
            ) in equal_steps(both)
    assert "has when it generates, undecided in 1 of 1 score, against no guide" in oracle(both)
    assert "of 2 comparisons, it is undecided in all." in equal_steps([Comparison((claim(),))] * 2)


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        main_table(folder / "files", {"geodiff-msgen2": 0.1, "ebd-msgen2": -0.02})
        return companion(folder)


def test_every_item_has_its_page(page):
    for item in ("table2", "table5", "figure4"):
        assert f'<section id="{item}"' in page and f'href="#{item}"' in page
    assert page.count("Not part of size") == 1 and '<li id="table7">Table 7' in page


def test_paper_and_measured_stand_in_columns_of_their_own(page):
    section = page[page.index('<section id="table2"'):page.index('<section id="table5"')]
    assert section.count(">measured</th>") == section.count(">paper</th>") == 8  # two modes
    assert section.count("<h3>") == 1  # of the notes; the comparisons are folded up
    assert "0.8686" in section and "not measured here" in section
    assert 'href="table2.csv"' in section and "snakemake --cores 2 table2_mini" in section


def test_nothing_is_fetched_and_names_are_escaped(page):
    assert not re.search(r'(src|href)="(https?:)?//', page) and "@import" not in page
    assert "GEODIFF-MSGEN2 <b>" not in page and "GEODIFF-MSGEN2 &lt;b&gt;" in page


def test_words_are_explained(page):
    for word in ("COV-R", "MAT-R", "Stage, chain", "Symmetrised", "Holm"):
        assert word in page


def test_both_at_none_or_at_all_is_not_informative():
    none = {"difference": 0.0, "low": 0.0, "high": 0.0, "better": 0, "worse": 0}
    for value in (0.0, 100.0):
        blank = claim(value=value, **none)
        assert blank.state == BLANK
        assert blank.words == f"COV-R both {value:.0f} %: not informative"
    assert claim(value=50.0, **none).state == OPEN
    nothing = claim(difference=math.nan, low=math.nan, high=math.nan, p_holm=math.nan)
    assert nothing.state == BLANK and "no molecule has it for both" in nothing.words
    large = claim(metric="strain_mmff", difference=26578.44, low=-18411.8, high=3.0).words
    assert "higher by 26,578.4 kcal/mol [\N{MINUS SIGN}18,411.8, +3.0]" in large
    assert claim(metric="mat_r", value=0.0, **none).state == OPEN
    assert claim(value=0.0).state == OPEN  # the baseline has more


def test_what_is_not_informative_is_not_in_the_reach_of_the_intervals():
    blank = claim(value=0.0, difference=0.0, low=0.0, high=0.0, better=0, worse=0)
    text = " ".join(limits([Comparison((claim(), blank, blank))], "mini"))
    assert "6.0 points in COV-R (1)" in text
    assert Comparison((claim(), blank, blank)).outcome == (
        "undecided in 1 of 3 scores, not informative in 2")
    assert "1 undecided and 2 not informative" in certainty([Comparison((claim(), blank, blank))])


def test_comparisons_that_nothing_could_decide_are_named():
    text = " ".join(limits([Comparison((claim(least_p=0.055, tests=7, molecules=8),))], "mini"))
    assert ("A against B: No score could have come out as decided: with 8 molecules and 7 "
            "comparisons in the table no corrected p is below 0.055.") in text


def test_a_baseline_that_failed_to_learn_is_named():
    better = claim(low=1.0, p_holm=0.01)
    one = Comparison((better,), lost=("B: samples lost (MAT-R 40.2 Å)",), baseline_lost=True)
    text = headline([one, Comparison((better,)), Comparison((claim(),))])
    assert text == ("In part: of 3 comparisons, the hierarchy helped in 2; 1 is undecided. 2 of 3 "
                    "differences in scores are decided. In 1 where it helped the "
                    "baseline's samples were lost.")
    assert "B: samples lost (MAT-R 40.2 Å)." in one.sentence
    bare = claim(value=0.0, difference=0.0, low=0.0, high=0.0, better=0, worse=0)
    assert headline([Comparison((better, bare))]).endswith(
        "In 1 where it helped, neither the chain nor its baseline covers any reference "
        "(COV-R 0 %).")
    assert "neither" not in headline([Comparison((claim(), bare)), Comparison((better,))])
    assert "To be better than such a chain says little." in " ".join(limits([one], "mini"))


def test_no_is_said_only_where_all_is_decided():
    worse = Comparison((claim(difference=-5.0, low=-9.0, high=-1.0, p_holm=0.01, better=4, worse=6,
                              seed_low=-6.0, seed_high=-2.0),))
    assert headline([worse]) == "No: of 1 comparison, the hierarchy hurt in 1."
    assert headline([worse, Comparison((claim(),))]) == (
        "Not shown: of 2 comparisons, the hierarchy hurt in 1; 1 is undecided. 1 of 2 differences "
        "in scores is decided.")


def test_energies_are_errors():
    words = claim(metric="e_mean", difference=4.454).words
    assert words.startswith("error of the mean energy higher by 4.454 eV")
