"""What backbones keep that score far pairs, and those that score distances of local pairs alone."""

import pytest
import torch
from hand_made import stage_batch
from test_backbone_contract import FAR, MOLECULES, close, inputs, make, with_far

from pipeline_src.graphs.pairs import pair_distances
from pipeline_src.run.parts import PARTS


@with_far
def test_far_pairs_beyond_the_cutoff_are_out(name):
    backbone, batch = make(name), stage_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch)
    scores = backbone(batch, pos, time, guide)
    i, j = batch.far_pair_index
    within = (pos[i] - pos[j]).norm(dim=-1) <= 5.0
    assert 0 < within.sum() < len(within)
    assert torch.equal(scores.far_mask, within)
    assert not scores.far[~within].any() and scores.far[within].all()


@with_far
@pytest.mark.parametrize("smooth", [True, False])
def test_molecules_far_apart_do_not_see_each_other(name, smooth):
    """Two ethanols 100 Å apart in one graph: no message passes the cutoff."""
    backbone = make(name, smooth_cutoff=smooth)
    batch = stage_batch("CCO", "CCO")
    pos, time, guide = inputs(backbone, batch)
    apart = backbone(batch, pos, time, guide)
    one = torch.arange(9)
    across = torch.cartesian_prod(one, one + 9).T
    joined = batch.clone()
    joined.far_pair_index = torch.cat([batch.far_pair_index, across], dim=1)
    scores = backbone(joined, pos + 100.0 * batch.batch.unsqueeze(-1), time, guide)
    close(apart.far, scores.far[: -len(across[0])])
    assert not scores.far_mask[-len(across[0]):].any()


@pytest.mark.parametrize("name", sorted(set(PARTS["backbone"]) - set(FAR)))
def test_distances_stand_in_for_positions(name):
    """Also distances that no positions have; then the positions are not read."""
    backbone, batch = make(name), stage_batch(*MOLECULES)
    pos, time, guide = inputs(backbone, batch)
    distances = pair_distances(pos, batch.local_pair_index)
    elsewhere = torch.full_like(pos, torch.nan)
    one = backbone(batch, pos, time, guide)
    assert torch.equal(one.local, backbone(batch, elsewhere, time, guide,
                                           distances=distances).local)
    below = backbone(batch, elsewhere, time, guide, distances=distances - 10.0).local
    assert torch.isfinite(below).all() and (below - one.local).abs().max() > 1e-4
