"""GeoDiff's network: SchNet on all pairs, GIN on local pairs (models.md 3.1).

Xu et al., GeoDiff, ICLR 2022, arXiv:2203.02923. Each branch has its own pair encoder, as in
MSGEN's copy; GeoDiff's released code feeds the global one to both, which is an option.
"""

from pipeline_src.backbones.branches import Branch, DualBranches
from pipeline_src.backbones.edges import PairEncoder
from pipeline_src.backbones.gin import GIN
from pipeline_src.backbones.heads import PairHead
from pipeline_src.backbones.schnet import SchNet


class DualEncoder(DualBranches):
    """Scores of noisy distances.

    Args:
        width: H.
        schnet_layers: interactions of the global branch.
        gin_layers: layers of the local branch.
        cutoff_angstrom: beyond it far pairs do not count.
        smooth_cutoff: cosine cutoff of SchNet's filters (Drugs) or a hard one (QM9).
        shared_edge_encoder: one pair encoder, the global branch's, for both branches.
    """

    def __init__(self, width: int, schnet_layers: int, gin_layers: int, cutoff_angstrom: float,
                 smooth_cutoff: bool, shared_edge_encoder: bool = False):
        hidden = (width, width // 2)
        local = Branch(PairEncoder(width), GIN(width, width, gin_layers),
                       PairHead(width, width, hidden))
        far = Branch(PairEncoder(width),
                     SchNet(width, width, schnet_layers, cutoff_angstrom, smooth_cutoff),
                     PairHead(width, width, hidden))
        if shared_edge_encoder:
            local.pairs = far.pairs
        super().__init__(local, far, cutoff_angstrom)
