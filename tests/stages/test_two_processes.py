"""Several processes that share each step's batch train the same network as one."""

import csv
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch
from small_stages import command_line, python, train, train_arguments, train_settings

SCRIPT = str(Path(__file__).with_name("two_processes.py"))
SETTINGS = train_settings(guided=True)


def losses(folder: Path) -> list[float]:
    with open(folder / "curve.csv", newline="", encoding="utf-8") as file:
        return [float(row[name]) for row in csv.DictReader(file)
                for name in ("train_loss", "validation_loss")]


def command(folder: Path, data, settings=SETTINGS) -> list[str]:
    return python(SCRIPT, *command_line(train_arguments(folder, data, settings)))


def assert_trained_as_one(both: Path, data, alone: Path, settings=SETTINGS) -> None:
    train(alone, data, settings)
    torch.testing.assert_close(torch.tensor(losses(both)), torch.tensor(losses(alone)),
                               rtol=1e-4, atol=1e-3)
    ours, theirs = (torch.load(f / "weights.pt", weights_only=True) for f in (both, alone))
    assert ours.keys() == theirs.keys()
    torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("settings", [
    SETTINGS, train_settings(guided=True, batch_size=5, atom_budget=30)])
def test_two_processes_train_as_one(data, tmp_path, settings):
    """Also where they have different numbers of conformers and atoms in a step."""
    done = subprocess.run(command(tmp_path / "both", data, settings), capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert_trained_as_one(tmp_path / "both", data, tmp_path / "alone", settings)


def test_a_stop_heard_by_one_process_stops_both_at_the_same_step(data, tmp_path):
    """SIGTERM to the owner only; its helper hears of it, and nothing hangs or is lost."""
    folder = tmp_path / "both"
    with subprocess.Popen(command(folder, data), stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "STEP_SECONDS": "0.2"}) as owner:
        until = time.monotonic() + 120
        while not (folder / "rolling" / "state.pt").exists():
            assert owner.poll() is None and time.monotonic() < until, owner.stderr.read()
            time.sleep(0.02)
        owner.send_signal(signal.SIGTERM)
        _, error = owner.communicate(timeout=60)  # ends when the helper has closed it as well
    assert owner.returncode == 143, error[-2000:]
    (line,) = [text for text in error.splitlines() if "Interrupted" in text]
    step = int(line.split("stopped at step ")[1].split()[0])
    assert 3 < step < 30 and "Traceback" not in error
    done = subprocess.run(command(folder, data), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and f"going on from step {step} of 30" in done.stderr
    assert_trained_as_one(folder, data, tmp_path / "alone")
