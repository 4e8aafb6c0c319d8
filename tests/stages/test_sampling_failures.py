"""Sampling when memory runs out or a conformer diverges."""

import numpy as np
import pytest
import torch
from small_stages import draw, largest_difference, network, sample_settings
from torch import nn

from pipeline_src.graphs.noise import stream_key
from pipeline_src.run.errors import ResourceError
from pipeline_src.run.parts import PARTS

SETTINGS = sample_settings()
FREE = sample_settings(sampler={"clip_local": None, "clip_global": 1000.0})
LEVELS = 50
AGAIN = "drawn again with local clipping at 20, as it diverged at first"


@pytest.fixture(autouse=True)
def _no_holder(monkeypatch):
    """What wraps a network is not read from tables: its kind says nothing of how to be held."""
    monkeypatch.setitem(PARTS, "holder", {})


class Wrapped(nn.Module):
    """The small network with something done before or after."""

    def __init__(self):
        super().__init__()
        self.inner, self.sizes = network(SETTINGS), []

    def forward(self, batch, *arguments, **options):
        self.sizes.append(batch.num_nodes)
        return self.after(batch, self.inner(batch, *arguments, **options))

    def after(self, batch, scores):
        return scores


class Limited(Wrapped):
    """Raises ``error`` above so many atoms, at the third level of a batch."""

    def __init__(self, limit, error):
        super().__init__()
        self.limit, self.error = limit, error

    def after(self, batch, scores):
        if batch.num_nodes > self.limit and self.sizes[-3:].count(batch.num_nodes) == 3:
            raise self.error
        return scores


class Exploding(Wrapped):
    """Scores of one conformer are set to a value, the first so many times."""

    def __init__(self, data, value, times=10**9, conformer=1):
        super().__init__()
        self.key = torch.tensor(stream_key(SETTINGS.seed, "small", data.all[4].molecule.id))
        self.value, self.left, self.conformer = value, times, conformer

    def after(self, batch, scores):
        victim = (batch.key == self.key).all(1) & (batch.conformer == self.conformer)
        if not victim.any() or not self.left:
            return scores
        self.left -= 1
        pairs = victim[batch.batch[batch.local_pair_index[0]]]
        return scores._replace(local=torch.where(pairs, self.value, scores.local))


@pytest.fixture(scope="module")
def calm(data):
    return draw(SETTINGS, data)


@pytest.mark.parametrize("error", [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to")])
def test_the_budget_is_halved_until_memory_suffices(data, calm, error, capsys):
    total = sum(e.positions[:, :, 0].size for e in calm)
    largest = max(e.molecule.n_atoms for e in calm)
    backbone = Limited(total // 3, error)
    samples = draw(SETTINGS, data, backbone=backbone)
    assert all(e.ok.all() for e in samples)
    assert largest_difference(samples, calm) < 1e-3
    assert backbone.sizes[0] == total and min(backbone.sizes) < total // 3
    assert f"atom budget halved to {total // 2}" in capsys.readouterr().err
    alone = draw(SETTINGS, data, backbone=Limited(largest, error))
    assert largest_difference(alone, calm) < 1e-3


def test_no_memory_for_one_conformer_is_a_resource_error(data, calm):
    largest = max(e.molecule.n_atoms for e in calm)
    with pytest.raises(ResourceError, match=f"one conformer of {largest} atoms"):
        draw(SETTINGS, data, backbone=Limited(largest - 1, torch.OutOfMemoryError("no")))


def test_other_errors_are_not_swallowed(data):
    for error in (RuntimeError("index out of range"), ValueError("x")):
        with pytest.raises(type(error), match=str(error)):
            draw(SETTINGS, data, backbone=Limited(1, error))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e9])
def test_a_conformer_that_diverges_once_is_drawn_again(data, value):
    undisturbed = draw(FREE, data)
    samples = draw(FREE, data, backbone=Exploding(data, value, times=LEVELS))
    assert all(e.ok.all() and np.isfinite(e.positions).all() for e in samples)
    assert samples[0].notes == ("", AGAIN, "")
    assert not any(note for e in [*samples[1:], *undisturbed] for note in e.notes)
    difference = np.abs(samples[0].positions - undisturbed[0].positions).max(axis=(1, 2))
    assert difference[1] > 0.1  # another walk
    assert difference[[0, 2]].max() < 1e-3
    assert largest_difference(samples[1:], undisturbed[1:]) < 1e-3


def test_the_second_try_draws_other_noise(data):
    settings = sample_settings(sampler={"retry_clip_local": 1.0})  # all the rest is the same
    calm, again = draw(settings, data), draw(
        settings, data, backbone=Exploding(data, float("nan"), times=LEVELS))
    assert np.abs(again[0].positions[1] - calm[0].positions[1]).max() > 0.1


def test_local_clipping_tames_the_second_try(data):
    backbone = Exploding(data, 1e9)
    samples = draw(FREE, data, backbone=backbone)
    assert all(e.ok.all() for e in samples)
    assert 10 < np.abs(samples[0].positions[1]).max() < 1000
    assert len(backbone.sizes) == 2 * LEVELS
    assert backbone.sizes[-1] == samples[0].molecule.n_atoms  # it alone


def test_a_conformer_that_diverges_twice_is_a_row_with_a_reason(data):
    undisturbed = draw(FREE, data)
    samples = draw(FREE, data, backbone=Exploding(data, float("nan")))
    assert samples[0].ok.tolist() == [True, False, True] and samples[1].ok.all()
    assert "diverged twice" in samples[0].reasons[1] and "20" in samples[0].reasons[1]
    assert not any(samples[0].notes)
    assert np.isnan(samples[0].positions[1]).all()
    assert np.abs((samples[0].positions - undisturbed[0].positions)[[0, 2]]).max() < 1e-3
    assert largest_difference(samples[1:], undisturbed[1:]) < 1e-3


def test_the_second_try_does_not_depend_on_the_batch(data):
    samples = [draw(FREE, data, backbone=Exploding(data, 1e9), budget=budget)
               for budget in (1, 10**6)]
    np.testing.assert_allclose(samples[0][0].positions[1], samples[1][0].positions[1], atol=0.05)
    assert largest_difference(samples[0][1:], samples[1][1:]) < 1e-3
