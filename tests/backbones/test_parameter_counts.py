"""Trainable parameters of the paper's networks (models.md 3.1, 4.5, D18)."""

import pytest

from pipeline_src.backbones.dual_encoder import DualEncoder
from pipeline_src.backbones.guided_dual_encoder import GuidedDualEncoder


@pytest.mark.parametrize(("backbone", "count"), [
    (DualEncoder(), 793_858),
    (DualEncoder(schnet_layers=5, gin_layers=3), 678_402),
    (GuidedDualEncoder(), 1_197_826),
])
def test_parameter_count(backbone, count):
    assert sum(p.numel() for p in backbone.parameters() if p.requires_grad) == count
