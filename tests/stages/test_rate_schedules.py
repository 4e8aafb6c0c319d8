"""Learning rates fall as the settings say, and go on from a checkpoint as if never stopped."""

import copy

import pytest
import torch
from small_stages import train, train_settings
from torch import nn

from pipeline_src.run.settings.training import Training
from pipeline_src.stages.cosine_rate import cosine_share
from pipeline_src.stages.optimisation import Optimisation


class Network(nn.Linear):
    def parameter_groups(self):
        return {"all": list(self.parameters())}


def optimisation(**settings) -> Optimisation:
    torch.manual_seed(0)
    return Optimisation(Network(2, 1), Training(**settings))


def step(one: Optimisation) -> float:
    """Take a step; the rate after it."""
    one.backbone(torch.ones(1, 2)).sum().backward()
    one.step()
    return one.learning_rate


def test_a_cosine_ends_at_its_minimum_with_the_last_step():
    one = optimisation(schedule="cosine", iterations=10, learning_rate=1.0, cosine_minimum=0.2)
    rates = [one.learning_rate, *(step(one) for _ in range(10))]
    assert rates[0] == 1.0 and rates[5] == pytest.approx(0.6) and rates[10] == pytest.approx(0.2)
    assert rates == sorted(rates, reverse=True)


def test_a_constant_rate_is_the_same_at_every_step():
    """Whatever the losses are; to the bit."""
    one = optimisation(schedule="constant", learning_rate=1e-4)
    for loss in (1.0, 2.0, 2.0, 2.0):
        assert step(one) == 1e-4
        one.validated({"all": loss})
    assert one.learning_rate == 1e-4


def test_cycles_restart_lower_but_not_below_the_minimum():
    settings = Training(schedule="cosine", learning_rate=1.0, cosine_cycle=4, cosine_restart=0.5,
                        cosine_minimum=0.2)
    shares = [cosine_share(k, settings) for k in range(17)]
    assert shares[::4] == pytest.approx([1.0, 0.5, 0.25, 0.2, 0.2])
    assert shares[2] == pytest.approx(0.6) and shares[3] < shares[4] and min(shares) >= 0.2


def test_validations_move_a_plateau_only():
    for schedule, rate in (("plateau", 0.5), ("cosine", 1.0), ("constant", 1.0)):
        one = optimisation(schedule=schedule, learning_rate=1.0, plateau_patience=1,
                           plateau_factor=0.5)
        for _ in range(3):
            one.validated({"all": 1.0})
        assert one.learning_rate == rate


@pytest.mark.parametrize("schedule", ["plateau", "cosine", "constant"])
def test_a_restored_schedule_goes_on(schedule):
    settings = {"schedule": schedule, "iterations": 9, "learning_rate": 0.1, "plateau_patience": 1}
    whole, again = optimisation(**settings), optimisation(**settings)
    rates = []
    for number in range(9):
        rates.append(step(whole))
        whole.validated({"all": 1.0})
        if number == 3:
            again.restore(copy.deepcopy(whole.state()))
    for number in range(4, 9):
        assert step(again) == rates[number]
        again.validated({"all": 1.0})
    assert torch.equal(again.backbone.weight, whole.backbone.weight)


def test_weight_decay_shrinks_weights_by_itself():
    """With no gradient AdamW multiplies by 1 - rate * decay; without decay nothing moves."""
    for decay, share in ((0.0, 1.0), (0.5, 0.95)):
        one = optimisation(learning_rate=0.1, weight_decay=decay)
        before = one.backbone.weight.detach().clone()
        (0 * one.backbone(torch.ones(1, 2)).sum()).backward()
        one.step()
        assert torch.allclose(one.backbone.weight, share * before)


def test_training_without_decay_is_plain_adams():
    """The same bits: stages trained before there was a decay stay as they are."""
    one = optimisation(learning_rate=0.01)
    plain = Network(2, 1)
    plain.load_state_dict(one.backbone.state_dict())
    adam = torch.optim.Adam(plain.parameters(), lr=0.01, betas=(0.95, 0.999))
    for number in range(20):
        for network in (plain, one.backbone):
            network(torch.tensor([[1.0, 0.1 * number]])).square().sum().backward()
        one.step()
        adam.step()
        adam.zero_grad()
    assert torch.equal(plain.weight, one.backbone.weight)


def test_the_curve_shows_a_cosine(data, tmp_path):
    folder = train(tmp_path, data, train_settings(schedule="cosine", learning_rate=1e-3))
    rows = (folder / "curve.csv").read_text().splitlines()[1:]
    rates = [float(row.split(",")[3]) for row in rows]
    assert rates == pytest.approx([0.75e-3, 0.25e-3, 1e-8], rel=1e-3)
