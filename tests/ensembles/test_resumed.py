"""Ensembles that are made one after the other: a stopped job goes on, to the same bytes."""

import os
import signal

import numpy as np
import pytest

from pipeline_src.ensembles import Ensemble, Molecule, resumed
from pipeline_src.ensembles.resumed import write_resumed
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.errors import Interrupted, ResourceError
from pipeline_src.run.interrupt import SaveClock, immediate_stop

TASKS = range(600)  # more than a row group
KEY = "k" * 64


class Maker:
    """Makes ensembles of one helium atom; a task takes ten seconds by its clock."""

    def __init__(self, stop_at: int = -1, error: type | None = None):
        self.made, self.stop_at, self.error = [], stop_at, error

    def __call__(self, number: int) -> Ensemble:
        if number == self.stop_at:
            if self.error:
                raise self.error("crash")
            os.kill(os.getpid(), signal.SIGTERM)
        self.made.append(number)
        molecule = Molecule(f"m{number}", "[He:1]", np.array([2]), np.array([0]),
                            np.empty((0, 2), dtype=np.int64), np.empty(0, dtype=np.int64))
        positions = np.full((2, 1, 3), number / 7, dtype=np.float32)
        positions[1] = np.nan
        return Ensemble(molecule, positions, reasons=("", "it failed"))

    def seconds(self) -> float:
        return 10.0 * len(self.made)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "e.parquet"
    write_ensembles(path, map(Maker(), TASKS))
    return path.read_bytes()


def partial(path):
    return sorted(path.with_name(f"{path.name}.partial").glob("*/*.parquet"))


def test_a_job_of_less_than_a_minute_leaves_nothing(whole, tmp_path):
    out = tmp_path / "e.parquet"
    write_resumed(out, KEY, TASKS, Maker())
    assert out.read_bytes() == whole and [p.name for p in tmp_path.iterdir()] == ["e.parquet"]


def test_a_signal_loses_nothing(whole, tmp_path, capsys):
    out, first, second = tmp_path / "e.parquet", Maker(stop_at=300), Maker(stop_at=410)
    for maker in (first, second):
        with pytest.raises(Interrupted), immediate_stop():
            write_resumed(out, KEY, TASKS, maker)
    last = Maker()
    write_resumed(out, KEY, TASKS, last)
    assert first.made + second.made + last.made == list(TASKS)
    assert out.read_bytes() == whole and not partial(out)
    assert "going on after 410 molecules" in capsys.readouterr().err


def test_a_crash_loses_less_than_a_minute(whole, tmp_path, monkeypatch):
    out, maker, last = tmp_path / "e.parquet", Maker(99, KeyError), Maker()
    with monkeypatch.context() as patch, pytest.raises(KeyError):
        patch.setattr(resumed, "SaveClock", lambda: SaveClock(maker.seconds))
        write_resumed(out, KEY, TASKS, maker)
    write_resumed(out, KEY, TASKS, last)
    assert 99 - 6 < last.made[0] <= 99
    assert out.read_bytes() == whole


def test_another_key_starts_from_the_first(tmp_path):
    out, other = tmp_path / "e.parquet", Maker()
    with pytest.raises(Interrupted), immediate_stop():
        write_resumed(out, KEY, TASKS, Maker(stop_at=5))
    assert len(partial(out)) == 1
    write_resumed(out, "o" * 64, TASKS, other)
    assert other.made == list(TASKS) and not partial(out)


def test_a_full_disk_keeps_what_there_is(whole, tmp_path, monkeypatch):
    out, last = tmp_path / "e.parquet", Maker()
    with pytest.raises(Interrupted), immediate_stop():
        write_resumed(out, KEY, TASKS, Maker(stop_at=300))
    with monkeypatch.context() as patch, pytest.raises(ResourceError), immediate_stop():
        patch.setattr(resumed, "write_ensembles", _fails_beside(out, resumed.write_ensembles))
        write_resumed(out, KEY, TASKS, Maker(stop_at=310))
    write_resumed(out, KEY, TASKS, last)
    assert last.made[0] == 300 and out.read_bytes() == whole


def _fails_beside(out, write):
    def full(path, ensembles):
        if path != out:
            raise ResourceError("no space")
        return write(path, ensembles)

    return full
