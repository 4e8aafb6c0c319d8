"""Trainable parameters of the paper's networks (models.md 3.1, 3.2, 4.5, D18)."""

import pytest

from pipeline_src.run.parts import load_part
from pipeline_src.run.settings import backbones as settings


@pytest.mark.parametrize(("chosen", "count"), [
    (settings.DualEncoder(), 793_858),
    (settings.DualEncoder(schnet_layers=5, gin_layers=3), 678_402),
    (settings.GuidedDualEncoder(), 1_197_826),
    (settings.ConfGF(), 808_193),  # by hand from models.md 3.2; the guide adds a column of weights
    (settings.GuidedConfGF(), 808_193 + 256),
])
def test_parameter_count(chosen, count):
    backbone = load_part("backbone", chosen.kind).from_settings(chosen)
    assert sum(p.numel() for p in backbone.parameters() if p.requires_grad) == count
