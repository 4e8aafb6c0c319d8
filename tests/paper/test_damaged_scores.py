"""Score files that are cut short, and rows that name what the paper does not have."""

import math
import re

import pytest
from made_up_companion import spread
from made_up_item import item, made, made_files, row, score_file

from pipeline_src.paper.learned import lost, lost_words
from pipeline_src.run.errors import InputError

LOST = dict.fromkeys((True, False))


@pytest.fixture
def folder(tmp_path):
    """Two seeds of a chain and of its baseline."""
    for chain in ("geodiff", "geodiff-msgen2"):
        for seed in (1, 2):
            score_file(tmp_path / f"{chain}/seed{seed}/scores.csv", spread(0.0))
    return tmp_path


def table(folder, **more):
    return item((row(folder, "geodiff-msgen2", "geodiff", seeds=(1, 2), **more),))


@pytest.mark.parametrize("chain", ["geodiff", "geodiff-msgen2"])
def test_a_file_without_some_of_the_molecules_is_refused(folder, chain):
    made(table(folder))
    path = folder / chain / "seed2/scores.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("m07,")))
    with pytest.raises(InputError, match="seed 2: got '39 molecules', expected the 40 .*has m07"):
        made(table(folder))


def test_a_file_that_ends_within_a_line_is_refused(folder):
    path = folder / "geodiff-msgen2/seed1/scores.csv"
    text = path.read_text()
    cut = text[:text.index("ok") + 1]
    path.write_text(cut)
    with pytest.raises(InputError, match=f"{re.escape(str(path))}: status.*ok or failed"):
        made(table(folder))


def test_infinity_is_refused_with_its_file(folder):
    path = folder / "geodiff-msgen2/seed1/scores.csv"
    near = next(iter(spread(0.0).values()))[True][1]
    path.write_text(path.read_text().replace(f",{near},", ",inf,", 1))
    with pytest.raises(InputError, match=f"{re.escape(str(path))}: mat_r: got 'infinity'"):
        made(table(folder))


@pytest.mark.parametrize("more, words", [
    ({"model": "GeoDif"}, "row 'geodiff-msgen2': paper: got 'GeoDif', .*Did you mean 'GeoDiff'"),
    ({"model": "GeoDiff", "where": {"part": "x"}}, "paper_part: got 'x', expected one of")])
def test_a_row_that_the_paper_does_not_have_is_refused(folder, more, words):
    with pytest.raises(InputError, match=words):
        made(table(folder, **more))


def test_a_chain_without_any_usable_sample_is_lost(folder):
    score_file(folder / "geodiff/seed1/scores.csv", dict.fromkeys(spread(0.0), LOST))
    cells = made_files(item((row(folder, "geodiff"), row(folder, "geodiff-msgen2"))), folder / "o")
    found = lost(cells)
    assert list(found) == ["geodiff"] and math.isnan(found["geodiff"])
    assert lost_words(found["geodiff"]) == "samples lost (none is usable)"
