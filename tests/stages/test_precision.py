"""Sampling in 16-bit products: near the walk in 32 bits, and 32 bits wherever it matters."""

import numpy as np
import pytest
import torch
from small_stages import draw, largest_difference, network, sample_settings

from pipeline_src.backbones.base import PairScores
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import PARTS
from pipeline_src.stages.precision import Precision
from pipeline_src.stages.sampling import StageSampling
from pipeline_src.stages.shard import load_shard

CPU = torch.device("cpu")
NEAR = {"bf16-mixed": 0.1, "16-mixed": 0.01}  # Å, after few steps of a random network


def settings(precision, **options):
    return sample_settings(sampler={"precision": precision, "steps": 8}, **options)


@pytest.fixture(scope="module")
def coarse(data, tmp_path_factory):
    """Heavy-atom samples of shard 0."""
    path = tmp_path_factory.mktemp("coarse") / "heavy.parquet"
    write_ensembles(path, draw(settings("32-true", level="heavy"), data))
    return path


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("precision", NEAR)
def test_a_short_walk_stays_near_the_one_in_32_bits(data, coarse, monkeypatch, precision, guided,
                                                    held):
    if not held:
        monkeypatch.setitem(PARTS, "holder", {})
    given = [coarse] if guided else []
    full, mixed = (draw(settings(name, guided=guided), data, given)
                   for name in ("32-true", precision))
    assert all(e.ok.all() and np.isfinite(e.positions).all() for e in mixed)
    assert 0 < largest_difference(mixed, full) < NEAR[precision]


@pytest.mark.parametrize("precision", NEAR)
def test_the_atom_budget_matters_no_more_than_the_precision(data, precision):
    whole = draw(settings(precision), data)
    assert largest_difference(draw(settings(precision), data, budget=1), whole) < NEAR[precision]


def test_the_same_call_gives_the_same_positions(data):
    assert largest_difference(*(draw(settings("bf16-mixed"), data) for _ in range(2))) == 0


@pytest.mark.parametrize("precision, retry, bits", [
    ("32-true", False, None), ("bf16-mixed", False, torch.bfloat16),
    ("16-mixed", False, torch.float16), ("16-mixed", True, None)])
def test_autocast_is_on_within_the_network_alone(data, monkeypatch, precision, retry, bits):
    """The network sees it in a first try; the sampler, whose step surrounds it, never does."""
    monkeypatch.setitem(PARTS, "holder", {})
    chosen = settings(precision)
    inside, around, backbone = [], [], network(chosen)
    backbone.register_forward_hook(lambda *_: inside.append(
        torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else None))
    molecules = load_shard(chosen, data.hierarchies, data.split, 0, [], frozenset(range(1, 119)))
    stage = StageSampling(chosen, backbone, CPU)
    walk = stage.walk(molecules, molecules[0].draws(0), retry)
    step = stage.sampler.step

    def watched(eps, pos, *others):
        around.append((torch.is_autocast_enabled("cpu"), eps.dtype, pos.dtype))
        return step(eps, pos, *others)

    monkeypatch.setattr(stage.sampler, "step", watched)
    with torch.inference_mode():
        pos = walk.step(walk.start(), *stage.sampler.levels()[-1])
    assert inside == [bits] and around == [(False, torch.float32, torch.float32)]
    assert pos.dtype == torch.float32


def test_32_bits_are_the_network_itself():
    def scores(*arguments, **options):
        return PairScores(torch.zeros(1), None, None)

    assert Precision("32-true", CPU).of(scores) is scores


def test_a_device_that_cannot_is_refused():
    with pytest.raises(InputError, match="sampler.precision: got 'bf16-mixed'.*meta"):
        Precision("bf16-mixed", torch.device("meta"))
    Precision("32-true", torch.device("meta"))
