"""The dual encoder conditioned on a guide through the guide's distances (models.md 4.5)."""

from pipeline_src.backbones.branches import Branch, DualBranches
from pipeline_src.backbones.edges import GuidedPairEncoder
from pipeline_src.backbones.gin import GIN
from pipeline_src.backbones.heads import PairHead
from pipeline_src.backbones.schnet import SchNet


class GuidedDualEncoder(DualBranches):
    """Scores of noisy distances, given those of a guide at the same pairs.

    The guide enters through distances only, so it need not be aligned or centred, and does not
    tell left from right. SchNet's cutoff acts on the current distances.

    Args:
        width: H.
        schnet_layers: interactions of the global branch.
        gin_layers: layers of the local branch.
        cutoff_angstrom: beyond it far pairs do not count.
        smooth_cutoff: cosine cutoff of SchNet's filters (Drugs) or a hard one (QM9).
    """

    takes_guide = True

    def __init__(self, width: int, schnet_layers: int, gin_layers: int, cutoff_angstrom: float,
                 smooth_cutoff: bool):
        both, hidden = 2 * width, (2 * width, width, width // 2)
        local = Branch(GuidedPairEncoder(width), GIN(width, both, gin_layers),
                       PairHead(width, both, hidden))
        far = Branch(GuidedPairEncoder(width),
                     SchNet(width, both, schnet_layers, cutoff_angstrom, smooth_cutoff),
                     PairHead(width, both, hidden))
        super().__init__(local, far, cutoff_angstrom)
