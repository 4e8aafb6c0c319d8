"""Settings of a stage that cannot be right are refused before anything runs."""

import pytest
from pydantic import ValidationError

from pipeline_src.run.settings.processes import VEDiffusion
from pipeline_src.run.settings.training import Training


@pytest.mark.parametrize("start, end", [(1e-3, 1e-4), (1e-3, 1e-3), (1e-7, 1.0)])
def test_beta_end_lies_above_beta_start(start, end):
    with pytest.raises(ValidationError, match=f"beta_end {end:g} .*beta_start {start:g}"):
        VEDiffusion(beta_start=start, beta_end=end)
    assert VEDiffusion(beta_start=1e-4, beta_end=1e-3).beta_end == 1e-3


def test_a_batch_has_something_for_each_device():
    with pytest.raises(ValidationError, match="batch_size 2 .*devices 3"):
        Training(batch_size=2, devices=3)
    assert Training(batch_size=3, devices=3).devices == 3
