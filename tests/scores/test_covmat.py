"""COV/MAT worked by hand, the threshold grid and the bootstrap interval."""

import numpy as np
import pytest

from pipeline_src.run.errors import InputError
from pipeline_src.scores.bootstrap import bootstrap_interval
from pipeline_src.scores.covmat import coverage_matching, threshold_grid

# 2 references, 3 samples; nearest sample: 0.2 and 0.5 Å; nearest reference: 0.2, 0.5 and 0.9 Å
RMSD = np.array([[0.2, 0.7, 1.0], [0.6, 0.5, 0.9]])


def test_coverage_and_matching_by_hand():
    score = coverage_matching(RMSD, [0.1, 0.2, 0.5, 0.75, 0.9])
    np.testing.assert_allclose(score.cov_r, [0, 50, 100, 100, 100])  # a tie counts: <=
    np.testing.assert_allclose(score.cov_p, [0, 100 / 3, 200 / 3, 200 / 3, 100])
    assert score.mat_r == pytest.approx(0.35)
    assert score.mat_p == pytest.approx(1.6 / 3)


def test_exchanging_references_and_samples_exchanges_recall_and_precision():
    score, other = coverage_matching(RMSD, [0.5]), coverage_matching(RMSD.T, [0.5])
    assert (score.cov_r[0], score.mat_r) == (other.cov_p[0], other.mat_p)


@pytest.mark.parametrize("rmsd", [np.zeros((0, 3)), np.zeros((3, 0)), np.zeros(3)])
def test_nothing_to_score_is_refused(rmsd):
    with pytest.raises(InputError, match="at least one of each"):
        coverage_matching(rmsd, [0.5])


def test_rmsd_that_is_not_finite_is_refused():
    with pytest.raises(InputError, match="finite"):
        coverage_matching(np.array([[0.1, np.nan]]), [0.5])


def test_grid_holds_round_numbers_and_the_headline_thresholds_once():
    grid = threshold_grid(0.05, 3.0, [0.75, 1.25, 0.33])
    assert len(grid) == 61 and grid == sorted(grid)
    assert {0.05, 0.15, 0.33, 0.75, 1.25, 3.0} <= set(grid)


def test_interval_of_constants_one_value_and_none():
    assert bootstrap_interval(np.full(7, 42.5), 500, 1) == (42.5, 42.5)
    assert bootstrap_interval(np.array([3.0]), 500, 1) == (3.0, 3.0)
    assert np.isnan(bootstrap_interval(np.array([]), 500, 1)).all()


def test_interval_is_that_of_the_normal_law_and_repeatable():
    values = np.random.default_rng(0).normal(5, 2, 400)
    low, high = bootstrap_interval(values, 4000, 2021)
    half = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.02)
    assert high == pytest.approx(values.mean() + half, abs=0.02)
    assert bootstrap_interval(values, 4000, 2021) == (low, high)
    assert bootstrap_interval(values, 4000, 2022) != (low, high)


def test_interval_of_values_that_are_not_finite_is_refused():
    with pytest.raises(InputError, match="finite values"):
        bootstrap_interval(np.array([1.0, np.nan]), 10, 1)
