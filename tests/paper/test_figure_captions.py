"""Captions say what the marks of their own figure stand for, and nothing of another's."""

from pathlib import Path

import pytest
from made_up_companion import companion, main_table, spread
from made_up_item import item, made_files, property_file, row, score_file
from made_up_jobs import ran
from made_up_molecules import molecules_file

from pipeline_src.paper.kinds import ITEMS, KINDS, caption_of
from pipeline_src.run.settings.paper_table import PaperStratum
from pipeline_src.run.settings.report import ChainCost

BLUE, LINES = "Blue: symmetrised RMSD; grey: plain.", "Lines are 95 % intervals"
EDGE = "stand at the edge"


@pytest.fixture
def folder(tmp_path):
    """Scores of a chain that is better, of its baseline, and of one whose samples are lost."""
    for chain, scores in {"geodiff": spread(0.0, 0.0), "msgen2": spread(0.1), "ebd": {
            name: {mode: (0.0, 40.0, 0.0, 40.0) for mode in modes}
            for name, modes in spread(0.0).items()}}.items():
        score_file(tmp_path / chain / "seed1/scores.csv", scores)
    molecules_file(tmp_path / "molecules.csv", {name: {} for name in spread(0.0)})
    return tmp_path


def caption(rows, folder: Path, **more) -> str:
    settings = item(tuple(rows), **more)
    made_files(settings, folder / "out")
    return caption_of(settings, folder / f"out/{settings.item}-figure.csv")


@pytest.mark.parametrize("module", [*KINDS.values(), *ITEMS.values()], ids=lambda m: m.__name__)
def test_every_kind_has_a_caption(module):
    assert callable(module.caption)


def test_dots(folder):
    near = caption([row(folder, "geodiff")], folder)
    assert BLUE in near and LINES in near and EDGE not in near and "diamonds" not in near
    far = caption([row(folder, "geodiff"), row(folder, "ebd")], folder)
    assert EDGE in far and "edge: plain means above 5 Å" in far
    assert "edge: plain" not in near
    assert "Open diamonds: printed" in caption([row(folder, "g", model="GeoDiff", label="A",
                                                    **{"scores": ()})], folder)


def test_dots_without_an_rmsd(tmp_path):
    property_file(tmp_path / "geodiff/seed1/scores.csv", {"a": 0.1, "b": 0.2})
    text = caption([row(tmp_path, "geodiff", kind="properties")], tmp_path, item="table3",
                   kind="properties")
    assert LINES in text and "RMSD" not in text


def test_bars_of_molecules_that_got_worse(folder):
    text = caption([row(folder, "msgen2", "geodiff", label="all", model="Total",
                        molecules=str(folder / "molecules.csv"))], folder, item="table10",
                   kind="failures")
    assert "green: better" in text and "0.1 Å, orange: worse by more. Symmetrised RMSD." in text
    assert "Blue" not in text and LINES not in text


def test_colours_of_rows_and_chains(folder):
    rows = [row(folder, name, molecules=str(folder / "molecules.csv"), cost=ChainCost(
        chain=name, dataset="made_up", sampler="own",
        sampling=(ran(folder, "sample_stage", name, 9.0),))) for name in ("geodiff", "ebd")]
    strata = caption(rows, folder, item="table12", kind="strata",
                     strata=(PaperStratum(name="all", by="atoms"),))
    times = caption(rows, folder, item="figure3", kind="time", values_of="table13")
    assert "for each row of the table" in strata and "for each chain" in times
    for text in (strata, times):
        assert LINES in text and "Symmetrised RMSD." in text
        assert "Blue" not in text and EDGE not in text  # neither clips


def test_shares_of_the_first_stage(folder):
    rows = [row(folder, "ebd", visited=(300, 700)), row(folder, "geodiff", visited=(500, 500))]
    text = caption(rows, folder, item="table16", kind="allocation")
    assert BLUE in text and "bands are 95 %" in text and EDGE not in text
    alone = [one.model_copy(update={"visited": (1000,)}) for one in rows]
    assert EDGE in caption(alone, folder, item="table16", kind="allocation")  # drawn as dots


def test_the_page_shows_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main_table(tmp_path / "scores", {"geodiff-msgen2": 0.1})
    html = companion(tmp_path, ("table2",), ())
    text = html[html.index("<figcaption>"):html.index("</figcaption>")]
    assert BLUE in text and EDGE not in text and "Its data" in text
