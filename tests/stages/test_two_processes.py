"""Several processes that share each step's batch train the same network as one."""

import csv
import subprocess
from pathlib import Path

import torch
from small_stages import command_line, python, train, train_arguments, train_settings


def losses(folder: Path) -> list[float]:
    with open(folder / "curve.csv", newline="", encoding="utf-8") as file:
        return [float(row[name]) for row in csv.DictReader(file)
                for name in ("train_loss", "validation_loss")]


def test_two_processes_train_as_one(data, tmp_path):
    settings = train_settings(guided=True)
    alone = train(tmp_path / "alone", data, settings)
    both = tmp_path / "both"
    script = Path(__file__).with_name("two_processes.py")
    done = subprocess.run(
        python(str(script), *command_line(train_arguments(both, data, settings))),
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    torch.testing.assert_close(torch.tensor(losses(both)), torch.tensor(losses(alone)),
                               rtol=1e-4, atol=1e-3)
    ours, theirs = (torch.load(f / "weights.pt", weights_only=True) for f in (both, alone))
    assert ours.keys() == theirs.keys()
    torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-3)
