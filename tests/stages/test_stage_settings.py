"""Settings of a stage that cannot be right are refused before anything runs."""

import pytest
from pydantic import ValidationError

from pipeline_src.run.settings import Stage
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


EBD = {"level": "all", "guide": {"level": "heavy"}, "backbone": {"kind": "hierarchical_egnn"},
       "process": {"kind": "blurring"}}


@pytest.mark.parametrize("changes, said", [
    ({"guide": {"level": "all"}}, "must be coarser than 'all'"),
    ({"guide": {"level": "heavy", "source": "distance-geometry"}}, "level and guide.level 'all'"),
    ({"guide": {"level": "all", "source": "distance-geometry"}, "process": {},
      "backbone": {"kind": "guided_dual_encoder"}}, "for a process that blurs"),
    ({"level": "fragments", "guide": {"level": "brics", "upsampler": {"kind": "reconstruct"}}},
     "blurs atoms, which the beads of level 'fragments' are not"),
    ({"guide": None}, "needs guide"),
    ({"process": {}}, "predicts 'positions'"),
])
def test_a_stage_that_blurs_has_atoms_and_a_guide(changes, said):
    with pytest.raises(ValidationError, match=said):
        Stage.model_validate({**EBD, **changes})


def test_a_stage_that_blurs_names_its_fragments():
    """So their options and their files come with it."""
    stage = Stage.model_validate(EBD)
    assert stage.level_names() == ("all", "heavy", "fragments")
    assert stage.beads().options.fragments.vocabulary_size == 50
    assert Stage.model_validate(stage.model_dump()) == stage
    brics = Stage.model_validate({**EBD, "process": {"kind": "blurring", "fragments": "brics"}})
    assert brics.beads().levels == ("brics",)
