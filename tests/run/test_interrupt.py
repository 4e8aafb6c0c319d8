"""When a job has to stop: by a signal, or by itself before its allocation ends."""

import os
import signal
import sys
from pathlib import Path

import pytest

from pipeline_src.run import interrupt
from pipeline_src.run.allocation import Allocation, slurm_end
from pipeline_src.run.errors import Interrupted
from pipeline_src.run.interrupt import SAVE_EVERY_S, SaveClock, deferred_stop, immediate_stop

NEVER = float("inf")


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def first_stop(clock: Clock, ends: list[float]) -> float:
    """The first whole second at which the job stops; SLURM says the ends one after the other."""
    allocation = Allocation(lambda: ends.pop(0) if len(ends) > 1 else ends[0], clock)
    while not allocation.nearly_over():
        clock.seconds += 1
    return clock.seconds


@pytest.mark.parametrize("ends, stopped", [
    ([1000.0 + 3600], 1000.0 + 3540),  # a minute before the end
    ([1000.0 + 60], 1000.0 + 54),  # of a minute a tenth
    ([1000.0 + 3600, 1000.0 + 7200], 1000.0 + 7140),  # the limit was raised in between
    ([1000.0 + 3600, 1000.0 + 1800], 1000.0 + 3540),  # and lowered: SLURM's signal stops it then
    ([1000.0 + 3600, NEVER], 1000.0 + 3540),  # SLURM does not answer any more
    ([900.0], 1000.0),  # it is over already
])
def test_a_job_stops_a_little_before_its_allocation_ends(ends, stopped):
    assert first_stop(Clock(), list(ends)) == stopped


def test_slurm_is_asked_twice_in_all():
    asked = []
    allocation = Allocation(lambda: asked.append(1) or 1060.0, clock := Clock())
    for clock.seconds in range(1000, 1070):
        assert allocation.nearly_over() == (clock.seconds >= 1054)
    assert len(asked) == 2


def test_a_job_without_an_end_never_stops_by_itself():
    clock = Clock()
    allocation = Allocation(lambda: NEVER, clock)
    clock.seconds = 1e12
    assert not allocation.nearly_over()


@pytest.fixture
def squeue(tmp_path, monkeypatch):
    """Makes a ``squeue`` of a shell script, and this process one of job 7."""
    def make(script: str) -> None:
        tool = tmp_path / "squeue"
        tool.write_text(f"#!{sys.executable}\nimport os, sys\n{script}\n")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    return make


def test_slurm_is_asked_for_the_end_of_this_job_in_seconds(squeue):
    squeue("assert sys.argv[1:] == ['--noheader', '--jobs=7', '--format=%e']\n"
           "print({'%s': 1234}[os.environ['SLURM_TIME_FORMAT']])")
    assert slurm_end() == 1234


@pytest.mark.parametrize("script", ["print('NONE')", "print('N/A')", "pass"])
def test_a_job_without_a_limit_has_no_end(squeue, script, capsys):
    squeue(script)
    assert slurm_end() == NEVER and not capsys.readouterr().err


def test_a_slurm_that_does_not_answer_is_no_error(squeue, capsys):
    assert slurm_end() == NEVER  # there is no squeue
    squeue("sys.exit(1)")
    assert slurm_end() == NEVER
    assert capsys.readouterr().err.count("does not say when job 7 ends") == 2


def test_nobody_is_asked_outside_of_slurm(squeue, monkeypatch, capsys):
    monkeypatch.delenv("SLURM_JOB_ID")
    assert slurm_end() == NEVER and not capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_noted_and_the_old_handler_comes_back(number):
    before = signal.getsignal(number)
    with deferred_stop() as stop:
        assert not stop.requested
        os.kill(os.getpid(), number)
        assert stop.requested and stop.reason == number.name
    assert signal.getsignal(number) is before


def test_the_end_of_the_allocation_is_a_reason(monkeypatch):
    monkeypatch.setattr(interrupt, "Allocation", lambda: Allocation(lambda: 0.0, Clock()))
    with deferred_stop() as stop:
        assert stop.reason == "its allocation is nearly over"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_clearing_up_after_a_signal_is_not_disturbed_by_the_next(number, tmp_path):
    done = Path(tmp_path / "done")
    with pytest.raises(Interrupted, match=f"stopped by {number.name}"), immediate_stop():
        try:
            os.kill(os.getpid(), number)
        finally:
            os.kill(os.getpid(), number)
            done.touch()
    assert done.exists()


def test_it_is_time_to_save_less_than_a_minute_after_the_last_time():
    now = Clock()
    clock, saved = SaveClock(now), []
    for now.seconds in range(1000, 1181):
        if clock.due():
            saved.append(now.seconds)
            clock.saved()
    assert SAVE_EVERY_S < 60
    assert saved == [1045, 1090, 1135, 1180]
