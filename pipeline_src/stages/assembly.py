"""A stage's settings become a network and a process; the parts are looked up by name."""

from torch import nn

from pipeline_src.run.parts import load_part
from pipeline_src.run.settings import Stage


def build_backbone(stage: Stage) -> nn.Module:
    """The stage's network with fresh weights; seed torch first for repeatable ones."""
    return load_part("backbone", stage.backbone.kind).from_settings(stage.backbone)


def build_process(stage: Stage):
    """The stage's noise process."""
    return load_part("process", stage.process.kind)(stage.process)


def count_parameters(backbone: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(p.numel() for p in backbone.parameters() if p.requires_grad)
