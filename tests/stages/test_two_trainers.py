"""Two real trainers that want one folder: they take turns, or the second is refused."""

import os
import subprocess

import pytest
from small_stages import command_line, python, train_arguments, train_settings

from pipeline_src.run.errors import ResourceError

SETTINGS = train_settings(checkpoint_every=3)
# The step's command; the trainer says that it has begun and waits for a line before each step.
HELD = """
import sys
from pipeline_src.run.step import run_step
from pipeline_src.stages.training import StageTraining
from pipeline_src.train_stage import train_stage
step = StageTraining.step
def held(*arguments):
    print("step", flush=True)
    sys.stdin.readline()
    step(*arguments)
StageTraining.step = held
run_step(train_stage)
"""


def start(folder, data, code: str = HELD, **changed) -> subprocess.Popen:
    arguments = {**train_arguments(folder, data, SETTINGS), **changed}
    return subprocess.Popen(
        python("-c", code, *command_line(arguments)), text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"})


@pytest.fixture
def first(data, tmp_path):
    """A trainer in the middle of its work."""
    with start(tmp_path, data) as process:
        assert process.stdout.readline() == "step\n", process.stderr.read()
        yield process
        process.kill()


def files(folder) -> dict:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_command_waits_and_then_does_it_again(first, data, tmp_path):
    with start(tmp_path, data) as second:
        while "waiting for process" not in (line := second.stderr.readline()):
            assert line, "the second trainer has ended"
        assert f"process {first.pid} on" in line
        first.communicate("\n" * 100, timeout=120)
        weights = (tmp_path / "weights.pt").read_bytes()
        _, error = second.communicate("\n" * 100, timeout=120)
    assert (first.returncode, second.returncode) == (0, 0), error
    assert "going on from step 30 of 30" in error
    assert (tmp_path / "weights.pt").read_bytes() == weights


def test_another_command_with_the_same_run_folder_is_refused(first, data, tmp_path):
    before = files(tmp_path / "rolling")
    run_dir = train_arguments(tmp_path, data, SETTINGS)["run_dir"]
    with start(tmp_path / "other", data, run_dir=run_dir) as second:
        _, error = second.communicate(timeout=120)
    assert second.returncode == ResourceError.exit_code
    assert f"is being trained by process {first.pid} on" in error and "Traceback" not in error
    assert files(tmp_path / "rolling") == before
    assert not any(path.name == "weights.pt" for path in files(tmp_path / "other"))
