"""The step: rows, chunks, and going on after being stopped."""

import csv
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline_src.compute_properties import compute_properties
from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.quantum.find_psi4 import VARIABLE, find_psi4
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.jobs import PropertyJob


@pytest.fixture
def shard(tmp_path, waters) -> Path:
    path = tmp_path / "samples.parquet"
    write_ensembles(path, [waters])
    write_split(path.with_name("split.csv"), [SplitRow(waters.molecule.id, "test", 0, 4, 9.0)])
    return path


def compute(settings: PropertyJob, shard: Path, out: Path) -> None:
    compute_properties(settings, [shard], shard.with_name("split.csv"), out)


def _read(path: Path) -> list[dict]:
    with open(path, newline="") as opened:
        return list(csv.DictReader(opened))


def _calls(stand_in: Path) -> int:
    calls = stand_in / "calls"
    return len(calls.read_text().split()) if calls.exists() else 0


def _wait_for(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited for a minute"
        time.sleep(0.05)


@pytest.mark.psi4
def test_rows_of_real_psi4(shard, properties, tmp_path):
    out = tmp_path / "out.csv"
    minimal = properties.model_copy(update={"basis": "sto-3g", "conformers": 2})
    compute(PropertyJob(properties=minimal, chunk=0), shard, out)
    rows = _read(out)
    ok = [row for row in rows if row["status"] == "ok"]
    assert len(ok) == 2
    assert all(-75.1 < float(row["energy_hartree"]) < -74.8 for row in ok)  # RHF/STO-3G: -74.96
    assert all(float(row["gap_ev"]) > 0 for row in ok)
    assert [row["reason"] for row in rows if row["status"] == "failed"] == ["not sampled: diverged"]


def test_only_the_test_subset_is_computed(shard, waters, properties, stand_in, tmp_path):
    split = tmp_path / "other.csv"
    write_split(split, [SplitRow(waters.molecule.id, "train", 0, 4, 9.0),
                        SplitRow("another", "test", 0, 4, 9.0)])
    compute_properties(PropertyJob(properties=properties, chunk=0), [shard], split,
                       tmp_path / "o.csv")
    assert _read(tmp_path / "o.csv") == [] and _calls(stand_in) == 0


def test_rows_chunks_and_no_rest(shard, properties, stand_in, tmp_path):
    whole = tmp_path / "whole.csv"
    compute(PropertyJob(properties=properties, chunk=0), shard, whole)
    rows = _read(whole)
    assert [(r["conformer"], r["status"]) for r in rows] == [
        ("0", "ok"), ("1", "failed"), ("2", "ok"), ("3", "ok")]
    assert float(rows[0]["gap_ev"]) == pytest.approx(0.75 * 27.211386245988)
    assert rows[1]["energy_hartree"] == rows[1]["gap_ev"] == ""
    in_two = properties.model_copy(update={"chunks": 2})
    dealt = []
    for chunk in (0, 1):
        compute(PropertyJob(properties=in_two, chunk=chunk), shard, tmp_path / "c.csv")
        dealt += _read(tmp_path / "c.csv")
    assert sorted(dealt, key=lambda r: r["conformer"]) == rows
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_goes_on_after_it_was_stopped(shard, properties, stand_in, tmp_path, how, code):
    """Stopped in the third conformer: two are kept, one is computed by the second run."""
    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    job = PropertyJob(properties=properties, chunk=0)
    command = [sys.executable, "-m", "pipeline_src.compute_properties", "--settings",
               job.model_dump_json(), "--ensembles", str(shard), "--split",
               str(shard.with_name("split.csv")), "--out", str(out)]
    (stand_in / "hang").touch()
    stopped = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    _wait_for(lambda: _calls(stand_in) == 3)
    stopped.send_signal(how)
    _, message = stopped.communicate(timeout=100)
    assert stopped.returncode == code
    assert how == signal.SIGKILL or "run the same command to go on" in message
    assert not out.exists()
    assert len(list(Path(f"{out}.partial").iterdir())) == 2
    (stand_in / "hang").unlink()
    subprocess.run(command, check=True, capture_output=True)
    assert _calls(stand_in) == 4
    compute(job, shard, whole)
    assert out.read_bytes() == whole.read_bytes()
    assert not Path(f"{out}.partial").exists()


@pytest.mark.parametrize("change", [{"basis": "sto-3g"}, {"method": "b3lyp"}, {"timeout_s": 5}])
def test_rest_of_other_settings_is_not_taken_up(
    shard, properties, stand_in, tmp_path, monkeypatch, change
):
    """The table cannot be written at first, so all three results stay in the folder."""
    out = tmp_path / "out.csv"
    job = PropertyJob(properties=properties, chunk=0)
    with monkeypatch.context() as patch:
        patch.setattr("pipeline_src.compute_properties.write_rows", _full_disk)
        with pytest.raises(OSError, match="full"):
            compute(job, shard, out)
    assert _calls(stand_in) == 3
    changed = properties.model_copy(update=change)
    compute(PropertyJob(properties=changed, chunk=0), shard, out)
    assert _calls(stand_in) == 6


def _full_disk(path, columns, rows):
    raise OSError("disk full")


def test_no_psi4_is_an_error_before_any_row(shard, properties, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nothing"))
    find_psi4.cache_clear()
    with pytest.raises(InputError, match="make psi4"):
        compute(PropertyJob(properties=properties, chunk=0), shard, tmp_path / "o.csv")
    assert not (tmp_path / "o.csv").exists()
