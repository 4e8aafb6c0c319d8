"""How much noise the coarse positions get in training."""

import pytest
import torch

from pipeline_src.processes.schedules import sigmoid_schedule
from pipeline_src.run.parts import PARTS, load_part
from pipeline_src.run.settings import guides as settings

SETTINGS = {
    "none": settings.NoAugmentation, "paper": settings.PaperAugmentation,
    "released": settings.ReleasedAugmentation, "sigma_max": settings.SigmaMaxAugmentation,
}
GRID = torch.arange(100_000) / 100_000


def make(name: str, **chosen):
    return load_part("augmentation", name)(SETTINGS[name](**chosen))


@pytest.mark.parametrize("name", PARTS["augmentation"])
def test_shape_and_kind(name):
    sigma = make(name).coarse_sigma(GRID)
    assert sigma.shape == GRID.shape and sigma.dtype == torch.float32
    assert torch.isfinite(sigma).all() and (sigma >= 0).all()


def test_none_is_zero():
    assert not make("none").coarse_sigma(GRID).any() and make("none").after is False


def test_paper_takes_the_first_levels_evenly():
    paper = make("paper")
    found, count = paper.coarse_sigma(GRID).unique(return_counts=True)
    expected = torch.from_numpy(sigmoid_schedule(5000, 1e-7).sigmas[:10]).float()
    assert torch.allclose(found, expected) and (count - 10_000).abs().max() <= 1
    assert float(found[-1]) == pytest.approx(0.0071, abs=5e-5) and paper.after is False
    few = make("paper", max_step=3, steps=500).coarse_sigma(GRID).unique()
    assert few.tolist() == pytest.approx(sigmoid_schedule(500, 1e-7).sigmas[:3].tolist())


def test_released_has_the_quantiles_of_the_released_code():
    released = make("released")
    quantiles = released.coarse_sigma(GRID).quantile(torch.tensor([0.05, 0.25, 0.5, 0.75, 0.95]))
    assert quantiles.tolist() == pytest.approx([0.04, 0.20, 0.88, 3.4, 9.5], rel=0.05, abs=0.005)
    assert released.after is True


def test_sigma_max_is_even():
    augmentation = make("sigma_max", sigma_max_angstrom=0.3)
    assert torch.allclose(augmentation.coarse_sigma(GRID), 0.3 * GRID)
    assert augmentation.after is False


def test_the_last_number_below_one_is_still_a_level():
    edge = torch.tensor([1 - 2**-24])
    assert float(make("released").coarse_sigma(edge)) == pytest.approx(12.17, abs=0.01)
