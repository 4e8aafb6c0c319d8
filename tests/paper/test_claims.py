"""When a difference is called better or worse: all have to agree, and each training by itself."""

import math

import pandas as pd
import pytest
from made_up_claim import claim
from made_up_item import item, made, row, score_file, value

from pipeline_src.paper.claims import AS_DRAWN, BETTER, OPEN, WORSE, claims_of, least_p

DECIDED = {"low": 1.0, "p_holm": 0.01}


def scores(mats: dict[str, float]) -> dict:
    """A molecule's MAT in Å, in both modes; its coverage is the same in all."""
    return {name: {mode: (50.0, mat, 40.0, mat) for mode in (True, False)}
            for name, mat in mats.items()}


def against(folder, shifts: tuple[float, ...], molecules: int = 12) -> pd.DataFrame:
    """Cells of a chain whose MAT is longer by a shift for each seed, and a little by molecule."""
    seeds = tuple(range(1, len(shifts) + 1))
    for seed, shift in zip(seeds, shifts, strict=True):
        base = {f"m{k}": 1.0 for k in range(molecules)}
        score_file(folder / f"b/seed{seed}/scores.csv", scores(base))
        score_file(folder / f"a/seed{seed}/scores.csv", scores(
            {name: mat + shift + 0.001 * k for k, (name, mat) in enumerate(base.items())}))
    return made(item((row(folder, "b", seeds=seeds), row(folder, "a", "b", seeds=seeds))))


def of_metric(cells: pd.DataFrame, metric: str):
    return next(one for one in claims_of("table2", cells) if one.metric == metric)


def test_the_ends_of_the_seeds_own_differences_are_cells(tmp_path):
    cells = against(tmp_path, (-0.3, -0.2, 0.1))
    low, high = (value(cells, "a", "mat_r", f"seed_{end}") for end in ("low", "high"))
    assert (low, high) == (pytest.approx(-0.3 + 0.0055), pytest.approx(0.1 + 0.0055))
    assert value(cells, "a", "mat_r", "seed_low", column="unit") == "Å"
    assert "of the 3 seeds' own" in value(cells, "a", "mat_r", "seed_low", column="note")
    assert "seed_sd" not in set(cells["statistic"])


def test_one_seed_has_no_such_cells_and_the_claim_says_so(tmp_path):
    cells = against(tmp_path, (-0.3,))
    assert not cells["statistic"].str.startswith("seed").any()
    found = of_metric(cells, "mat_r")
    assert found.state == BETTER and "p < 0.001 for this one training" in found.words
    assert found.words.endswith("for this one training")


def test_trainings_that_differ_decide_nothing(tmp_path):
    found = of_metric(against(tmp_path, (-0.3, -0.2, 0.1)), "mat_r")
    assert found.p_holm < 0.01 and found.high < 0 and found.better == 12
    assert found.state == OPEN
    assert found.words.endswith(
        "p < 0.001, undecided (trainings differ: \N{MINUS SIGN}0.294 to +0.105)")
    agreed = of_metric(against(tmp_path, (-0.3, -0.2, -0.1)), "mat_r")
    assert agreed.state == BETTER and "training" not in agreed.words


def test_a_training_without_any_difference_is_not_of_the_sign():
    assert claim(**DECIDED).state == BETTER
    assert claim(**DECIDED, seed_low=0.0).state == OPEN
    assert claim(**DECIDED, seed_low=math.nan).state == OPEN
    assert "how far the trainings differ is not known" in claim(**DECIDED,
                                                                seed_low=math.nan).words
    assert "undecided (seeds differ: " in claim(**DECIDED, baseline=AS_DRAWN, seed_low=-1.0).words


def test_a_mean_that_few_lost_molecules_turn_decides_nothing(tmp_path):
    base = {f"m{k:03d}": 1.0 for k in range(200)}
    lost = {name: 40.0 if k < 12 else 0.9 - 0.0001 * k for k, name in enumerate(base)}
    score_file(tmp_path / "b/seed1/scores.csv", scores(base))
    score_file(tmp_path / "a/seed1/scores.csv", scores(lost))
    found = of_metric(made(item((row(tmp_path, "b"), row(tmp_path, "a", "b")))), "mat_r")
    assert (found.better, found.worse) == (188, 12)
    assert found.low > 0 and found.p_holm < 0.001  # the mean is worse, and p is of the many
    assert found.state == OPEN
    assert "the mean and most molecules differ in opposite ways" in found.words


def test_most_molecules_have_to_go_the_way_of_the_mean():
    assert claim(**DECIDED, better=5, worse=5).state == OPEN
    assert "as many molecules are better" in claim(**DECIDED, better=5, worse=5).words
    down = {"difference": -5.0, "low": -9.0, "high": -1.0, "p_holm": 0.01, "seed_low": -6.0,
            "seed_high": -4.0}
    assert claim(**down).state == OPEN  # COV is lower, but most molecules are better
    assert claim(**down, better=4, worse=6).state == WORSE
    assert claim(**down, metric="mat_r").state == BETTER
    assert "opposite" not in claim(better=4, worse=6).words  # nothing to explain there


def test_what_a_table_says_of_a_claim():
    assert claim().short == ("+5.0", "[\N{MINUS SIGN}1.0, +11.0]", "p = 0.500")
    assert claim(**DECIDED, seed_low=-1.0).short[-1] == (
        "trainings differ: \N{MINUS SIGN}1.0 to +8.0")
    assert claim(difference=math.nan).short == ("not comparable",)


def test_the_least_p_counts_the_comparisons_that_cannot_be_smaller():
    sizes = pd.Series([10.0, 10.0, 5.0])
    assert least_p(sizes, 10) == 3 / 512 and least_p(sizes, 5) == 1 / 16
    assert least_p(sizes, 0) == 1.0 and least_p(pd.Series([1.0, 1.0]), 1) == 1.0


def test_a_baseline_is_called_by_a_row_of_the_same_seeds_only(tmp_path):
    for chain in "ab":
        for seed in (1, 2):
            score_file(tmp_path / f"{chain}/seed{seed}/scores.csv", scores({"m": 1.0, "n": 2.0}))
    two = row(tmp_path, "a", "b", seeds=(1, 2))
    for seeds, label in (((1, 2), "Base"), ((1,), "b")):
        cells = made(item((row(tmp_path, "b", seeds=seeds, label="Base"), two)))
        assert {one.against for one in claims_of("table2", cells)} == {label}
