"""Foreign files that are of something else, damaged or hostile: one sentence, and nothing runs."""

import io
import os
import pickle
import zipfile
from collections import OrderedDict

import pytest
import torch
from foreign_checkpoints import Sizes, make_state, save

from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings import Stage

SMALL = {"hidden_dim": 8, "num_convs": 2, "num_convs_local": 2, "steps": 50}
SIZES = Sizes(**SMALL)


def stage_of(sizes=SIZES, kind="geodiff", **backbone):
    return Stage.model_validate({
        "level": "all", "guide": {"level": "heavy"} if sizes.guided else None,
        "backbone": sizes.backbone(**backbone), "weights": {"kind": kind, "path": "x.pt"}})


def refused(path, stage=None):
    """The sentence."""
    stage = stage or stage_of()
    with pytest.raises(InputError) as caught:
        load_part("weights", stage.weights.kind)(path, stage)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("name", "change", "told"), [
    ("encoder_global.embedding.weight", lambda t: None,
     "'encoder_global.embedding.weight': missing, expected shape (100, 8)"),
    ("model_local.1.convs.1.eps", lambda t: None,
     "'model_local.1.convs.1.eps': missing, expected shape (1,)"),
    ("grad_local_dist_mlp.layers.0.weight", lambda t: t[:, :15],
     "'grad_local_dist_mlp.layers.0.weight': found shape (8, 15), expected shape (8, 16)"),
    ("betas", lambda t: t[None], "'betas': found shape (1, 50), expected shape (-1,)"),
    ("edge_encoder_local.mlp.layers.0.bias", lambda t: t.long(), "of torch.int64, expected shape"),
    ("edge_encoder_local.mlp.layers.0.bias", lambda t: t.to_sparse(), "expected shape (8,)"),
    ("edge_encoder_local.mlp.layers.0.bias", lambda t: [1.0], "found a list"),
    ("edge_encoder_local.mlp.layers.0.bias", lambda t: t / 0, "are not finite"),
    ("edge_encoder_local.mlp.layers.0.bias", lambda t: t + 1,
     "'model_local.0.mlp.layers.0.bias' and 'edge_encoder_local.mlp.layers.0.bias': found diff"),
    ("encoder_local.convs.0.eps", lambda t: t, ""),
    ("temb.dense.0.weight", lambda t: torch.zeros(3), "'temb.dense.0.weight': unknown, found sh"),
])
def test_wrong_names_shapes_and_copies_are_named(tmp_path, name, change, told):
    state = make_state(SIZES)
    value = change(state.get(name))
    state = {**state, name: value} if value is not None else {
        key: tensor for key, tensor in state.items() if key != name}
    path = save(tmp_path / "x.pt", SIZES, state)
    if told:
        assert told in refused(path)
    else:
        load_part("weights", "geodiff")(path, stage_of())


def test_an_atom_s_own_weight_is_not_dropped(tmp_path):
    state = make_state(SIZES)
    for name in state:
        if name.endswith("convs.1.eps"):
            state[name] = torch.tensor([0.5])
    assert "'encoder_local.convs.1.eps': found 0.5, expected 0" in refused(
        save(tmp_path / "x.pt", SIZES, state))


@pytest.mark.parametrize(("backbone", "told"), [
    ({"width": 16}, "hidden_dim: found 8, expected 16 (the stage's backbone.width)"),
    ({"schnet_layers": 3}, "num_convs: found 2, expected 3"),
    ({"gin_layers": 3}, "num_convs_local: found 2, expected 3"),
    ({"cutoff_angstrom": 6}, "cutoff: found 10.0, expected 6.0"),
    ({"smooth_cutoff": False}, "smooth_conv: found True, expected False"),
])
def test_settings_that_no_shape_tells_are_compared_too(tmp_path, backbone, told):
    path = save(tmp_path / "x.pt", SIZES, make_state(SIZES))
    assert told in refused(path, stage_of(**backbone))


@pytest.mark.parametrize(("key", "value"), [
    ("type", "dsm"), ("network", "condition"), ("mlp_act", "silu"), ("edge_order", 2),
    ("edge_encoder", "gaussian")])
def test_another_model_is_named(tmp_path, key, value):
    sizes = Sizes(**SMALL)
    sizes.config[key] = value
    assert f"config.model.{key}: found {value!r}" in refused(
        save(tmp_path / "x.pt", sizes, make_state(SIZES)))


def test_a_file_without_configuration_is_held_to_its_shapes(tmp_path):
    path = save(tmp_path / "x.pt", SIZES, make_state(SIZES), config=None)
    assert load_part("weights", "geodiff")(path, stage_of()).described["model"] == {}
    assert "and 33 more" in refused(path, stage_of(gin_layers=4, schnet_layers=3))


@pytest.mark.parametrize(("stored", "asked"), [(True, False), (False, True)])
def test_guided_and_plain_networks_are_told_apart(tmp_path, stored, asked):
    there, here = Sizes(stored, **SMALL), Sizes(asked, **SMALL)
    path = save(tmp_path / "x.pt", there, make_state(there))
    assert "config.model.network" in refused(path, stage_of(here, "msgen"))
    save(path, there, make_state(there), config=None)
    assert "'edge_condition_" in refused(path, stage_of(here, "msgen"))


@pytest.mark.parametrize("model", [None, 3, [], torch.zeros(2), {}, {1: 2}])
def test_what_is_no_network_is_refused(tmp_path, model):
    assert "GeoDiff's network" in refused(save(tmp_path / "x.pt", SIZES, model))


@pytest.mark.parametrize("content", [b"", b"no weights", b"\x80\x02", b"PK\x03\x04", b"\x80\x02]."])
def test_other_files_are_refused_with_what_to_do(tmp_path, content):
    (tmp_path / "x.pt").write_bytes(content)
    told = refused(tmp_path / "x.pt")
    assert "Name a checkpoint file of the kind 'geodiff'" in told and "Delete" not in told


def test_missing_files_folders_and_pipes_are_refused(tmp_path):
    assert "FileNotFoundError" in refused(tmp_path / "none.pt")
    assert "it is not a file" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe")  # would be waited for
    assert "it is not a file" in refused(tmp_path / "pipe")


class Runs:
    """Unpickled by an unguarded reader, it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("entry", ["config", "model", "optimizer_local", "anything"])
def test_code_in_a_file_is_not_run(tmp_path, entry):
    trace = tmp_path / "trace"
    path = save(tmp_path / "x.pt", SIZES, make_state(SIZES), **{entry: {"a": Runs(trace)}})
    assert "it holds io.open" in refused(path) and not trace.exists()
    path.write_bytes(pickle.dumps({"model": make_state(SIZES), entry: Runs(trace)}, protocol=2))
    assert "UnpicklingError" in refused(path) and not trace.exists()


def _with_pickle(path, opcodes):
    """The file with its pickle replaced."""
    whole = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(whole, "w") as new:
        for entry in old.infolist():
            data = opcodes if entry.filename.endswith("data.pkl") else old.read(entry)
            new.writestr(entry, data)
    path.write_bytes(whole.getvalue())
    return path


@pytest.mark.parametrize("opcodes", [
    b"\x80\x02cposix\nsystem\nX\x05\x00\x00\x00false\x85R.",  # a call
    b"\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.",
    b"\x80\x02ceasydict\nEasyDict\n)\x81}X\x01\x00\x00\x00aK\x01sb.",  # attributes set, no call
    b"\x80\x02ceasydict\nEasyDict\ncposix\nsystem\n\x85R.",  # a class as its argument
    b"\x80\x02ceasydict\nEasyDict.update\n)R.", b"\x80\x02ceasydict.EasyDict\n__init__\n)R.",
    b"\x80\x02ceasydict\nEasyDict\nK\x05\x85R.", b"\x80\x02ceasydict\nEasyDict\n.",
    b"\x80\x02}q\x00h\x00h\x00s.", b"\x80\x02" + b"]" * 10_000 + b".", b"\x80\x02R.", b"\x80",
])
def test_hand_made_pickles_are_refused(tmp_path, opcodes):
    refused(_with_pickle(save(tmp_path / "x.pt", SIZES, make_state(SIZES)), opcodes))


def test_a_dictionary_that_hides_its_methods_hides_nothing(tmp_path):
    def hiding(items):
        made = OrderedDict(items)
        made.__dict__.update(dict.fromkeys(("get", "keys", "values"), 5))
        return made

    state, model = make_state(SIZES), dict(SIZES.config)
    path = tmp_path / "x.pt"
    torch.save(hiding({"model": hiding(state), "config": hiding({"model": hiding(model)}),
                       "optimizer_local": hiding({"param_groups": [hiding({})]})}), path)
    found = load_part("weights", "geodiff")(path, stage_of())
    assert found.described["model"]["hidden_dim"] == 8 and found.elements is None


def test_flipped_bytes_end_in_a_sentence_or_in_finite_numbers(tmp_path):
    whole = bytearray(save(tmp_path / "x.pt", SIZES, make_state(SIZES)).read_bytes())
    place = whole.index(b"data.pkl")
    torch.manual_seed(0)
    for position in torch.randint(place, place + 6000, (150,)).tolist():
        damaged = bytearray(whole)
        damaged[position] ^= 0x15
        (tmp_path / "y.pt").write_bytes(damaged)
        try:
            found = load_part("weights", "geodiff")(tmp_path / "y.pt", stage_of())
        except InputError:
            continue
        assert all(torch.isfinite(tensor).all() for tensor in found.state.values())


@pytest.mark.parametrize("optimizer", [
    3, {}, {"param_groups": 3, "state": {}}, {"param_groups": [{"params": [0]}], "state": {}},
    {"param_groups": [{"params": list(range(100))}], "state": {}},
    {"param_groups": [{"params": [[], {}]}], "state": {}},
    {"param_groups": [{"params": list(range(19)), "weight_decay": torch.zeros(3)}], "state": {}},
    {"param_groups": [{"params": list(range(19))}], "state": dict.fromkeys(range(19), {})},
    {"param_groups": [{"params": list(range(19))}],
     "state": {k: {"exp_avg_sq": torch.zeros(3)} for k in range(19)}}])
def test_an_optimiser_that_tells_nothing_tells_nothing(tmp_path, optimizer):
    path = save(tmp_path / "x.pt", SIZES, make_state(SIZES), optimizer_local=optimizer)
    assert load_part("weights", "geodiff")(path, stage_of()).elements is None
