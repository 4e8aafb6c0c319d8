"""The first screen and the line under each caption: what was done, and the results in one table."""

import re
from pathlib import Path

import pytest
from made_up_companion import spread
from made_up_item import PAPER, item, made, made_files, row, score_file

from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.make_paper_report import make_paper_report
from pipeline_src.paper.disagreements import disagreements
from pipeline_src.paper.done import done
from pipeline_src.paper.dots import draw_panels
from pipeline_src.paper.facts import delta_words, walks
from pipeline_src.paper.views import table_views
from pipeline_src.paper.words import by_words, items_listed
from pipeline_src.run.settings.paper_report import PaperDataset, PaperPage, PaperReportSettings
from pipeline_src.run.settings.paper_table import PaperStage

SPLIT = "results/datasets/made_up/split.csv"


def stage(level: str, levels: int | None) -> PaperStage:
    """A trained stage of a table."""
    return PaperStage(name=level, train="made_up", level=level, noise_levels=levels,
                      iterations=700, seeds=(1,), settings="", weights="results/none.pt")


def far(scores: dict) -> dict:
    """The same scores with all distances 40 Å longer and nothing covered."""
    return {molecule: {mode: (0.0, mat + 40, 0.0, near + 40)
                       for mode, (_, mat, _, near) in modes.items()}
            for molecule, modes in scores.items()}


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    """The companion of a table in which a chain helps and of one the samples are lost."""
    folder = tmp_path_factory.mktemp("screen")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        files = folder / "files"
        for chain, scores in {"rdkit": spread(0.3), "geodiff": spread(0.0, 0.0),
                              "geodiff-msgen2": spread(0.1), "ebd": far(spread(0.0))}.items():
            score_file(files / chain / "seed1/scores.csv", scores)
        settings = item((
            row(files, "geodiff-msgen2", baseline="geodiff", label="Two", note="Its own noise.",
                stages=("h", "a"), visited=(20, 10), elements=("h", "a")),
            row(files, "geodiff", label="One", stages=("a",), visited=(10,), elements=("a",)),
            row(files, "ebd", label="EBD", stages=("c",), visited=(25,), elements=("c",)),
            row(files, "rdkit", label="RDKit", elements=("r",))),
            title="Two stages", samples="2 per reference conformer",
            stages={"h": stage("heavy", 20), "a": stage("all", 20), "c": stage("all", None)})
        made_files(settings, Path("results/paper/mini"))
        Path(SPLIT).parent.mkdir(parents=True)
        write_split(Path(SPLIT), [  # ids may be SMILES
            *(SplitRow(f"C#C{k}", "train", 0, 9, 1) for k in range(30)),
            *(SplitRow(f"m{k:02d}", "test", 0, 5 + k % 3, 1) for k in range(40))])
        report = PaperReportSettings(
            size="mini", description="Made up", target="paper_mini", notes=("Only a test.",),
            datasets={"made_up": PaperDataset(description="no molecules", geometry="PM7",
                                              split=SPLIT)},
            pages=(PaperPage.of(settings), PaperPage(item="validity", title="Validity",
                                                     caption="", kind="validity")))
        make_paper_report(report, PAPER, Path("results/paper/mini/index.html"))
        html = Path("results/paper/mini/index.html").read_text(encoding="utf-8")
    return re.sub(r"<svg.*?</svg>", "", html, flags=re.S)


def words(html: str, start: str, end: str) -> str:
    """Text between two marks."""
    part = html[html.index(start):]
    return " ".join(re.sub(r"<[^>]+>", " ", part[:part.index(end)]).split())


def test_what_was_done_stands_in_front(page):
    text = words(page, "What was done", "</div>")
    assert "mini: Made up. Only a test." in text and "700 steps a stage" in text
    assert ("Table 2: trained on 30 molecules of made_up, tested on 40 others of it (no molecule "
            "is in both); references: 5 to 7 conformers a molecule by PM7 (the set: no molecules); "
            "δ 1.25 Å.") in text
    assert "1. One training of each chain." in text
    assert "not measured at this size." in text  # soundness and strain


def test_results_are_in_one_table_with_marks_where_decided(page):
    table = page[page.index("The results in one table"):page.index("COV: share of the reference")]
    rows = [words(line, ">", "</tr>") for line in table.split("<tr")[2:]]
    assert [line.lstrip("> ").split()[0] for line in rows] == ["RDKit", "One", "Two", "EBD"]
    assert "heavy atoms, then all atoms" in rows[2] and rows[2].count("▲ better") == 4
    assert "▲" not in rows[0] + rows[1] + rows[3] and "samples lost (MAT-R 40." in rows[3]
    assert "Its own noise." in words(page, "COV: share of the reference", "</section>")


def test_a_line_under_the_caption_says_what_was_run(page):
    text = words(page, "<b>This run:</b>", "</p>")
    assert "20 noise levels and then 10 steps over 20 noise levels for Two" in text
    assert "25 steps in continuous time a stage for EBD" in text
    assert "seed 1; samples: 2 per reference conformer; δ 1.25 Å." in text
    assert "RDKit" not in text


def test_what_is_said_of_names_is_said_once():
    assert by_words({"A": "x", "B": "x"}) == "x" and by_words({}) == ""
    assert by_words({"A": "x", "B": "y"}) == "y for B; x for A"
    assert by_words({"A, b": "x", "B": "y", "C": "y"}) == "x for “A, b”; y for the others"
    assert items_listed(["table1", "table2", "figure4"]) == "Tables 1 and 2, Figure 4"


def test_seeds_are_named_by_row_where_they_differ(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = tmp_path / "files"
    for place in ("a/seed1", "a/seed2", "b/seed1"):
        score_file(files / place / "scores.csv", spread(0.0))
    settings = item((row(files, "a", seeds=(1, 2), stages=("s",)),
                     row(files, "b", stages=("s",))), stages={"s": stage("all", 20)})
    report = PaperReportSettings(size="mini", description="", target="paper_mini",
                                 pages=(PaperPage.of(settings),))
    said = dict(done(report, {"table2": made(settings)}, {}))["Seeds"]
    assert said == ("1 for b; 1, 2 for a. Each seed is a training of its own; scores are means "
                    "over them.")


def test_seeds_of_a_table_without_means_are_named(tmp_path):
    score_file(tmp_path / "a/seed1/scores.csv", spread(0.0))
    score_file(tmp_path / "a/seed2/scores.csv", spread(0.0))
    scored = item((row(tmp_path, "a"),))
    drawn = item((row(tmp_path, "a", seeds=(1, 2)),), item="figure5", kind="renderings")
    report = PaperReportSettings(size="mini", description="", target="paper_mini", pages=(
        PaperPage.of(scored), PaperPage.of(drawn)))
    cells = {"table2": made(scored), "figure5": made(scored).assign(seeds="1 2")}
    said = dict(done(report, cells, {}))
    assert said["Data"].startswith("Table 2, Figure 5: trained on ")
    assert said["Seeds"].startswith(
        "1 for Table 2; 1, 2 for Figure 5. Each seed is a training")


def test_rows_name_their_steps_where_these_differ(tmp_path):
    score_file(tmp_path / "a/seed1/scores.csv", spread(0.0))
    score_file(tmp_path / "b/seed1/scores.csv", spread(0.0))
    for steps, asides in (((4000,), [["2,000 + 500 steps"], ["4,000 steps"]]),
                          ((2500,), [[], []])):
        table = item((row(tmp_path, "a", visited=(2000, 500)), row(tmp_path, "b", visited=steps)))
        lines = table_views(made(table), walks(PaperPage.of(table)))[0]["lines"]
        assert [line["asides"] for line in lines] == asides


def test_places_of_the_paper_are_named():
    lines = disagreements(PAPER, "table3") + disagreements(PAPER, "table12")
    assert any("Section 5.2" in line and "Our remark: the claim is true of" in line
               for line in lines)
    assert not any("()" in line or " D (" in line for line in lines)


def test_values_beyond_the_axis_stand_at_its_edge(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = tmp_path / "files"
    score_file(files / "ebd/seed1/scores.csv", far(spread(0.0)))
    score_file(files / "geodiff/seed1/scores.csv", spread(0.0))
    cells = made_files(item((row(files, "ebd"), row(files, "geodiff", delta_angstrom=1.25))),
                       Path("results"))
    data = draw_panels(cells, ["ebd", "geodiff"], tmp_path / "figure.svg")
    assert max(line["value"] for line in data if line["metric"] == "mat_r") > 40  # not clipped
    assert "samples lost" in (tmp_path / "figure.svg").read_text(encoding="utf-8")


def test_rows_name_their_threshold_where_these_differ(tmp_path):
    score_file(tmp_path / "a/seed1/scores.csv", spread(0.0))
    score_file(tmp_path / "b/seed1/scores.csv", far(spread(0.0)), delta=0.75)
    cells = made(item((row(tmp_path, "a"), row(tmp_path, "b", delta_angstrom=0.75))))
    first, second = table_views(cells)[0]["lines"]
    assert first["asides"] == ["δ 1.25 Å"]
    assert second["asides"][0] == "δ 0.75 Å" and second["asides"][1].startswith("samples lost")
    assert delta_words(cells) == "0.75 Å for b; 1.25 Å for a"
    alike = table_views(cells[cells["row"] == "a"])
    assert [line["asides"] for line in alike[0]["lines"]] == [[]]


def test_a_table_that_plain_rmsd_does_not_change_stands_once(tmp_path):
    same = {name: {mode: modes[True] for mode in modes} for name, modes in spread(0.0).items()}
    score_file(tmp_path / "a/seed1/scores.csv", same)
    score_file(tmp_path / "b/seed1/scores.csv", spread(0.0))
    once = table_views(made(item((row(tmp_path, "a"),))))
    twice = table_views(made(item((row(tmp_path, "b"),))))
    assert len(once) == 1 and once[0]["same_in_both"]
    assert len(twice) == 2 and not twice[0]["same_in_both"]
