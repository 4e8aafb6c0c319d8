"""Means over seeds, paired differences, their test and Holm's correction, worked by hand."""

import math

import numpy as np
import pytest
from scipy.stats import wilcoxon

from pipeline_src.run.errors import InputError
from pipeline_src.scores.bootstrap import bootstrap_interval
from pipeline_src.scores.paired import (
    holm,
    paired_difference,
    rank_sum_p,
    seed_mean,
    signed_rank_p,
)

NAN = math.nan


def test_molecules_weigh_the_same_however_many_seeds_they_have():
    found = seed_mean([[1.0, 4.0, NAN], [3.0, NAN, NAN]], resamples=100, seed=1)
    # molecules: (1 + 3) / 2 = 2 and 4; the third has none. Seeds: (1 + 4) / 2 = 2.5 and 3.
    assert (found.center, found.n_molecules, found.n_seeds) == (3.0, 2, 2)
    assert found.seed_sd == pytest.approx(0.5 / math.sqrt(2))
    assert (found.low, found.high) == bootstrap_interval([2.0, 4.0], 100, 1)


def test_one_seed_has_no_spread_between_seeds():
    found = seed_mean([[10.0, 20.0]], resamples=50, seed=1)
    assert found.center == 15.0 and math.isnan(found.seed_sd) and found.n_seeds == 1


@pytest.mark.parametrize("values", [[[NAN, NAN], [NAN, NAN]], np.empty((3, 0)), np.empty((0, 2))])
def test_without_values_there_is_no_mean(values):
    found = seed_mean(values, resamples=50, seed=1)
    assert math.isnan(found.center) and math.isnan(found.low) and math.isnan(found.seed_sd)
    assert (found.n_molecules, found.n_seeds) == (0, 0)


# seeds x molecules: better by 20, worse by 10, equal, only the second seed common, never common
CHAIN = np.array([[50.0, 20.0, 33.3, NAN, 7.0, NAN], [70.0, 40.0, 66.7, 9.0, NAN, NAN]])
BASE = np.array([[30.0, 30.0, 66.7, 5.0, NAN, NAN], [50.0, 50.0, 33.3, 4.0, 8.0, NAN]])


def test_a_median_is_not_moved_by_one_molecule():
    values = np.array([[1.0, 2.0, 3.0, 9000.0, NAN], [2.0, 2.0, 5.0, 1000.0, NAN]])
    found = paired_difference(values, np.zeros((2, 5)), False, 400, 3, center=np.median)
    assert found.center == pytest.approx(np.median([1.5, 2.0, 4.0, 5000.0]))
    assert (found.seed_low, found.seed_high) == (2.5, 3.5)
    assert (found.low, found.high) == bootstrap_interval([1.5, 2.0, 4.0, 5000.0], 400, 3, np.median)
    assert found.low < 4.0 < 5000.0 == found.high
    assert paired_difference(values, np.zeros((2, 5)), False, 400, 3).center > 1000


def test_differences_by_hand():
    found = paired_difference(CHAIN, BASE, higher_is_better=True, resamples=400, seed=3)
    # (50 - 30 + 70 - 50) / 2 = 20, -10, 0, 9 - 4 = 5; the fifth is not paired, nobody has the last
    assert found.center == pytest.approx((20 - 10 + 0 + 5) / 4)
    assert (found.n_better, found.n_equal, found.n_worse) == (2, 1, 1)
    assert (found.n_molecules, found.n_unpaired, found.n_seeds) == (4, 1, 2)
    assert (found.low, found.high) == pytest.approx(
        bootstrap_interval([20.0, -10.0, 0.0, 5.0], 400, 3))
    # seeds: (20 - 10 - 33.4) / 3 = -7.8 and (20 - 10 + 33.4 + 5) / 4 = 12.1
    assert found.seed_sd == pytest.approx((12.1 + 7.8) / math.sqrt(2))
    assert (found.seed_low, found.seed_high) == pytest.approx((-7.8, 12.1))
    # signed ranks of 20, -10, 5 are 3, -2, 1: the smaller sum is 2, and of the 8 signings of the
    # ranks 1, 2, 3 six have one of at most 2
    assert found.p_value == pytest.approx(6 / 8)


def test_one_seed_has_no_ends_of_its_seeds():
    found = paired_difference(CHAIN[:1], BASE[:1], True, 100, 1)
    assert math.isnan(found.seed_low) and math.isnan(found.seed_high)


def test_lower_is_better_turns_the_counts_only():
    up = paired_difference(CHAIN, BASE, True, 100, 1)
    down = paired_difference(CHAIN, BASE, False, 100, 1)
    assert (down.n_better, down.n_worse) == (up.n_worse, up.n_better)
    assert (down.center, down.low, down.p_value) == (up.center, up.low, up.p_value)


def test_a_chain_against_itself_differs_in_nothing():
    found = paired_difference(CHAIN, CHAIN, True, 100, 1)
    assert (found.center, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert (found.n_better, found.n_equal, found.n_worse, found.n_unpaired) == (0, 5, 0, 0)


def test_the_digits_of_the_files_make_no_difference():
    third = 33.33333333  # of a score file, against 100 / 3
    found = paired_difference([[third, third, 50.0]], [[100 / 3, 100 / 3, 20.0]], True, 50, 1)
    assert (found.n_better, found.n_equal, found.p_value) == (1, 2, 1.0)


def test_nothing_in_common():
    found = paired_difference([[1.0, NAN]], [[NAN, 1.0]], True, 50, 1)
    assert (found.n_molecules, found.n_unpaired, found.n_better) == (0, 2, 0)
    assert math.isnan(found.center) and math.isnan(found.p_value)


@pytest.mark.parametrize("size", [10, 40, 60])
def test_the_p_value_is_scipys(size):
    differences = np.round(np.random.default_rng(size).normal(0.3, 1.0, size), 1)
    differences[:3] = 0.0
    changed = differences[differences != 0]
    assert signed_rank_p(differences) == wilcoxon(changed).pvalue
    if size > 13:  # the normal approximation, which leaves zeros out itself
        same = wilcoxon(differences, zero_method="wilcox", method="asymptotic").pvalue
        assert signed_rank_p(differences) == pytest.approx(same)


def test_six_differences_of_one_sign_by_hand():
    assert signed_rank_p([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == pytest.approx(2 / 2**6)


def test_holm_by_hand():
    # sorted: 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.5 x 1; the third may not be below the second
    assert holm([0.5, 0.01, 0.03, 0.02]) == pytest.approx([0.5, 0.04, 0.06, 0.06])
    assert holm([0.04, 0.039, 0.6]) == pytest.approx([0.117, 0.117, 0.6])
    assert holm([0.9, 0.8]) == [1.0, 1.0] and holm([]) == []


def test_what_was_not_tested_does_not_count_in_holm():
    adjusted = holm([NAN, 0.02, 0.03])
    assert math.isnan(adjusted[0]) and adjusted[1:] == pytest.approx([0.04, 0.04])


@pytest.mark.parametrize("call, words", [
    (lambda: seed_mean([1.0, 2.0], 10, 1), "values: got '1 axes', expected two axes"),
    (lambda: seed_mean([[math.inf]], 10, 1), "infinity"),
    (lambda: paired_difference([[1.0]], [[1.0, 2.0]], True, 10, 1), r"shape \(1, 2\)"),
    (lambda: holm([0.5, 1.5]), "1.5, expected a number from 0 to 1"),
])
def test_bad_input_is_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_rank_sum_against_counting():
    """Of the 20 ways to choose three of six ranks two are as far apart as 1, 2, 3 and 4, 5, 6."""
    low, high = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
    assert rank_sum_p(low, high) == pytest.approx(2 / 20)
    assert rank_sum_p(np.array([1.0, np.nan, 2.0, 3.0]), high) == pytest.approx(2 / 20)
    assert rank_sum_p(np.ones(4), np.ones(5)) == 1.0
    assert np.isnan(rank_sum_p(low, np.array([np.nan])))
