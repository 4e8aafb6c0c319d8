"""Training of a stage: its outputs, its recipe and its errors."""

import csv
import json
import math
import signal

import numpy as np
import pytest
import torch
from small_stages import (
    command_line,
    network,
    sample_settings,
    train,
    train_arguments,
    train_settings,
)

from pipeline_src.ensembles.split_table import split_hash
from pipeline_src.run.settings.training import Training
from pipeline_src.run.step import run_step
from pipeline_src.stages import training
from pipeline_src.stages.assembly import build_backbone, count_parameters
from pipeline_src.stages.optimisation import Optimisation
from pipeline_src.stages.training import make_fabric
from pipeline_src.stages.weights import load_safely, load_weights
from pipeline_src.train_stage import train_stage


@pytest.fixture
def run_train_stage():
    """``train_stage`` as a command in this process, with the old SIGTERM handler afterwards."""
    before = signal.getsignal(signal.SIGTERM)
    yield lambda arguments: run_step(train_stage, command_line(arguments))
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    return train(tmp_path_factory.mktemp("trained"), data, train_settings(guided=True))


def test_the_outputs(trained, data):
    rows = list(csv.DictReader((trained / "curve.csv").read_text().splitlines()))
    assert list(rows[0]) == ["step", "train_loss", "validation_loss", "learning_rate"]
    assert [row["step"] for row in rows] == ["10", "20", "30"]
    assert all(math.isfinite(float(value)) for row in rows for value in row.values())
    settings = json.loads((trained / "settings.json").read_text())
    assert settings["conformers"] == {"train": 9, "val": 3}
    assert settings["split_sha256"] == split_hash(data.split)
    backbone = build_backbone(train_settings(guided=True).stage)
    assert settings["trainable_parameters"] == count_parameters(backbone)
    load_weights(backbone, trained / "weights.pt")


def test_the_run_folder_has_a_live_curve_and_tensorboard_events(trained):
    live = trained / "rolling" / "curve.csv"
    assert live.read_bytes() == (trained / "curve.csv").read_bytes()
    events, = (trained / "rolling" / "tensorboard").glob("events.out.tfevents.*")
    assert events.read_bytes().count(b"validation_loss") == 3


def test_another_seed_gives_other_weights(trained, data, tmp_path):
    settings = train_settings(guided=True).model_copy(update={"seed": 4})
    other = train(tmp_path, data, settings)
    assert (other / "weights.pt").read_bytes() != (trained / "weights.pt").read_bytes()


def test_the_last_step_is_validated_wherever_it_falls(data, tmp_path):
    train(tmp_path, data, train_settings(iterations=7, validate_every=3))
    steps = [line.split(",")[0] for line in (tmp_path / "curve.csv").read_text().splitlines()]
    assert steps == ["step", "3", "6", "7"]


def test_other_settings_or_code_start_afresh(data, tmp_path, capsys):
    settings = train_settings(iterations=8)
    train(tmp_path, data, settings)
    weights = (tmp_path / "weights.pt").read_bytes()
    train(tmp_path, data, settings)
    assert "going on from step 8 of 8" in capsys.readouterr().err
    assert (tmp_path / "weights.pt").read_bytes() == weights
    train(tmp_path, data, settings, code="other")
    assert (tmp_path / "weights.pt").read_bytes() == weights
    train(tmp_path, data, train_settings(iterations=8, learning_rate=2e-3))
    assert (tmp_path / "weights.pt").read_bytes() != weights
    assert "going on" not in capsys.readouterr().err


@pytest.mark.parametrize("level", ["heavy", "all"])
def test_one_bead_and_no_far_pairs(methanes, tmp_path, level):
    train(tmp_path, methanes, train_settings(level=level, iterations=3))
    assert all(w.isfinite().all() for w in load_safely(tmp_path / "weights.pt").values())


def test_an_endless_loss_is_a_sentence_and_code_4(data, tmp_path, capsys, run_train_stage):
    arguments = train_arguments(tmp_path, data, train_settings(learning_rate=1e30))
    with pytest.raises(SystemExit) as caught:
        run_train_stage(arguments)
    assert caught.value.code == 4
    text = capsys.readouterr().err
    assert "ConvergenceError: training of small" in text and "learning_rate" in text
    assert "Traceback" not in text
    assert not any((tmp_path / name).exists()
                   for name in ("weights.pt", "settings.json", "curve.csv"))


def test_a_damaged_state_is_a_sentence_and_code_2(data, tmp_path, capsys, run_train_stage):
    arguments = train_arguments(tmp_path, data, train_settings(iterations=4))
    train_stage(**arguments)
    state = tmp_path / "rolling" / "state.pt"
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(SystemExit) as caught:
        run_train_stage(arguments)
    assert caught.value.code == 2
    assert "state.pt" in (text := capsys.readouterr().err) and "Delete it" in text
    state.unlink()
    run_train_stage(arguments)
    assert (tmp_path / "weights.pt.provenance.json").exists()


def test_the_overfitting_direction_is_down(data, tmp_path):
    train(tmp_path, data, train_settings(iterations=120, validate_every=20, batch_size=8))
    losses = np.genfromtxt(tmp_path / "curve.csv", delimiter=",", names=True)["train_loss"]
    assert losses[-1] < 0.9 * losses[0]


def test_slurm_s_variables_do_not_change_who_trains(monkeypatch):
    for name, value in {"SLURM_JOB_ID": "7", "SLURM_JOB_NAME": "job", "SLURM_NTASKS": "4",
                        "SLURM_PROCID": "2", "SLURM_LOCALID": "2", "SLURM_NODEID": "0"}.items():
        monkeypatch.setenv(name, value)
    fabric = make_fabric(train_settings())
    assert (fabric.world_size, fabric.global_rank, fabric.is_global_zero) == (1, 0, True)


@pytest.mark.parametrize("precision, on_gpu, expected", [
    ("auto", True, "high"), ("32-true", True, "highest"), ("bf16-mixed", True, "high"),
    ("auto", False, "highest"), ("32-true", False, "highest")])
def test_full_precision_means_no_tf32(monkeypatch, precision, on_gpu, expected):
    class NoFabric:
        def __init__(self, **options):
            self.options = options

        def launch(self):
            pass

    before = torch.get_float32_matmul_precision()
    monkeypatch.setattr(training, "Fabric", NoFabric)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: on_gpu)
    try:
        fabric = make_fabric(train_settings(precision=precision))
        assert torch.get_float32_matmul_precision() == expected
    finally:
        torch.set_float32_matmul_precision(before)
    assert fabric.options["precision"] == ("32-true" if precision == "auto" else precision)


def test_a_fresh_start_removes_the_logs_of_another_one(data, tmp_path):
    settings = train_settings(iterations=4)
    logs = tmp_path / "rolling" / "tensorboard"
    train(tmp_path, data, settings)
    old = logs / "events.out.tfevents.1"
    old.write_bytes(b"")
    train(tmp_path, data, settings)  # goes on: the events stay
    assert old.exists()
    train(tmp_path, data, settings, code="other")
    assert not old.exists() and len(list(logs.iterdir())) == 1


class Overflowing(torch.amp.GradScaler):
    """Scales on the CPU as on a GPU with 16-bit gradients."""

    def __init__(self):
        super().__init__("cpu", init_scale=1024.0)


@pytest.mark.parametrize("clip_norm", [1e6, 1e-3])
def test_scaled_gradients_give_the_same_weights(clip_norm):
    """Gradients times the loss scale are unscaled before clipping and stepping."""
    results = []
    for scaler in (None, Overflowing()):
        backbone = network(sample_settings())
        optimisation = Optimisation(backbone, Training(clip_norm=clip_norm), scaler)
        for step in range(3):
            loss = sum((w * (k + step)).sum() for k, w in enumerate(backbone.parameters()))
            optimisation.scaler.scale(loss).backward()
            norm = optimisation.step()
        results.append((norm, [w.detach().clone() for w in backbone.parameters()]))
    (norm, plain), (scaled_norm, scaled) = results
    assert torch.allclose(norm, scaled_norm)
    assert all(torch.allclose(a, b) for a, b in zip(plain, scaled, strict=True))


def test_a_step_with_overflown_gradients_is_left_out():
    backbone = network(sample_settings())
    before = [w.detach().clone() for w in backbone.parameters()]
    optimisation = Optimisation(backbone, Training(), Overflowing())
    loss = sum(w.sum() for w in backbone.parameters()) * torch.inf
    optimisation.scaler.scale(loss).backward()
    optimisation.step()
    assert all(torch.equal(a, b) for a, b in zip(before, backbone.parameters(), strict=True))
    assert optimisation.scaler.get_scale() == 512
    other = Optimisation(network(sample_settings()), Training(), Overflowing())
    other.restore(optimisation.state())
    assert other.scaler.get_scale() == 512
