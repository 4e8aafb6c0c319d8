"""Checkpoints as GeoDiff and MSGEN write them: their names and shapes, and the network they mean.

The names are those of the published code (MinkaiXu/GeoDiff at ea0ca48, Taserita/MSGEN-Full at
de90767), in the order of their modules; the network is written here from models.md 3.1 and 4.5,
over directed edges, and reads the numbers by these names.
"""

import math
import sys
from collections import OrderedDict
from types import ModuleType

import torch
from torch.nn.functional import linear, relu, softplus

from benchmarks.baseline.edges import edges_of_copies, extended_kinds

CUTOFF = 10.0


class Sizes:
    """Those of ``config.model``, as published for Drugs unless said otherwise."""

    def __init__(self, guided=False, hidden_dim=128, num_convs=6, num_convs_local=4,
                 smooth_conv=True, steps=5000):
        self.guided, self.steps = guided, steps
        self.config = {
            "type": "diffusion", "network": "condition" if guided else "dualenc",
            "hidden_dim": hidden_dim, "num_convs": num_convs, "num_convs_local": num_convs_local,
            "cutoff": CUTOFF, "mlp_act": "relu", "beta_schedule": "sigmoid", "beta_start": 1e-7,
            "beta_end": 2e-3, "num_diffusion_timesteps": steps, "edge_order": 3,
            "edge_encoder": "mlp", "smooth_conv": smooth_conv}

    def backbone(self, **more):
        """Settings of our network of these sizes."""
        c = self.config
        return {"kind": "guided_dual_encoder" if self.guided else "dual_encoder",
                "width": c["hidden_dim"], "schnet_layers": c["num_convs"],
                "gin_layers": c["num_convs_local"], "smooth_cutoff": c["smooth_conv"], **more}


def _linear(name, inputs, outputs):
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _perceptron(name, *widths):
    return {key: shape for k, pair in enumerate(zip(widths, widths[1:], strict=False))
            for key, shape in _linear(f"{name}.layers.{k}", *pair).items()}


def _modules(sizes):
    """The shapes of each module by its own names, in the order in which they are made."""
    h, guided = sizes.config["hidden_dim"], sizes.guided
    both = 2 * h if guided else h
    encoder = {"bond_emb.weight": (100, h), **_perceptron("mlp", 1, h, h)}
    schnet = {"embedding.weight": (100, h)}
    for k in range(sizes.config["num_convs"]):
        one = f"interactions.{k}"
        schnet |= {f"{one}.conv.lin1.weight": (h, h), **_linear(f"{one}.conv.lin2", h, h),
                   **_linear(f"{one}.conv.nn.0", both, h), **_linear(f"{one}.conv.nn.2", h, h),
                   **_linear(f"{one}.lin", h, h)}
    gin = {"node_emb.weight": (100, h)}
    for k in range(sizes.config["num_convs_local"]):
        gin |= {f"convs.{k}.eps": (1,), **_perceptron(f"convs.{k}.nn", h, h, h)}
    gin |= _perceptron("edge_transform", both, h, h) if guided else {}
    head = _perceptron("x", h + both, *([both] if guided else []), h, h // 2, 1)
    head = {name.removeprefix("x."): shape for name, shape in head.items()}
    encoders = {f"edge_{what}_{side}": encoder for side in ("global", "local")
                for what in (("encoder", "condition") if guided else ("encoder",))}
    return {**encoders, "encoder_global": schnet, "encoder_local": gin,
            "grad_global_dist_mlp": head, "grad_local_dist_mlp": head}


def make_state(sizes):
    """A ``state_dict`` of random numbers; what is stored twice is one tensor."""
    modules, state = _modules(sizes), {}
    betas = 1e-7 + 2e-3 * torch.sigmoid(torch.linspace(-6, 6, sizes.steps, dtype=torch.float64))
    for end in (("_p", "") if sizes.guided else ("",)):
        state[f"betas{end}"] = betas.float()
        state[f"alphas{end}"] = (1 - betas).cumprod(0).float()
    for module, shapes in modules.items():
        for name, shape in shapes.items():
            fan_in = shape[-1] if len(shape) > 1 and "emb" not in name else 1
            scale = 0 if name.endswith("eps") else fan_in ** -0.5 if len(shape) > 1 else 0.1
            state[f"{module}.{name}"] = scale * torch.randn(shape)
    state["encoder_global.embedding.weight"][6] *= 3  # longer than 10: shortened on reading
    for side in ("global", "local"):
        for place, module in enumerate(m for m in modules if f"_{side}" in m):
            for name in modules[module]:
                state[f"model_{side}.{place}.{name}"] = state[f"{module}.{name}"]
    return state


def _dense(state, name, x):
    return linear(x, state[f"{name}.weight"], state.get(f"{name}.bias"))


def _layers(state, name, x):
    count = len([key for key in state if key.startswith(f"{name}.layers.") and "weight" in key])
    for k in range(count):
        x = _dense(state, f"{name}.layers.{k}", x)
        x = relu(x) if k < count - 1 else x
    return x


def _ssp(x):
    return softplus(x) - math.log(2)


def _edge_vectors(state, side, shared, lengths, kinds):
    used = "global" if shared else side
    names = [f"edge_encoder_{used}", f"edge_condition_{side}"][:len(lengths)]
    return torch.cat([_layers(state, f"{name}.mlp", d) * state[f"{name}.bond_emb.weight"][kinds]
                      for name, d in zip(names, lengths, strict=True)], dim=1)


def _schnet(state, numbers, edge, vector, length, smooth):
    table = state["encoder_global.embedding.weight"]
    x = table * (10 / table.norm(dim=1, keepdim=True)).clamp(max=1)
    x, fade = x[numbers], (length <= CUTOFF).to(length)
    fade = fade * 0.5 * (torch.cos(length * math.pi / CUTOFF) + 1) if smooth else fade
    k = 0
    while f"{(name := f'encoder_global.interactions.{k}')}.lin.weight" in state:
        strength = _ssp(_dense(state, f"{name}.conv.nn.0", vector))
        strength = _dense(state, f"{name}.conv.nn.2", strength) * fade
        message = _dense(state, f"{name}.conv.lin1", x)[edge[0]] * strength
        total = torch.zeros_like(x).index_add(0, edge[1], message)
        x = x + _dense(state, f"{name}.lin", _ssp(_dense(state, f"{name}.conv.lin2", total)))
        k += 1
    return x


def _gin(state, numbers, edge, vector, layers):
    if "encoder_local.edge_transform.layers.0.weight" in state:
        vector = _layers(state, "encoder_local.edge_transform", vector)
    x = state["encoder_local.node_emb.weight"][numbers]
    for k in range(layers):
        total = (1 + state[f"encoder_local.convs.{k}.eps"]) * x
        total = total.index_add(0, edge[1], relu(x[edge[0]] + vector))
        new = _layers(state, f"encoder_local.convs.{k}.nn", total)
        x = x + (relu(new) if k < layers - 1 else new)
    return x


def directed_scores(state, sizes, molecule, numbers, pos, guide=None, shared=False):
    """Edges (2, E), their kinds (E,), and scores of the far and of the local ones."""
    kinds = extended_kinds(len(numbers), torch.from_numpy(molecule.bonds).T,
                           torch.from_numpy(molecule.orders))
    edge, kind = edges_of_copies(kinds, pos, CUTOFF)
    lengths = [(p[edge[0]] - p[edge[1]]).norm(dim=1, keepdim=True)
               for p in (pos, guide) if p is not None]
    far, local = kind == 0, kind > 0
    vector = _edge_vectors(state, "global", shared, lengths, kind)
    x = _schnet(state, numbers, edge, vector, lengths[0], sizes.config["smooth_conv"])
    far_scores = _layers(state, "grad_global_dist_mlp", torch.cat(
        [x[edge[0]] * x[edge[1]], vector], dim=1)[far])
    vector = _edge_vectors(state, "local", shared, lengths, kind)[local]
    x = _gin(state, numbers, edge[:, local], vector, sizes.config["num_convs_local"])
    local_scores = _layers(state, "grad_local_dist_mlp", torch.cat(
        [x[edge[0, local]] * x[edge[1, local]], vector], dim=1))
    return edge, kind, far_scores, local_scores


def train_a_step(state, score):
    """The ``state_dict``s of both optimisers after one step down the sum of squared scores."""
    first = {id(tensor): tensor for name, tensor in state.items()
             if not name.startswith(("model_", "betas", "alphas")) and not name.endswith("eps")}
    for tensor in first.values():
        tensor.requires_grad_()
    sum(part.square().sum() for part in score()[2:]).backward()
    found = {}
    for side in ("global", "local"):
        listed = [tensor for name, tensor in state.items()
                  if name.startswith(f"model_{side}.") and not name.endswith("eps")]
        optimizer = torch.optim.Adam(listed, lr=1e-3, betas=(0.95, 0.999))
        optimizer.step()
        found[f"optimizer_{side}"] = optimizer.state_dict()
    for tensor in first.values():
        tensor.requires_grad_(False)
    return found


class EasyDict(dict):
    """As the package of that name: every item is an attribute, too."""

    def __init__(self, items):
        super().__init__()
        for key, value in items.items():
            value = EasyDict(value) if isinstance(value, dict) else value
            self[key] = value
            self.__dict__[key] = value


EasyDict.__module__ = "easydict"


def save(path, sizes, state, **more):
    """A file as training writes it; ``more`` replaces or adds entries."""
    if isinstance(state, dict):
        state = OrderedDict(state)
        state._metadata = OrderedDict({"": {"version": 1}})  # as a module's own has
    module = ModuleType("easydict")
    module.EasyDict = EasyDict
    sys.modules["easydict"] = module
    try:
        torch.save({"config": EasyDict({"model": sizes.config, "train": {"seed": 2021}}),
                    "model": state, "iteration": 3, "avg_val_loss": 1.5, **more}, path)
    finally:
        del sys.modules["easydict"]
    return path
