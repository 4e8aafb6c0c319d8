"""ET-Flow's checkpoints (Hassan, Shenoy et al., NeurIPS 2024; github.com/shenoynikhil/ETFlow).

Lightning's files, or a bare ``state_dict``; read from the published code at 80f82d7. Their names
are those of TorchMD-NET below ``network.``. Where their numbers mean something else than ours:

- Atom columns: what we compute of chirality, valence and hydrogens (0, 3, 4) theirs has as the
  constants 4, 0, 0 (``graphs/atom_features.py``): so the constants go into the first bias.
- The last layer gives width + 1 numbers of which only the last one is used.

The released weights of QM9 have normalisations in their output blocks (``output_layer_norm`` of
its configs): their stage needs ``output_norm: true``, else they are refused by these names.
ET-Flow's turning over of samples with wrong chirality is no weight and not taken over; nor is its
bound of 32 neighbours of an atom.
"""

from pathlib import Path

from torch import Tensor

from pipeline_src.graphs.atom_features import FEATURES
from pipeline_src.run.settings import Stage
from pipeline_src.run.settings.backbones import EquivariantTransformer
from pipeline_src.stages.assembly import build_backbone
from pipeline_src.stages.foreign.adam import AdamStates
from pipeline_src.stages.foreign.base import ForeignWeights
from pipeline_src.stages.foreign.tensors import check_names, refuse
from pipeline_src.stages.weights import load_safely

NETWORK = "ET-Flow's network"
CONSTANTS = {"chirality": 4.0, "valence": 0.0, "hydrogens": 0.0}  # in all their training data
_BODY, _HEAD = "network.representation_model", "network.output_model.output_network"
_LAYER = {"mix.0": "mixing_mlp.0", "mix.2": "mixing_mlp.2", "norm": "layernorm",
          "query.0": "q_proj.0", "query.1": "q_proj.1", "key.0": "k_proj.0", "key.1": "k_proj.1",
          "value": "v_proj", "pair_key": "dk_proj", "pair_value": "dv_proj",
          "vectors": "vec_proj", "outward": "o_proj"}
_GATE = {"measured": "vec1_proj", "kept": "vec2_proj"}
_LAYERS_OF_GATE = {False: (0, 2), True: (0, 1, 3)}  # by output_norm: linear, [norm,] linear


def read_etflow(path: Path, stage: Stage) -> ForeignWeights:
    """See ``ForeignReader``; the stage has an ``equivariant_transformer``."""
    content = load_safely(path, hint="Name a checkpoint file of the kind 'etflow' in the stage's "
                          "weights.")
    ours, modules = build_backbone(stage).state_dict(), _modules(stage.backbone)
    last = f"head.second.update.{_LAYERS_OF_GATE[stage.backbone.output_norm][-1]}"
    names = {name: _theirs(name, modules) for name in ours}
    wanted = {names[name]: tuple(tensor.shape) for name, tensor in ours.items()}
    for leaf, shape in (("weight", (stage.backbone.width // 2,)), ("bias", ())):
        wanted[names[f"{last}.{leaf}"]] = (stage.backbone.width + 1, *shape)
    refuse(path, _misfits(content.get("hyper_parameters"), stage), NETWORK)
    state = check_names(path, content.get("state_dict", content), wanted, NETWORK)
    found = {name: state[names[name]].detach().float().clone() for name in ours}
    for leaf in ("weight", "bias"):
        found[f"{last}.{leaf}"] = found[f"{last}.{leaf}"][-1:].clone()
    _without_constants(found["features.0.weight"], found["features.0.bias"])
    epoch = content.get("epoch")
    return ForeignWeights(found, _elements(content.get("optimizer_states"), state),
                          {"epoch": epoch if type(epoch) is int else None})


def _modules(backbone: EquivariantTransformer) -> dict[str, str]:
    """Our module -> theirs."""
    names = {"atoms": f"{_BODY}.embedding", "bases": f"{_BODY}.distance_expansion",
             "neighbours.atoms": f"{_BODY}.neighbor_embedding.embedding",
             "neighbours.filters.0": f"{_BODY}.neighbor_embedding.distance_proj",
             "neighbours.combine": f"{_BODY}.neighbor_embedding.combine",
             "norm": f"{_BODY}.out_norm"}
    names |= {f"features.{k}": f"{_BODY}.node_mlp.{k}" for k in (0, 2, 3)}
    names |= {f"layers.{k}.{ours}": f"{_BODY}.attention_layers.{k}.{theirs}"
              for k in range(backbone.layers) for ours, theirs in _LAYER.items()}
    gate = _GATE | {f"update.{k}": f"update_net.{k}"
                    for k in _LAYERS_OF_GATE[backbone.output_norm]}
    return names | {f"head.{place}.{ours}": f"{_HEAD}.{k}.{theirs}"
                    for k, place in enumerate(("first", "second"))
                    for ours, theirs in gate.items()}


def _theirs(name: str, modules: dict[str, str]) -> str:
    module, _, leaf = name.rpartition(".")
    return f"{modules[module]}.{leaf}"


def _misfits(saved: object, stage: Stage) -> list[str]:
    """Where what Lightning saved of the network's arguments, if anything, is not the stage's."""
    backbone, saved = stage.backbone, saved if isinstance(saved, dict) else {}
    wanted = {"num_heads": backbone.heads, "cutoff_upper": backbone.cutoff_angstrom,
              "so3_equivariant": backbone.parity == "so3", "qk_norm": True,
              "output_layer_norm": backbone.output_norm}
    return [f"hyper_parameters.{key}: found {dict.get(saved, key)!r}, expected {value!r}"
            for key, value in wanted.items() if dict.get(saved, key, value) != value]


def _without_constants(weight: Tensor, bias: Tensor) -> None:
    """Move the constant columns into the bias, in place  # (H, 10), (H,)"""
    for name, value in CONSTANTS.items():
        column = weight[:, FEATURES.index(name)]
        bias += value * column
        column.zero_()


def _elements(optimizers: object, state: dict[str, Tensor]) -> frozenset[int] | None:
    """What the optimiser has seen; AdamW, whose decay of weights leaves no trace in its squares."""
    first = optimizers[0] if isinstance(optimizers, list) and optimizers else None
    told = AdamStates.of(first, state, "network")
    return told.rows_seen(f"{_BODY}.embedding.weight", decoupled=True) if told else None
