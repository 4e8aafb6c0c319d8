"""Bounds on the gradient norm: what they are, what they remember, and that they do bound."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

from pipeline_src.run.settings import Stage, settings_hash
from pipeline_src.run.settings.training import Training
from pipeline_src.stages.optimisation import Optimisation
from pipeline_src.stages.recent_norms import RecentNorms


class Network(nn.Linear):
    def parameter_groups(self):
        return {"all": list(self.parameters())}


def optimisation(**settings) -> Optimisation:
    torch.manual_seed(0)
    return Optimisation(Network(2, 1), Training(**settings))


def bound(norms=(), highest=1e9) -> RecentNorms:
    one = RecentNorms(Training(clip="recent_norms", clip_norm=highest))
    for norm in norms:
        one.saw(torch.tensor(norm))
    return one


def step(one: Optimisation, size: float) -> tuple[float, float]:
    """Norms of the gradient before it is clipped, and of what the optimiser gets."""
    one.backbone.weight.grad = torch.tensor([[0.6 * size, 0.8 * size]])
    one.backbone.bias.grad = torch.zeros(1)
    (optimizer,) = one.optimizers.values()
    got, take = [], optimizer.step

    def noting(*given):
        got.append(float(one.backbone.weight.grad.norm()))
        return take(*given)

    optimizer.step = noting
    norm = one.step()
    optimizer.step = take
    return float(norm), got[0]


def test_it_is_the_mean_and_the_deviation_of_the_last_fifty():
    assert bound().now() == 45_000  # of the one norm there is at first
    norms = np.random.default_rng(1).uniform(1, 2, 80).astype(np.float32)
    for count, kept in ((1, [30_000, *norms[:1]]), (49, [30_000, *norms[:49]]),
                        (50, norms[:50]), (80, norms[30:])):
        one = bound(norms[:count])
        kept = np.array(kept, dtype=float)
        assert one.now() == pytest.approx(1.5 * kept.mean() + 2 * kept.std(), rel=1e-12)
        assert one.state() == kept.tolist()


def test_a_norm_above_it_counts_as_it():
    one = bound([1.0] * 50)
    assert one.now() == 1.5
    one.saw(torch.tensor(1e6))
    assert one.state()[-1] == 1.5


@pytest.mark.parametrize("norm", [math.inf, math.nan, 0.0])
def test_a_norm_that_says_nothing_does_not_count(norm):
    one = bound([1.0, 2.0])
    before = one.state()
    one.saw(torch.tensor(norm))
    assert one.state() == before


def test_clip_norm_is_the_highest():
    """ET-Flow's: the first fifty steps have it whatever they are, and the next ones follow."""
    one = bound(highest=100)
    for _ in range(49):
        one.saw(torch.tensor(2.0))
        assert one.now() == 100
    one.saw(torch.tensor(2.0))
    assert one.now() == 3.0


@pytest.mark.parametrize("clip, second", [("fixed", 5.0), ("recent_norms", 1.5)])
def test_gradients_are_bounded(clip, second):
    one = optimisation(clip=clip, clip_norm=5.0)
    one.bound.restore([1.0] * 50)
    assert step(one, 0.5) == pytest.approx((0.5, 0.5))
    one.bound.restore([1.0] * 50)
    assert step(one, 20.0) == pytest.approx((20.0, second))


def test_a_fixed_bound_is_torchs_own():
    """The same bits: stages trained before there was another stay as they are."""
    one = optimisation(clip_norm=1.0, learning_rate=0.01)
    plain = Network(2, 1)
    plain.load_state_dict(one.backbone.state_dict())
    adam = torch.optim.AdamW(plain.parameters(), lr=0.01, betas=(0.95, 0.999), weight_decay=0.0)
    for number in range(20):
        for network in (plain, one.backbone):
            (3 * network(torch.tensor([[1.0, 0.1 * number]])).square()).sum().backward()
        one.step()
        nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        adam.step()
        adam.zero_grad()
    assert torch.equal(plain.weight, one.backbone.weight)


@pytest.mark.parametrize("clip", ["fixed", "recent_norms"])
def test_a_restored_bound_goes_on(clip):
    settings = {"clip": clip, "clip_norm": 2.0, "learning_rate": 0.1}
    sizes = np.random.default_rng(2).lognormal(0, 1, 90).tolist()
    whole, again = optimisation(**settings), optimisation(**settings)
    found = []
    for number, size in enumerate(sizes):
        found.append(step(whole, size))
        if number == 59:
            again.restore(copy.deepcopy(whole.state()))
    assert [step(again, size) for size in sizes[60:]] == found[60:]
    assert torch.equal(again.backbone.weight, whole.backbone.weight)
    clipped = [given != got for given, got in found[60:]]
    assert any(clipped) and not all(clipped)


def test_a_fixed_bound_leaves_no_trace_in_the_settings():
    """So stages that were trained before there was another keep their names."""
    plain = Stage.model_validate({"level": "all"})
    fixed = Stage.model_validate({"level": "all", "training": {"clip": "fixed"}})
    recent = Stage.model_validate({"level": "all", "training": {"clip": "recent_norms"}})
    assert "clip" not in plain.model_dump()["training"] and plain == fixed
    assert settings_hash(plain) == settings_hash(fixed) != settings_hash(recent)
    for stage in (plain, recent):
        assert Stage.model_validate_json(stage.model_dump_json()) == stage


@pytest.mark.parametrize("field, wrong, known", [
    ("clip", "recent", "recent_norms"), ("schedule", "none", "constant")])
def test_an_unknown_part_is_refused_with_the_known_ones(field, wrong, known):
    with pytest.raises(ValueError, match=f"(?s){field}.*'{known}'") as caught:
        Training.model_validate({field: wrong})
    assert wrong in str(caught.value)
