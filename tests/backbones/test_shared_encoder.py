"""GeoDiff's quirk as an option: one pair encoder, the global branch's, for both branches."""

import pytest
import torch
from hand_made import stage_batch

from pipeline_src.backbones.dual_encoder import DualEncoder
from pipeline_src.backbones.tabulated import TabulatedBranches
from pipeline_src.run.settings import backbones as settings
from pipeline_src.run.settings.training import Training
from pipeline_src.stages.optimisation import Optimisation

ENCODER = 100 * 128 + (128 + 128) + (128 * 128 + 128)  # kinds, first and second layer


def make(**more):
    return DualEncoder.from_settings(settings.DualEncoder(
        **{"width": 16, "schnet_layers": 2, "gin_layers": 2, "cutoff_angstrom": 5.0, **more}))


def run(network, batch):
    return network(batch, batch.pos, torch.zeros_like(batch.numbers))


def test_it_is_off_by_default_and_then_each_branch_has_its_own():
    assert not settings.DualEncoder().shared_edge_encoder
    network = make()
    assert network.local_branch.pairs is not network.global_branch.pairs
    count = [sum(p.numel() for p in DualEncoder.from_settings(settings.DualEncoder(
        shared_edge_encoder=shared)).parameters()) for shared in (False, True)]
    assert count == [793_858, 793_858 - ENCODER]


def test_it_equals_two_encoders_of_the_same_weights():
    apart, shared, batch = make(), make(shared_edge_encoder=True), stage_batch("CCO", "c1ccccc1CC")
    state = shared.state_dict()
    assert state.keys() == apart.state_dict().keys()
    apart.load_state_dict(state)
    held = TabulatedBranches(shared).hold(batch, None)
    with torch.no_grad():
        scores = [run(network, batch) for network in (apart, shared, held)]
    for field in ("local", "far"):
        one, other, tabulated = (getattr(each, field) for each in scores)
        assert torch.equal(one, other)
        torch.testing.assert_close(tabulated, one, rtol=1e-5, atol=1e-5)


def test_saved_and_loaded_it_is_still_one():
    network, other = make(shared_edge_encoder=True), make(shared_edge_encoder=True)
    other.load_state_dict(network.state_dict())
    assert other.local_branch.pairs is other.global_branch.pairs
    batch = stage_batch("CCO")
    assert torch.equal(run(network, batch).local, run(other, batch).local)


def test_both_losses_train_it_and_one_optimiser_has_it():
    """As GeoDiff's: it is of ``model_global``."""
    network, batch = make(shared_edge_encoder=True), stage_batch("CCO")
    groups = network.parameter_groups()
    shared = {id(p) for p in network.global_branch.pairs.parameters()}
    everything = [id(p) for group in groups.values() for p in group]
    assert sorted(everything) == sorted(map(id, network.parameters()))
    assert shared <= {id(p) for p in groups["global"]}
    run(network, batch).local.square().sum().backward()
    assert all(p.grad.any() for p in network.global_branch.pairs.distance.parameters())


@pytest.mark.parametrize("shared", [True, False])
def test_a_step_and_its_average_keep_what_is_shared(shared):
    network, batch = make(shared_edge_encoder=shared), stage_batch("CCO", "c1ccccc1CC")
    optimisation = Optimisation(network, Training())
    for _ in range(2):
        scores = run(network, batch)
        (scores.local.square().sum() + scores.far.square().sum()).backward()
        optimisation.step()
    state = optimisation.averaged_weights()
    name = "local_branch.pairs.kind.weight"
    assert torch.equal(state[name], state[name.replace("local", "global")]) == shared
    optimisation.restore(optimisation.state())
    assert (network.local_branch.pairs is network.global_branch.pairs) == shared
