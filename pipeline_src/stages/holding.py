"""The network as sampling calls it: held for one batch and guide, if its kind has a way to be."""

from torch import Tensor, nn
from torch_geometric.data import Data

from pipeline_src.backbones.base import Holder
from pipeline_src.run.parts import PARTS, load_part
from pipeline_src.run.settings import Stage


class AsItIs:
    """A ``Holder`` of a backbone that says nothing of how to be held."""

    def __init__(self, backbone: nn.Module):
        self.backbone = backbone

    def hold(self, batch: Data, guide: Tensor | None) -> nn.Module:
        """The backbone itself."""
        return self.backbone


def build_holder(stage: Stage, backbone: nn.Module) -> Holder:
    """What holds the stage's network, by the kind of its backbone."""
    kind = stage.backbone.kind
    return (load_part("holder", kind) if kind in PARTS["holder"] else AsItIs)(backbone)
