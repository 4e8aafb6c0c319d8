"""MSGEN's checkpoints (ICLR 2026; github.com/Taserita/MSGEN-Full).

A first stage is GeoDiff's network with an edge encoder for each branch. A guided one has four edge
encoders, {global, local} of the current and of the guide's distances, read side by side (models.md
4.5). As for GeoDiff, their graph of far pairs keeps at most 32 neighbours of an atom; ours all.
"""

from pathlib import Path

from pipeline_src.run.settings import Stage
from pipeline_src.stages.foreign.base import ForeignWeights
from pipeline_src.stages.foreign.geodiff import dual_lineage
from pipeline_src.stages.foreign.lineage import (
    Lineage,
    encoder_names,
    head_names,
    node_names,
    perceptron_names,
    read_lineage,
)


def read_msgen(path: Path, stage: Stage) -> ForeignWeights:
    """See ``ForeignReader``; the stage has a ``dual_encoder`` or a ``guided_dual_encoder``."""
    return read_lineage(path, stage, guided_lineage(stage) if stage.guide else
                        dual_lineage("MSGEN's network of a first stage", stage))


def guided_lineage(stage: Stage) -> Lineage:
    """Names of the network with a guide."""
    backbone, modules = stage.backbone, {}
    for side in ("global", "local"):
        modules |= encoder_names(f"{side}_branch.pairs.current", f"edge_encoder_{side}")
        modules |= encoder_names(f"{side}_branch.pairs.guide", f"edge_condition_{side}")
    return Lineage(
        "MSGEN's network of a guided stage", "condition",
        {**modules, **node_names(backbone.schnet_layers, backbone.gin_layers),
         **perceptron_names("local_branch.nodes.pairs", "encoder_local.edge_transform", 2),
         **head_names(4)},
        {f"model_{side}": (f"edge_encoder_{side}", f"edge_condition_{side}", f"encoder_{side}",
                           f"grad_{side}_dist_mlp") for side in ("global", "local")},
        ("betas", "alphas", "betas_p", "alphas_p"))
