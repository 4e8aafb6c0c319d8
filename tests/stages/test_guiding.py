"""Guides: every upsampler with every augmentation, from the same coarse positions."""

import pytest
import torch
from small_stages import SUBSETS, stage
from torch_geometric.data import Batch

from pipeline_src.run.parts import PARTS
from pipeline_src.run.settings.guides import Guide
from pipeline_src.stages.dataset import load_conformers
from pipeline_src.stages.guiding import Guiding

TAU_ANGSTROM = 3.0
UPSAMPLERS = [name for name in PARTS["upsampler"] if name not in ("geometric", "reconstruct")]


def guiding(upsampler: str, augmentation: str) -> Guiding:
    return Guiding(Guide.model_validate({"level": "heavy", "upsampler": {"kind": upsampler},
                                         "augmentation": {"kind": augmentation}}))


@pytest.fixture(scope="module")
def batch(data):
    dataset = load_conformers(stage(guided=True), data.ensembles, data.hierarchies, data.split,
                              SUBSETS[0][0])
    return Batch.from_data_list([dataset[i] for i in range(len(dataset))])


@pytest.fixture(scope="module")
def draws(batch):
    generator = torch.Generator().manual_seed(0)
    return (torch.full((batch.num_graphs,), 0.5), torch.randn(batch.num_nodes, 3,
                                                              generator=generator),
            torch.randn(batch.num_nodes, 3, generator=generator))


@pytest.mark.parametrize("augmentation", PARTS["augmentation"])
@pytest.mark.parametrize("upsampler", UPSAMPLERS)
def test_every_upsampler_bears_every_augmentation(batch, draws, upsampler, augmentation):
    guide = guiding(upsampler, augmentation).training(batch, *draws)
    assert guide.shape == batch.pos.shape and torch.isfinite(guide).all()
    moved = (guide - batch.pos)[batch.coarse_index].norm(dim=-1)
    if augmentation == "none":
        assert moved.max() == 0  # coarse atoms stay where they are
    else:
        assert moved.min() > 0


@pytest.mark.parametrize("upsampler", UPSAMPLERS)
def test_sampling_and_unaugmented_training_make_the_same_guide(batch, draws, upsampler):
    made = guiding(upsampler, "none")
    torch.testing.assert_close(made.sampled(batch, batch.pos[batch.coarse_index], draws[2]),
                               made.training(batch, *draws))


def test_noise_before_or_after_upsampling(batch, draws):
    """Paper and sigma_max move coarse atoms and new atoms follow; released shakes all of them."""
    new, old = batch.new_index, batch.anchor_index[0]
    bond = {}
    for augmentation in ("sigma_max", "released"):
        guide = guiding("bonded", augmentation).training(batch, *draws)
        anchors = torch.zeros_like(guide).index_add(0, batch.anchor_index[1], guide[old])
        count = torch.zeros(len(guide)).index_add(0, batch.anchor_index[1], torch.ones(len(old)))
        bond[augmentation] = (guide - anchors / count.clamp(min=1)[:, None])[new].norm(dim=-1)
    torch.testing.assert_close(bond["sigma_max"],
                               torch.full_like(bond["sigma_max"], TAU_ANGSTROM))
    assert (bond["released"] - TAU_ANGSTROM).abs().max() > 0.1


def test_noise_of_the_paper_is_below_a_hundredth_of_an_angstrom(batch, draws):
    largest = torch.ones(batch.num_graphs) * (1 - 1e-7)
    guide = guiding("bonded", "paper").training(batch, largest, *draws[1:])
    moved = (guide - batch.pos)[batch.coarse_index] / draws[1][batch.coarse_index]
    torch.testing.assert_close(moved, torch.full_like(moved, 0.0071), atol=1e-3, rtol=0.05)
