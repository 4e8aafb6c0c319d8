"""GeoDiff's checkpoints (Xu et al., ICLR 2022; github.com/MinkaiXu/GeoDiff).

The released code feeds the local branch by the global edge encoder, and so were the released
weights trained: such files need ``shared_edge_encoder: true``. Their radius graph keeps at most 32
neighbours of an atom, by index; ours all of them, so molecules of more than 33 atoms can differ.
"""

from pathlib import Path

from pipeline_src.run.settings import Stage
from pipeline_src.stages.foreign.base import ForeignWeights
from pipeline_src.stages.foreign.lineage import (
    Lineage,
    encoder_names,
    head_names,
    node_names,
    read_lineage,
)


def read_geodiff(path: Path, stage: Stage) -> ForeignWeights:
    """See ``ForeignReader``; the stage has a ``dual_encoder``."""
    return read_lineage(path, stage, dual_lineage("GeoDiff's network", stage))


def dual_lineage(network: str, stage: Stage) -> Lineage:
    """Names of the network without a guide."""
    backbone = stage.backbone
    return Lineage(
        network, "dualenc",
        {**encoder_names("global_branch.pairs", "edge_encoder_global"),
         **encoder_names("local_branch.pairs", "edge_encoder_local"),
         **node_names(backbone.schnet_layers, backbone.gin_layers), **head_names(3)},
        {f"model_{side}": (f"edge_encoder_{side}", f"encoder_{side}", f"grad_{side}_dist_mlp")
         for side in ("global", "local")},
        ("betas", "alphas"))
