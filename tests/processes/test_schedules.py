"""The noise levels of models.md 3.1 and the levels a short sampler visits."""

import numpy as np
import pytest

from pipeline_src.processes.schedules import sigmoid_schedule, visited_levels
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.processes import default_beta_end

BETA_START = 1e-7
# T: beta_T, sigma_1, sigma_10, sigma_T, steps with sigma < 0.5; digits as printed
PRINTED = {
    5000: (2e-3, ".0023", ".0071", "12.17", 2012),
    2500: (4e-3, ".0032", ".0101", "12.19", 1006),
    2000: (5e-3, ".0035", ".0113", "12.21", 805),
    1000: (9e-3, ".0047", ".0154", "9.52", 412),
    500: (2e-2, ".0070", ".0235", "12.40", 201),
}


@pytest.mark.parametrize("steps", PRINTED)
def test_printed_values(steps):
    beta_end, first, tenth, last, below = PRINTED[steps]
    sigmas = sigmoid_schedule(steps, BETA_START).sigmas
    assert default_beta_end(steps) == beta_end
    assert f"{sigmas[9]:.4f}"[1:] == tenth
    assert f"{sigmas[-1]:.2f}" == last
    assert int((sigmas < 0.5).sum()) == below
    assert f"{in_float32(steps, beta_end)[0]:.4f}"[1:] == first
    assert sigmas[0] == pytest.approx(float(first), rel=0.03)


def in_float32(steps: int, beta_end: float) -> np.ndarray:
    """GeoDiff's own arithmetic; its rounding makes .0023 of sigma_1 = .002246 at T = 5000."""
    betas = (BETA_START + (beta_end - BETA_START) / (1 + np.exp(-np.linspace(-6, 6, steps))))
    kept = np.cumprod(1 - betas.astype(np.float32), dtype=np.float32)
    return np.sqrt((1 - kept) / kept)


@pytest.mark.parametrize("steps", [50, 300, 400, 600, 700])
def test_other_lengths_end_near_the_same_noise(steps):
    schedule = sigmoid_schedule(steps, BETA_START)
    assert 10.0 < schedule.sigmas[-1] < 16.0
    assert (np.diff(schedule.sigmas) > 0).all()


def test_sigma_is_the_noise_to_signal_ratio():
    schedule = sigmoid_schedule(500, BETA_START, 1e-2)
    assert schedule.sigmas.dtype == schedule.alphas_bar.dtype == np.float64
    np.testing.assert_allclose(schedule.alphas_bar, 1 / (1 + schedule.sigmas**2), rtol=1e-12)


@pytest.mark.parametrize("end", [1e-8, 1.0])
def test_impossible_ends_are_refused(end):
    with pytest.raises(InputError, match="beta_end"):
        sigmoid_schedule(100, BETA_START, end)


@pytest.mark.parametrize("count", [2, 3, 17, 50, 499, 500, None])
def test_visited_levels_are_distinct_from_top_to_bottom(count):
    sigmas = sigmoid_schedule(500, BETA_START).sigmas
    levels = visited_levels(sigmas, count)
    assert len(levels) == (count or 500)
    assert levels[0] == 499 and levels[-1] == 0
    assert (np.diff(levels) < 0).all()


def test_visited_levels_are_even_in_log_sigma_where_the_schedule_is_dense():
    sigmas = sigmoid_schedule(5000, BETA_START).sigmas
    logs = np.log(sigmas[visited_levels(sigmas, 20)])
    gap = (logs[0] - logs[-1]) / 19
    dense = logs > np.log(0.01)
    np.testing.assert_allclose(-np.diff(logs[dense]), gap, rtol=0.1)


def test_one_level_is_the_noisiest():
    assert visited_levels(sigmoid_schedule(100, BETA_START).sigmas, 1).tolist() == [99]


@pytest.mark.parametrize("count", [0, 101])
def test_too_many_or_no_levels_are_refused(count):
    with pytest.raises(InputError, match="sampler.steps"):
        visited_levels(sigmoid_schedule(100, BETA_START).sigmas, count)
