"""A training run that was stopped and started again ends with the same bytes."""

import os
import random
import re
import signal
import subprocess
import time

import pytest
from small_stages import command_line, python, train, train_arguments, train_settings

from pipeline_src.run import interrupt
from pipeline_src.run.allocation import Allocation
from pipeline_src.run.errors import Interrupted
from pipeline_src.run.interrupt import SaveClock
from pipeline_src.stages import rolling
from pipeline_src.stages.training import StageTraining
from pipeline_src.train_stage import train_stage

# The step's command with a pause before each training step, so that there is time to stop it.
SLOW = """
import time
from pipeline_src.run.step import run_step
from pipeline_src.stages.training import StageTraining
from pipeline_src.train_stage import train_stage
step = StageTraining.step
def slow(*arguments):
    time.sleep(0.1)
    step(*arguments)
StageTraining.step = slow
run_step(train_stage)
"""
# 30 steps, a checkpoint every 3, so often validated at so high a rate that the rate is lowered:
SETTINGS = train_settings(guided=True, validate_every=2, checkpoint_every=3, plateau_patience=1,
                          learning_rate=0.1)


@pytest.fixture(scope="module")
def uninterrupted(data, tmp_path_factory):
    folder = train(tmp_path_factory.mktemp("whole"), data, SETTINGS)
    rates = [line.split(",")[3] for line in (folder / "curve.csv").read_text().splitlines()[1:]]
    assert len(set(rates)) > 2  # the plateau schedule has something to remember
    return folder


def stopped(folder, data, number: int, pause: float) -> subprocess.CompletedProcess:
    """A run that got the signal ``pause`` seconds after its first rolling checkpoint."""
    arguments = command_line(train_arguments(folder, data, SETTINGS))
    with subprocess.Popen(python("-c", SLOW, *arguments), stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "OMP_NUM_THREADS": "1"}) as process:
        until = time.monotonic() + 120
        while not (folder / "rolling" / "state.pt").exists():
            assert process.poll() is None and time.monotonic() < until, process.stderr.read()
            time.sleep(0.01)
        time.sleep(pause)
        process.send_signal(number)
        _, error = process.communicate(timeout=60)
    return subprocess.CompletedProcess(arguments, process.returncode, stderr=error)


class Crash(Exception):
    """Anything that ends a run without warning."""


def assert_same(folder, whole) -> None:
    for name in ("weights.pt", "curve.csv", "settings.json"):
        assert (folder / name).read_bytes() == (whole / name).read_bytes(), name


@pytest.mark.parametrize("step", [4, 6, 10, 23, 29])
def test_a_crash_before_any_step(data, uninterrupted, tmp_path, monkeypatch, capsys, step):
    whole = StageTraining.step

    def crashing(self, batch, progress):
        if progress.step == step:
            raise Crash
        whole(self, batch, progress)

    monkeypatch.setattr(StageTraining, "step", crashing)
    with pytest.raises(Crash):
        train(tmp_path, data, SETTINGS)
    monkeypatch.undo()
    train(tmp_path, data, SETTINGS)
    assert f"going on from step {step // 3 * 3} of 30" in capsys.readouterr().err
    assert_same(tmp_path, uninterrupted)


def test_a_crash_under_an_atom_budget(data, tmp_path, monkeypatch, capsys):
    """Steps of unequal numbers of conformers: where one begins depends on all before it."""
    settings = train_settings(atom_budget=27, validate_every=2, checkpoint_every=3)
    sizes, whole = [], StageTraining.step

    def noting(self, batch, progress):
        if progress.step == 10 and len(sizes) == 10:
            raise Crash
        sizes.append(batch.num_nodes)
        whole(self, batch, progress)

    alone = train(tmp_path / "alone", data, settings)
    monkeypatch.setattr(StageTraining, "step", noting)
    with pytest.raises(Crash):
        train(tmp_path / "again", data, settings)
    train(tmp_path / "again", data, settings)
    assert "going on from step 9 of 30" in capsys.readouterr().err
    assert len(sizes) == 31 and max(sizes) <= 27
    assert_same(tmp_path / "again", alone)


def test_a_crash_under_a_bound_that_follows_the_norms(data, tmp_path, monkeypatch, capsys):
    """And at a constant rate."""
    settings = train_settings(clip="recent_norms", clip_norm=1e9, schedule="constant",
                              checkpoint_every=3)
    bounds, whole = [], StageTraining.step

    def noting(self, batch, progress):
        if progress.step == 10 and len(bounds) == 10:
            raise Crash
        bounds.append((progress.step, self.optimisation.bound.now()))
        whole(self, batch, progress)

    monkeypatch.setattr("pipeline_src.stages.recent_norms.LENGTH", 4)  # so that norms count soon
    alone = train(tmp_path / "alone", data, settings)
    monkeypatch.setattr(StageTraining, "step", noting)
    with pytest.raises(Crash):
        train(tmp_path / "again", data, settings)
    train(tmp_path / "again", data, settings)
    assert "going on from step 9 of 30" in capsys.readouterr().err
    assert bounds[9] == bounds[10] and len({bound for _, bound in bounds}) > 20
    assert_same(tmp_path / "again", alone)


def test_a_crash_loses_less_than_a_minute(data, tmp_path, monkeypatch, capsys):
    """Each step takes ten seconds by the checkpoint's clock; none is due by its number."""
    settings, seconds = train_settings(checkpoint_every=1000), [0.0]
    alone, whole = train(tmp_path / "alone", data, settings), StageTraining.step

    def crashing(self, batch, progress):
        seconds[0] += 10
        if progress.step == 18:
            raise Crash
        whole(self, batch, progress)

    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(rolling, "SaveClock", lambda: SaveClock(lambda: seconds[0]))
        patch.setattr(StageTraining, "step", crashing)
        train(tmp_path / "again", data, settings)
    train(tmp_path / "again", data, settings)
    (step,) = re.findall(r"going on from step (\d+) of 30", capsys.readouterr().err)
    assert 18 - 6 < int(step) <= 18
    assert_same(tmp_path / "again", alone)


def test_training_stops_by_itself_before_its_allocation_ends(data, tmp_path, monkeypatch, capsys):
    """It has 1850 s, a step takes 100: after step 17 it has 150 s left, after 18 only 50."""
    settings, seconds = train_settings(checkpoint_every=1000), [0.0]
    alone, whole = train(tmp_path / "alone", data, settings), StageTraining.step

    def slow(self, batch, progress):
        seconds[0] += 100
        whole(self, batch, progress)

    with monkeypatch.context() as patch, pytest.raises(
            Interrupted, match="stopped at step 18 and saved .its allocation is nearly over"):
        patch.setattr(interrupt, "Allocation",
                      lambda: Allocation(lambda: 1850.0, lambda: seconds[0]))
        patch.setattr(StageTraining, "step", slow)
        train(tmp_path / "again", data, settings)
    train(tmp_path / "again", data, settings)
    assert "going on from step 18 of 30" in capsys.readouterr().err
    assert_same(tmp_path / "again", alone)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_and_says_so(data, uninterrupted, tmp_path, capsys, number):
    run = stopped(tmp_path, data, number, 0.33)
    assert run.returncode == 143
    (line,) = [text for text in run.stderr.splitlines() if "Interrupted" in text]
    step = int(line.split("stopped at step ")[1].split()[0])
    assert 3 < step < 30 and "Traceback" not in run.stderr
    assert not (tmp_path / "weights.pt").exists()
    earlier = train_stage(**train_arguments(tmp_path, data, SETTINGS))["earlier"]
    assert f"going on from step {step} of 30" in capsys.readouterr().err
    assert earlier["seconds"] > 0.33 and earlier["cpu_seconds"] > 0
    assert_same(tmp_path, uninterrupted)


def test_sigkill_at_any_moment(data, uninterrupted, tmp_path, capsys):
    pause = random.uniform(0, 0.9)
    run = stopped(tmp_path, data, signal.SIGKILL, pause)
    assert run.returncode == -signal.SIGKILL and not (tmp_path / "weights.pt").exists()
    train(tmp_path, data, SETTINGS)
    assert "going on from step" in capsys.readouterr().err, f"killed after {pause} s"
    assert_same(tmp_path, uninterrupted)
