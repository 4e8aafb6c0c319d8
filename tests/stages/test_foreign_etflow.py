"""Networks with the weights of ET-Flow's files equal theirs, at the published width.

Names and shapes are those of the published code (shenoynikhil/ETFlow at 80f82d7); the network is
written here from models.md 3.3, over directed edges, and reads the numbers by these names.
"""

import math

import pytest
import torch
from hand_made import stage_batch
from torch.nn.functional import layer_norm, linear, silu

from pipeline_src.graphs.centering import centre
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings import Stage
from pipeline_src.stages.assembly import build_backbone

H, K, HEADS, CUTOFF = 160, 64, 8, 10.0
BODY, HEAD = "network.representation_model", "network.output_model.output_network"


def shapes(layers, values, normed=False):
    """Name -> shape, in the order of the modules."""
    def dense(name, inputs, outputs, bias=True):
        weight = {f"{name}.weight": (outputs, inputs)}
        return weight | {f"{name}.bias": (outputs,)} if bias else weight

    def norm(name):
        return {f"{name}.weight": (H,), f"{name}.bias": (H,)}

    near = f"{BODY}.neighbor_embedding"
    found = {f"{BODY}.embedding.weight": (100, H), f"{BODY}.distance_expansion.means": (K,),
             f"{BODY}.distance_expansion.betas": (K,), f"{near}.embedding.weight": (100, H),
             **dense(f"{near}.distance_proj", K + 1, H), **dense(f"{near}.combine", 2 * H, H),
             **dense(f"{BODY}.node_mlp.0", 10, H), **norm(f"{BODY}.node_mlp.2"),
             **dense(f"{BODY}.node_mlp.3", H, H)}
    for k in range(layers):
        one = f"{BODY}.attention_layers.{k}"
        found |= {**norm(f"{one}.layernorm"), **dense(f"{one}.mixing_mlp.0", 2 * H + 1, H),
                  **dense(f"{one}.mixing_mlp.2", H, H)}
        for name in ("q_proj", "k_proj"):
            found |= {**dense(f"{one}.{name}.0", H, H), **norm(f"{one}.{name}.1")}
        found |= {**dense(f"{one}.v_proj", H, values * H), **dense(f"{one}.o_proj", H, 3 * H),
                  **dense(f"{one}.vec_proj", H, 3 * H, bias=False),
                  **dense(f"{one}.dk_proj", K + 1, H), **dense(f"{one}.dv_proj", K + 1, values * H)}
    found |= norm(f"{BODY}.out_norm")
    for k, (width, kept, out) in enumerate(((H, H // 2, H), (H // 2, 1, H + 1))):
        one = f"{HEAD}.{k}"
        found |= {**dense(f"{one}.vec1_proj", width, width, bias=False),
                  **dense(f"{one}.vec2_proj", width, kept, bias=False),
                  **dense(f"{one}.update_net.0", 2 * width, width),
                  **dense(f"{one}.update_net.{3 if normed else 2}", width, out)}
        if normed:
            found |= {f"{one}.update_net.1.{leaf}": (width,) for leaf in ("weight", "bias")}
    return found


def make_state(layers=2, values=3, normed=False):
    state = {name: torch.randn(shape) * (shape[-1] ** -0.5 if len(shape) > 1 else 0.1)
             for name, shape in shapes(layers, values, normed).items()}
    state[f"{BODY}.distance_expansion.means"] = torch.linspace(math.exp(-CUTOFF), 1, K)
    state[f"{BODY}.distance_expansion.betas"] = torch.rand(K) * 900 + 100
    return state


def velocities(state, batch, pos, time, layers, values):
    """Theirs, of one molecule  # (N, 3)"""
    def dense(name, x):
        return linear(x, state[f"{name}.weight"], state.get(f"{name}.bias"))

    def norm(name, x):
        return layer_norm(x, (H,), state[f"{name}.weight"], state[f"{name}.bias"])

    def add(values, index):
        return values.new_zeros(len(pos), *values.shape[1:]).index_add(0, index, values)

    bonds = batch.local_pair_index[:, batch.local_pair_kind < 23]
    bonded = torch.zeros(len(pos), len(pos), dtype=torch.bool)
    bonded[bonds[0], bonds[1]] = bonded[bonds[1], bonds[0]] = True
    edges = bonded | (torch.cdist(pos, pos) <= CUTOFF)
    j, i = edges.fill_diagonal_(False).nonzero(as_tuple=True)  # from j to i
    u = pos[j] - pos[i]
    d = (u**2).sum(-1)  # as published: squared
    fade = 0.5 * (torch.cos(d * math.pi / CUTOFF) + 1) * (d < CUTOFF)
    bases = torch.exp(-5 / CUTOFF * d)[:, None] - state[f"{BODY}.distance_expansion.means"]
    bases = fade[:, None] * torch.exp(-state[f"{BODY}.distance_expansion.betas"] * bases**2)
    attr = torch.cat([bases, bonded[j, i].to(pos)[:, None]], 1)
    u = u / d.clamp(min=0.01)[:, None]

    near, z = f"{BODY}.neighbor_embedding", batch.numbers
    columns = batch.features.to(pos).clone()
    columns[:, 0], columns[:, 3], columns[:, 4] = 4, 0, 0  # as their RDKit code gives them
    columns = dense(f"{BODY}.node_mlp.3", norm(f"{BODY}.node_mlp.2", silu(dense(
        f"{BODY}.node_mlp.0", columns))))
    message = state[f"{near}.embedding.weight"][z][j] * dense(f"{near}.distance_proj", attr)
    x = dense(f"{near}.combine", torch.cat([
        state[f"{BODY}.embedding.weight"][z], add(message * fade[:, None], i)], 1))
    v = pos.new_zeros(len(pos), 3, H)
    for k in range(layers):
        one, heads = f"{BODY}.attention_layers.{k}", (-1, HEADS, H // HEADS)
        mixed = dense(f"{one}.mixing_mlp.2", silu(dense(
            f"{one}.mixing_mlp.0", torch.cat([x, time[:, None], columns], 1))))
        mixed = norm(f"{one}.layernorm", mixed)
        q, key = (norm(f"{one}.{n}.1", dense(f"{one}.{n}.0", mixed)).reshape(heads)
                  for n in ("q_proj", "k_proj"))
        dk = silu(dense(f"{one}.dk_proj", attr)).reshape(heads)
        parts = dense(f"{one}.v_proj", mixed)[j] * silu(dense(f"{one}.dv_proj", attr))
        parts = parts.reshape(-1, HEADS, values * H // HEADS).split(H // HEADS, -1)
        weight = silu((q[i] * key[j] * dk).sum(-1)) * fade[:, None]
        scalar = add((parts[0] * weight[..., None]).flatten(1), i)
        flat = [part.flatten(1)[:, None] for part in parts]
        vector = v[j] * flat[1] + flat[2] * u[..., None]
        if values == 4:
            across = torch.linalg.cross(u[..., None].expand_as(v[j]), v[j], dim=1)
            vector = vector + flat[3] * across
        v1, v2, v3 = dense(f"{one}.vec_proj", v).split(H, -1)
        o1, o2, o3 = dense(f"{one}.o_proj", scalar).split(H, -1)
        x, v = x + (v1 * v2).sum(1) * o2 + o3, v + v3 * o1[:, None] + add(vector, i)
    x = norm(f"{BODY}.out_norm", x)
    for k, out in enumerate((H // 2, H)):
        one = f"{HEAD}.{k}"
        length = dense(f"{one}.vec1_proj", v).norm(dim=1)
        hidden = dense(f"{one}.update_net.0", torch.cat([x, length], 1))
        if normed := f"{one}.update_net.1.weight" in state:
            hidden = layer_norm(hidden, hidden.shape[1:], state[f"{one}.update_net.1.weight"],
                                state[f"{one}.update_net.1.bias"])
        both = dense(f"{one}.update_net.{3 if normed else 2}", silu(hidden))
        x, v = silu(both[:, :out]), both[:, out:, None].transpose(1, 2) * dense(
            f"{one}.vec2_proj", v)
    return v.squeeze(-1) - v.squeeze(-1).mean(0)


def stage_of(layers=2, parity="o3", normed=False, **weights):
    return Stage.model_validate({
        "level": "all", "process": {"kind": "flow_matching", "prior": "harmonic"},
        "backbone": {"kind": "equivariant_transformer", "layers": layers, "distance": "squared",
                     "parity": parity, "output_norm": normed},
        "weights": {"kind": "etflow", "path": "x.ckpt", **weights}})


def read(path, stage):
    return load_part("weights", "etflow")(path, stage)


@pytest.mark.parametrize(("parity", "values", "normed"), [
    ("o3", 3, False), ("so3", 4, False), ("o3", 3, True), ("so3", 4, True)])  # normed: QM9's
@pytest.mark.parametrize("bare", [True, False])
def test_the_same_input_gives_the_same_output(tmp_path, parity, values, normed, bare):
    torch.manual_seed(2)
    state = make_state(values=values, normed=normed)
    stage = stage_of(parity=parity, normed=normed)
    torch.save(state if bare else {"state_dict": state, "epoch": 7}, tmp_path / "x.ckpt")
    foreign = read(tmp_path / "x.ckpt", stage)
    assert foreign.described == {"epoch": None if bare else 7} and foreign.elements is None
    backbone = build_backbone(stage)
    backbone.load_state_dict(foreign.state)
    batch = stage_batch("CC(C)CCc1ccc(cc1)C(=O)N[C@H](C)CO", coarse=None)
    pos = centre(batch.pos.double() + 0.3 * torch.randn(batch.num_nodes, 3, dtype=torch.float64),
                 batch.batch, 1)
    time = torch.full((len(pos),), 0.4, dtype=torch.float64)
    theirs = velocities({name: tensor.double() for name, tensor in state.items()}, batch, pos,
                        time, 2, values)
    # of float64 as much as the bias, in float32, holds of the constant columns
    for dtype, tolerance in ((torch.float64, 1e-7), (torch.float32, 1e-5)):
        with torch.no_grad():
            ours = backbone.to(dtype)(batch, pos.to(dtype), time.to(dtype)).vectors.double()
        assert float((ours - theirs).abs().max() / theirs.abs().max()) < tolerance


@pytest.mark.parametrize("normed", [False, True])
def test_all_twenty_layers_have_their_names(tmp_path, normed):
    torch.save({"state_dict": make_state(20, normed=normed)}, tmp_path / "x.ckpt")
    stage = stage_of(20, normed=normed)
    names = build_backbone(stage).state_dict().keys()
    assert read(tmp_path / "x.ckpt", stage).state.keys() == names


@pytest.mark.parametrize(("change", "told"), [
    ({f"{HEAD}.0.update_net.1.weight": torch.ones(H)}, "update_net.1.weight': unknown"),  # QM9's
    ({f"{HEAD}.1.update_net.2.bias": torch.ones(1)}, "found shape (1,), expected shape (161,)"),
    ({f"{BODY}.out_norm.bias": None}, "out_norm.bias': found a NoneType, expected shape (160,)"),
])
def test_differences_are_named(tmp_path, change, told):
    torch.save({"state_dict": make_state() | change}, tmp_path / "x.ckpt")
    with pytest.raises(InputError) as caught:
        read(tmp_path / "x.ckpt", stage_of())
    assert told in str(caught.value)


def test_heads_and_parity_are_compared(tmp_path):
    torch.save({"state_dict": make_state(), "hyper_parameters": {"num_heads": 4}},
               tmp_path / "x.ckpt")
    with pytest.raises(InputError, match="hyper_parameters.num_heads: found 4, expected 8"):
        read(tmp_path / "x.ckpt", stage_of())
    with pytest.raises(InputError, match="output_layer_norm: found True, expected False"):
        torch.save({"state_dict": make_state(normed=True),
                    "hyper_parameters": {"output_layer_norm": True}}, tmp_path / "x.ckpt")
        read(tmp_path / "x.ckpt", stage_of())
    with pytest.raises(InputError, match="update_net.1.weight"):  # asked for, not there
        torch.save(make_state(), tmp_path / "x.ckpt")
        read(tmp_path / "x.ckpt", stage_of(normed=True))
    with pytest.raises(InputError, match="v_proj.weight"):
        torch.save(make_state(), tmp_path / "x.ckpt")
        read(tmp_path / "x.ckpt", stage_of(parity="so3"))


def test_the_optimiser_tells_the_elements(tmp_path):
    state = make_state()
    parameters = [torch.nn.Parameter(tensor) for tensor in state.values()]
    place = list(state).index(f"{BODY}.embedding.weight")
    parameters[place][torch.tensor([1, 6, 9])].square().sum().backward()
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-8)
    optimizer.step()
    torch.save({"state_dict": state, "optimizer_states": [optimizer.state_dict()]},
               tmp_path / "x.ckpt")
    assert read(tmp_path / "x.ckpt", stage_of()).elements == {1, 6, 9}
