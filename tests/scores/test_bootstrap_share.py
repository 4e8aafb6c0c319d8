"""The interval of a share of samples, over molecules: worked by hand and against its formula."""

import numpy as np
import pytest

from pipeline_src.run.errors import InputError
from pipeline_src.scores.bootstrap import bootstrap_interval, bootstrap_share


def test_two_molecules_by_hand():
    # drawn with replacement: 0 of 2, 6 of 8 or 3 of 5 three ways, hence 0, 3/5 and 3/4
    assert bootstrap_share([0, 3], [1, 4], 4000, 2021) == (0.0, 0.75)


def test_one_molecule_equal_shares_and_none():
    assert bootstrap_share([1], [3], 500, 1) == (1 / 3, 1 / 3)
    assert bootstrap_share([1, 2, 4], [3, 6, 12], 500, 1) == (1 / 3, 1 / 3)
    assert np.isnan(bootstrap_share([], [], 500, 1)).all()


def test_molecules_without_samples_have_no_say():
    some = bootstrap_share([0, 3, 1], [1, 4, 2], 500, 1)
    assert bootstrap_share([0, 0, 3, 0, 1], [0, 1, 4, 0, 2], 500, 1) == some
    assert np.isnan(bootstrap_share([0, 0], [0, 0], 500, 1)).all()


def test_samples_of_one_molecule_are_not_independent():
    """Ten samples a molecule that are all right or all wrong tell no more than one does."""
    right = np.repeat([0, 1], 100)
    low, high = bootstrap_share(10 * right, np.full(200, 10), 4000, 2021)
    half = 1.96 * 0.5 / np.sqrt(200)  # the normal law of 200, not of 2000, throws
    assert (low, high) == pytest.approx((0.5 - half, 0.5 + half), abs=0.01)
    assert (low, high) == pytest.approx(bootstrap_interval(right, 4000, 2021))


def test_the_interval_is_that_of_a_ratio_of_sums():
    """Cochran, Sampling Techniques (1977), equation 6.13: variance of a ratio of two sums."""
    generator = np.random.default_rng(0)
    wholes = generator.integers(1, 30, 400)
    parts = generator.binomial(wholes, generator.uniform(0, 0.6, 400))
    share = parts.sum() / wholes.sum()
    half = 1.96 * np.sqrt(((parts - share * wholes) ** 2).sum()) / wholes.sum()
    low, high = bootstrap_share(parts, wholes, 4000, 2021)
    assert (low, high) == pytest.approx((share - half, share + half), abs=0.1 * half)
    assert bootstrap_share(parts, wholes, 4000, 2021) == (low, high)
    assert bootstrap_share(parts, wholes, 4000, 2022) != (low, high)


@pytest.mark.parametrize("parts", [[-1, 2], [2, 4]])
def test_more_or_fewer_samples_than_there_are_is_refused(parts):
    with pytest.raises(InputError, match="parts"):
        bootstrap_share(parts, [3, 3], 10, 1)
