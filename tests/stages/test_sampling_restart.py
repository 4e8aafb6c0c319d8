"""A shard whose sampling was stopped and started again has the same bytes."""

import os
import signal
import subprocess
import time

import pytest
import torch
from small_stages import command_line, network, python, sample_settings, write_trained

from pipeline_src.run.errors import Interrupted, ResourceError
from pipeline_src.run.interrupt import SaveClock
from pipeline_src.sample_stage import sample_stage
from pipeline_src.stages import unfinished
from pipeline_src.stages.walk import Walk
from pipeline_src.stages.weights import save_atomically

SETTINGS = sample_settings()  # 50 levels
BUDGET = 26  # atoms: three batches of two conformers
# The step's command with a pause in each step and a file whenever it may have one.
SLOW = """
import time
from pipeline_src.run import interrupt
from pipeline_src.run.step import run_step
from pipeline_src.sample_stage import sample_stage
from pipeline_src.stages.walk import Walk
interrupt.SAVE_EVERY_S = 0.0
step = Walk.step
def slow(*arguments):
    time.sleep(0.02)
    return step(*arguments)
Walk.step = slow
run_step(sample_stage)
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    save_atomically(folder / "weights.pt", network(SETTINGS).state_dict())
    write_trained(folder / "settings.json", SETTINGS.stage)
    return folder


@pytest.fixture
def arguments(data, trained, tmp_path):
    return {"settings": SETTINGS, "weights": trained / "weights.pt",
            "trained": trained / "settings.json", "hierarchies": data.hierarchies,
            "split": data.split, "shard": 0, "coarser": [], "atom_budget": BUDGET, "threads": 1,
            "out": tmp_path / "shard0.parquet", "code": "c"}


@pytest.fixture(scope="module")
def undisturbed(data, trained, tmp_path_factory):
    """The shard's bytes, by sampler."""
    made = {}

    def shard(settings) -> bytes:
        key = settings.model_dump_json()
        if key not in made:
            out = tmp_path_factory.mktemp("whole") / "shard0.parquet"
            sample_stage(settings, trained / "weights.pt", trained / "settings.json",
                         data.hierarchies, data.split, 0, [], BUDGET, 1, out, "c")
            assert [path.name for path in out.parent.iterdir()] == [out.name]  # it took no minute
            made[key] = out.read_bytes()
        return made[key]

    return shard


def counting(monkeypatch, stop_after: int = 10**9, sign=signal.SIGTERM) -> list[tuple]:
    """What each step from now on is of; after so many of them a signal comes."""
    whole, steps = Walk.step, []

    def step(self, pos, now, following):
        steps.append((self.retry, self.redraw, self.batch.num_nodes, now))
        if len(steps) == stop_after:
            os.kill(os.getpid(), sign)
        return whole(self, pos, now, following)

    monkeypatch.setattr(Walk, "step", step)
    return steps


def partial(arguments):
    return arguments["out"].with_name("shard0.parquet.partial")


def stopped_once(monkeypatch, arguments, after: int) -> list[tuple]:
    """The steps that are left after a stop."""
    with monkeypatch.context() as patch:
        counting(patch, after)
        with pytest.raises(Interrupted, match="and saved .SIGTERM.; run the same command"):
            sample_stage(**arguments)
    assert partial(arguments).exists() and not arguments["out"].exists()
    with monkeypatch.context() as patch:
        left = counting(patch)
        sample_stage(**arguments)
    assert not partial(arguments).exists()
    return left


@pytest.mark.parametrize("after", [1, 50, 51, 137])
def test_a_stop_after_any_step_loses_none(monkeypatch, arguments, undisturbed, after, capsys):
    with monkeypatch.context() as patch:
        steps = counting(patch)
        sample_stage(**arguments)
    assert len(steps) == 150
    arguments["out"].unlink()
    assert stopped_once(monkeypatch, arguments, after) == steps[after:]
    assert arguments["out"].read_bytes() == undisturbed(SETTINGS)
    assert "going on with " in capsys.readouterr().err


def test_stops_one_after_the_other(monkeypatch, arguments, undisturbed):
    for _ in range(3):
        with monkeypatch.context() as patch, pytest.raises(Interrupted):
            counting(patch, 33, signal.SIGINT)
            sample_stage(**arguments)
    with monkeypatch.context() as patch:
        steps = counting(patch)
        sample_stage(**arguments)
    assert len(steps) == 150 - 3 * 33
    assert arguments["out"].read_bytes() == undisturbed(SETTINGS)


def test_second_tries_and_draws_for_stereo_are_gone_on_with(monkeypatch, arguments, undisturbed):
    """Whatever conformers they are of: which they are is known from the walks before."""
    settings = sample_settings(sampler={"clip_local": None, "clip_global": 1000.0})
    settings = settings.model_copy(update={"stereo_attempts": 3})
    whole, monkeypatched = undisturbed(settings), {**arguments, "settings": settings}
    with monkeypatch.context() as patch:
        steps = counting(patch)
        sample_stage(**monkeypatched)
    assert arguments["out"].read_bytes() == whole
    arguments["out"].unlink()
    later = [number for number, step in enumerate(steps, 1) if step[0] or step[1]]
    after = later[-20]  # in the middle of the last draw again
    assert stopped_once(monkeypatch, monkeypatched, after) == steps[after:]
    assert arguments["out"].read_bytes() == whole


def test_memory_that_ran_out_before_the_stop_gives_the_same_batches(monkeypatch, arguments):
    def limited(patch):
        whole = Walk.step

        def step(self, pos, now, following):
            if self.batch.num_nodes > 20 and now == 40:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return whole(self, pos, now, following)

        patch.setattr(Walk, "step", step)

    with monkeypatch.context() as patch:
        limited(patch)
        sample_stage(**arguments)
        whole = arguments["out"].read_bytes()
        arguments["out"].unlink()
        stopped_once(patch, arguments, 120)
    assert arguments["out"].read_bytes() == whole


@pytest.mark.parametrize("change", ["code", "settings", "weights"])
def test_what_others_left_is_not_taken_up(monkeypatch, arguments, change, tmp_path, capsys):
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        counting(patch, 60)
        sample_stage(**arguments)
    other = dict(arguments)
    if change == "weights":
        torch.manual_seed(5)
        state = {name: tensor + 0.01 for name, tensor in network(SETTINGS).state_dict().items()}
        other["weights"] = tmp_path / "other.pt"
        save_atomically(other["weights"], state)
    else:
        other[change] = "d" if change == "code" else SETTINGS.model_copy(update={"seed": 2})
    with monkeypatch.context() as patch:
        steps = counting(patch)
        sample_stage(**other)
    assert len(steps) == 150 and "drawn from the start" in capsys.readouterr().err
    left = other["out"].read_bytes()
    sample_stage(**other)
    assert other["out"].read_bytes() == left


def test_a_damaged_file_is_left_and_a_full_disk_keeps_the_one_before(
        monkeypatch, arguments, undisturbed, capsys):
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        counting(patch, 60)
        sample_stage(**arguments)
    before = partial(arguments).read_bytes()
    with monkeypatch.context() as patch, pytest.raises(ResourceError, match="no space"):
        counting(patch, 60)
        patch.setattr("pathlib.Path.write_bytes", _full)
        sample_stage(**arguments)
    assert partial(arguments).read_bytes() == before
    assert [p.name for p in arguments["out"].parent.iterdir()] == [partial(arguments).name]
    partial(arguments).write_bytes(before[:1000])
    sample_stage(**arguments)
    assert "drawn from the start" in capsys.readouterr().err
    assert arguments["out"].read_bytes() == undisturbed(SETTINGS)


def _full(*arguments):
    raise OSError(28, "No space left on device")


def test_a_job_killed_without_notice_loses_less_than_a_minute(monkeypatch, arguments, undisturbed):
    """Each step takes ten seconds by its clock; the job dies in the 100th."""
    seconds, whole = [0.0], Walk.step

    class Crash(Exception):
        pass

    def step(self, pos, now, following):
        seconds[0] += 10
        if seconds[0] >= 1000:
            raise Crash
        return whole(self, pos, now, following)

    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(unfinished, "SaveClock", lambda: SaveClock(lambda: seconds[0]))
        patch.setattr(Walk, "step", step)
        sample_stage(**arguments)
    with monkeypatch.context() as patch:
        left = counting(patch)
        sample_stage(**arguments)
    with monkeypatch.context() as patch:
        steps = counting(patch)
        sample_stage(**arguments)
    assert 99 - 6 < len(steps) - len(left) <= 99
    assert arguments["out"].read_bytes() == undisturbed(SETTINGS)


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 143), (signal.SIGKILL, -signal.SIGKILL)])
def test_the_command_goes_on_after_a_signal(arguments, undisturbed, number, code, capsys):
    words = command_line({**arguments, "coarser": ""})
    words.remove("")
    with subprocess.Popen(python("-c", SLOW, *words), stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "OMP_NUM_THREADS": "1"}) as process:
        until = time.monotonic() + 120
        while not partial(arguments).exists():
            assert process.poll() is None and time.monotonic() < until, process.stderr.read()
            time.sleep(0.01)
        time.sleep(0.5)
        process.send_signal(number)
        _, error = process.communicate(timeout=60)
    assert process.returncode == code and "Traceback" not in error
    assert not arguments["out"].exists()
    assert sample_stage(**arguments)["earlier"]["seconds"] > 0
    assert "going on with " in capsys.readouterr().err
    assert arguments["out"].read_bytes() == undisturbed(SETTINGS)
