"""The answer in front: runs in which the hierarchy helps, hurts, is undecided, or is missing."""

import re

import pytest
from made_up_companion import companion, main_table

from pipeline_src.paper.answer import Comparison, compute


def answer(folder, monkeypatch, **options) -> str:
    """Text of the first page, without marks."""
    monkeypatch.chdir(folder)
    main_table(folder / "files", **options)
    html = companion(folder)
    section = html[html.index('<section id="answer">'):html.index('<section id="words">')]
    return " ".join(re.sub(r"<[^>]+>", " ", section).split())


def test_it_helps(tmp_path, monkeypatch):
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.1})
    assert ("Yes: of 1 comparison, the hierarchy helped in 1. None was at equal compute: the "
            "chains took 2.0 times the CPU time of training and 2.0 times the CPU time of sampling "
            "that their baselines took.") in text
    assert "MAT-R lower by 0.1" in text and "p &lt; 0.001" in text
    assert "4 better of 4 scores" in text
    assert "Not at equal compute: the chain took 2.0 times the CPU time of training" in text
    assert "better for 40, worse for 0 of 40 molecules" in text


def test_it_hurts(tmp_path, monkeypatch):
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": -0.1}, costs=1.0)
    assert "No: of 1 comparison, the hierarchy hurt in 1." in text
    assert "MAT-R higher by 0.1" in text and "4 worse of 4 scores" in text
    assert "Equal compute: the chain took about the CPU time of training" in text
    assert "Where the compute was not equal" not in text
    assert "took equal compute, in training and in sampling" in text


def test_it_cannot_be_told(tmp_path, monkeypatch):
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.0}, scatter=0.1)
    assert "It cannot be told here" in text and "Undecided does not mean equal" in text
    assert "differences smaller than about" in text


def test_unknown_costs_are_no_equal_compute():
    one = Comparison((), training=1.0)
    assert "Not known to be at equal compute: the chain took about the CPU time" in one.compute
    assert compute([Comparison(())]) == "Whether they were at equal compute is not known."
    text = compute([one, Comparison((), 2.0, 1.5), Comparison((), 1.1, 0.9)])
    assert text.startswith("1 of 3 were at equal compute: the other chains took 1.0 to 2.0 times")


def test_too_few_molecules_to_tell_anything_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr("made_up_companion.MOLECULES", 5)
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.1})
    assert "None could be told: with 5 molecules no corrected p is below 0.062." in text


def test_backbones_are_told_apart(tmp_path, monkeypatch):
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.1, "ebd-msgen2": -0.1})
    assert "In part: of 2 comparisons, the hierarchy helped in 1 and hurt in 1." in text
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
    assert html.count("Not run") >= 3 and "snakemake --cores 2 table5_mini" in html


def test_what_two_tables_share_counts_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main_table(tmp_path / "files", {"geodiff-msgen2": 0.1}, name="table5")
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.1})
    assert "of 1 comparison" in text


def test_one_seed_and_the_size_are_named_as_limits(tmp_path, monkeypatch):
    text = answer(tmp_path, monkeypatch, shifts={"geodiff-msgen2": 0.1})
    assert "One training of each chain" in text and "this is size mini" in text


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        main_table(folder / "files", {"geodiff-msgen2": 0.1, "ebd-msgen2": -0.02})
        return companion(folder)


def test_every_item_has_its_page(page):
    for item in ("table2", "table5", "figure4", "table7"):
        assert f'<section id="{item}"' in page and f'href="#{item}"' in page
    assert "Not part of size" in page


def test_paper_and_measured_stand_in_columns_of_their_own(page):
    section = page[page.index('<section id="table2"'):page.index('<section id="table5"')]
    assert section.count(">measured</th>") == section.count(">paper</th>") == 8  # two modes
    assert "0.8686" in section and "not measured here" in section
    assert 'href="table2.csv"' in section and "snakemake --cores 2 table2_mini" in section


def test_nothing_is_fetched_and_names_are_escaped(page):
    assert not re.search(r'(src|href)="(https?:)?//', page) and "@import" not in page
    assert "GEODIFF-MSGEN2 <b>" not in page and "GEODIFF-MSGEN2 &lt;b&gt;" in page


def test_words_are_explained(page):
    for word in ("COV-R", "MAT-R", "Stage, chain", "Symmetrised", "Holm"):
        assert word in page
