"""The closed form of the overlap against the SVD, also where rounding hurts it most."""

import numpy as np
import pytest
from scipy.stats import special_ortho_group

from pipeline_src.chem.superposition import UNSURE, cyclic, overlaps, superpose


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("apart", [0.5, 1e-2, 1e-4, 1e-6, 1e-9, 0.0])
def test_closed_form_is_the_svd_unless_unsure(sign, apart):
    """s3 is ``sign * (1 - apart) * s2``, for any share of s1"""
    rng, n = np.random.default_rng(3), 500
    s2 = rng.uniform(0, 1, n)
    singular = np.stack([np.ones(n), s2, sign * (1 - apart) * s2], axis=1)
    u, v = special_ortho_group.rvs(3, 2 * n, random_state=rng).reshape(2, n, 3, 3)
    h = (u * singular[:, None]) @ v
    extended = np.empty((5, 5, n))
    extended[:3, :3] = np.moveaxis(h, 0, -1)
    overlap, unsure = overlaps(cyclic(extended))
    off = np.abs(overlap / singular.sum(axis=1) - 1)
    assert off[~unsure].max(initial=0) < 1e-7
    assert off.max() < UNSURE
    np.testing.assert_allclose(superpose(h)[0], singular.sum(axis=1), rtol=1e-12)
