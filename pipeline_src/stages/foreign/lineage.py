"""Checkpoints of GeoDiff and of what was made from its code: the same dictionary, the same names.

They are ``torch.save`` of {'config', 'model', 'optimizer_global', 'optimizer_local', 'iteration',
...}; the configuration is an ``EasyDict``. Every module of a branch is stored twice, by its own
name and as a member of the list ``model_global`` or ``model_local``, which an optimiser has. Read
from the published code: MinkaiXu/GeoDiff at ea0ca48, Taserita/MSGEN-Full at de90767.
"""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pipeline_src.run.errors import InputError
from pipeline_src.run.settings import Stage
from pipeline_src.stages.assembly import build_backbone, build_process
from pipeline_src.stages.foreign.adam import AdamStates
from pipeline_src.stages.foreign.base import ForeignWeights
from pipeline_src.stages.foreign.tensors import check_copies, check_names, refuse
from pipeline_src.stages.weights import load_safely

# EasyDict is a dictionary: this stands for it, and nothing of its own is run.
STAND_INS = {"easydict.EasyDict": OrderedDict}
_OF_BACKBONE = {"hidden_dim": "width", "num_convs": "schnet_layers",
                "num_convs_local": "gin_layers", "cutoff": "cutoff_angstrom",
                "smooth_conv": "smooth_cutoff"}
_ALWAYS = {"type": "diffusion", "mlp_act": "relu", "edge_encoder": "mlp", "edge_order": 3}
_ENCODER = "local_branch.pairs."


@dataclass(frozen=True)
class Lineage:
    """What is different from one to the other.

    Attributes:
        network: whose it is, in words.
        kind: ``config.model.network``.
        modules: our module -> theirs.
        lists: ``model_global`` or ``model_local`` -> the modules it stores again, in order.
        schedules: names of noise schedules beside the modules.
    """

    network: str
    kind: str
    modules: dict[str, str]
    lists: dict[str, tuple[str, ...]]
    schedules: tuple[str, ...]

    def theirs(self, name: str) -> str:
        """Their name of one of our parameters."""
        module, _, leaf = name.rpartition(".")
        return f"{self.modules[module]}.{leaf}"

    def copies(self, names: list[str]) -> dict[str, str]:
        """Second name -> first name, of ``names`` that are stored twice."""
        return {f"{listed}.{place}{name.removeprefix(module)}": name
                for listed, modules in self.lists.items() for place, module in enumerate(modules)
                for name in names if name.startswith(f"{module}.")}


def read_lineage(path: Path, stage: Stage, lineage: Lineage) -> ForeignWeights:
    """As ``ForeignReader``; ``lineage``: of the stage's backbone."""
    content = load_safely(path, stand_ins=STAND_INS, hint="Name a checkpoint file of the kind "
                          f"'{stage.weights.kind}' in the stage's weights.")
    config = _config(content)
    refuse(path, _misfits(config, stage, lineage), lineage.network)
    state = _checked(path, content.get("model"), stage, lineage)
    shared = getattr(stage.backbone, "shared_edge_encoder", False)
    local = AdamStates.of(content.get("optimizer_local"), state, "model_local")
    if local and local.unused("model_local.0.") not in (None, shared):
        raise InputError(str(path), f"a local edge encoder that was {'' if shared else 'never '}"
                         "trained", f"backbone.shared_edge_encoder: {str(not shared).lower()}",
                         f"Set it so in the stage; it is {str(shared).lower()}.")
    ours = {name: state[lineage.theirs(_source(name, shared))].detach().float().clone()
            for name in build_backbone(stage).state_dict()}
    embedding = next(second for second in state if second.startswith("model_local.")
                     and second.endswith(".node_emb.weight"))
    return ForeignWeights(
        ours, local.rows_seen(embedding) if local else None,
        {"iteration": _number(content.get("iteration")), "model": config},
        _noise_notes(state["betas"], stage))


def _source(name: str, shared: bool) -> str:
    """Our parameter that a parameter is read from."""
    return name.replace("local_", "global_", 1) if shared and name.startswith(_ENCODER) else name


def _config(content: dict) -> dict[str, Any]:
    """Plain values of ``config.model``; empty if the file has none."""
    config = content.get("config")
    model = dict.get(config, "model") if isinstance(config, dict) else None
    if not isinstance(model, dict):
        return {}
    return {key: value for key, value in sorted(dict.items(model), key=str)
            if isinstance(key, str) and isinstance(value, bool | int | float | str)}


def _misfits(config: dict, stage: Stage, lineage: Lineage) -> list[str]:
    """Where the file's own configuration is not that of the stage's network."""
    wanted = _ALWAYS | {"network": lineage.kind}
    lines = [f"config.model.{key}: found {config[key]!r}, expected {value!r}"
             for key, value in wanted.items() if config.get(key, value) != value]
    for theirs, ours in _OF_BACKBONE.items():
        value = getattr(stage.backbone, ours)
        if config.get(theirs, value) != value:
            lines.append(f"config.model.{theirs}: found {config[theirs]!r}, expected {value!r} "
                         f"(the stage's backbone.{ours})")
    return lines


def _checked(path: Path, state: object, stage: Stage, lineage: Lineage) -> dict[str, Tensor]:
    """The file's ``model``, of the right names, shapes and copies.

    Raises:
        InputError: it is not; or a GIN layer weighs an atom's own state otherwise than by one.
    """
    wanted = {lineage.theirs(name): tuple(tensor.shape)
              for name, tensor in build_backbone(stage).state_dict().items()}
    eps = [f"encoder_local.convs.{k}.eps" for k in range(stage.backbone.gin_layers)]
    wanted |= dict.fromkeys(eps, (1,))
    copies = lineage.copies(list(wanted))
    wanted |= {second: wanted[first] for second, first in copies.items()}
    wanted |= dict.fromkeys(lineage.schedules, (-1,))
    state = check_names(path, state, wanted, lineage.network, last="model_")
    check_copies(path, state, copies, lineage.network)
    refuse(path, [f"'{name}': found {float(state[name]):g}, expected 0" for name in eps
                  if state[name].any()], lineage.network)
    return state


def _noise_notes(betas: Tensor, stage: Stage) -> list[str]:
    """A sentence if the stage's noise levels are not those of the training."""
    kept = (1 - betas.double()).prod()
    most = float(torch.sqrt((1 - kept) / kept))
    sigmas = build_process(stage).schedule.sigmas
    if len(betas) == len(sigmas) and abs(most - sigmas[-1]) < 0.01 * most:
        return []
    return [f"trained with {len(betas)} noise levels up to {most:.2f} Å; the stage's process has "
            f"{len(sigmas)} up to {sigmas[-1]:.2f} Å"]


def _number(value: object) -> int | None:
    return value if type(value) is int else None


def perceptron_names(ours: str, theirs: str, layers: int) -> dict[str, str]:
    """Linear layers of a perceptron, theirs counted without the activations."""
    return {f"{ours}.{2 * k}": f"{theirs}.layers.{k}" for k in range(layers)}


def encoder_names(ours: str, theirs: str) -> dict[str, str]:
    """A pair encoder."""
    return {f"{ours}.kind": f"{theirs}.bond_emb", **perceptron_names(
        f"{ours}.distance", f"{theirs}.mlp", 2)}


def node_names(schnet_layers: int, gin_layers: int) -> dict[str, str]:
    """SchNet and GIN."""
    names = {"global_branch.nodes.atoms": "encoder_global.embedding",
             "local_branch.nodes.atoms": "encoder_local.node_emb"}
    for k in range(schnet_layers):
        ours, theirs = f"global_branch.nodes.interactions.{k}", f"encoder_global.interactions.{k}"
        names |= {f"{ours}.filter.0": f"{theirs}.conv.nn.0",
                  f"{ours}.filter.2": f"{theirs}.conv.nn.2",
                  f"{ours}.inward": f"{theirs}.conv.lin1",
                  f"{ours}.outward.0": f"{theirs}.conv.lin2",
                  f"{ours}.outward.2": f"{theirs}.lin"}
    for k in range(gin_layers):
        names |= perceptron_names(f"local_branch.nodes.layers.{k}.update",
                                  f"encoder_local.convs.{k}.nn", 2)
    return names


def head_names(layers: int) -> dict[str, str]:
    """Both heads."""
    return {ours: theirs for side in ("global", "local") for ours, theirs in perceptron_names(
        f"{side}_branch.head.score", f"grad_{side}_dist_mlp", layers).items()}
