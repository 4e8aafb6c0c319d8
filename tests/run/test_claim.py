"""One living process makes an output at a time; the dead hold nothing."""

import errno
import fcntl
import subprocess
import sys
import time

import pytest

from pipeline_src.run.claim import claimed

OWNER = """
import sys, time
from pathlib import Path
from pipeline_src.run.claim import claimed
with claimed([Path(sys.argv[1])]):
    print("in", flush=True)
    sys.stdin.read()
"""
COUNT = """
import sys, time
from pathlib import Path
from pipeline_src.run.claim import Claim
total = Path(sys.argv[1])
for _ in range(100):
    claim = Claim(total.parent / "claim")
    while not claim.take():
        time.sleep(0)
    number = int(total.read_text())
    time.sleep(0.0005)
    total.write_text(str(number + 1))
    claim.release()
"""


def start(code: str, *arguments: object) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_the_second_waits_until_the_first_has_ended_and_says_for_whom(tmp_path):
    out = tmp_path / "new" / "out.csv"
    with start(OWNER, out) as first:
        assert first.stdout.readline() == "in\n"
        with start(OWNER, out) as second:
            text = second.stderr.readline()
            assert f"waiting for process {first.pid} on " in text and str(out) in text
            with pytest.raises(subprocess.TimeoutExpired):
                second.wait(1)
            first.communicate("")
            assert second.stdout.readline() == "in\n"
            second.communicate("")
    assert (first.returncode, second.returncode) == (0, 0)
    assert list(out.parent.iterdir()) == []


def test_a_job_of_an_earlier_run_gives_way_to_a_later_one(tmp_path):
    """The earlier job was slow to start: the later one makes the output already."""
    out = tmp_path / "out.csv"
    with start("import sys; sys.stdin.readline()\n" + OWNER, out) as early:  # noqa: SIM117
        time.sleep(0.1)  # starts are told apart by hundredths of a second
        with start(OWNER, out) as late:
            assert late.stdout.readline() == "in\n"
            _, text = early.communicate("\n", timeout=60)
            assert f"process {late.pid} on " in text and "started later" in text
            assert late.poll() is None
            late.communicate("")
    assert early.returncode != 0 and late.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_killed_owner_holds_nothing_and_what_it_had_half_written_goes(tmp_path):
    out = tmp_path / "shard1.parquet"
    with start(OWNER, out) as first:
        assert first.stdout.readline() == "in\n"
        first.kill()
    for name in (".shard1.parquet.abcdef_1", ".shard1.parquet.provenance.json.abcdef_1",
                 ".shard10.parquet.abcdef_1", "shard1.parquet.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").touch()
    started = time.monotonic()
    with claimed([out]):
        assert time.monotonic() - started < 0.4
    assert {p.name for p in tmp_path.iterdir()} == {".shard10.parquet.abcdef_1",
                                                    "shard1.parquet.partial"}


def test_two_never_hold_it_at_once(tmp_path):
    """Also while owners come and go and remove the file."""
    total = tmp_path / "total"
    total.write_text("0")
    processes = [start(COUNT, total) for _ in range(4)]
    for process in processes:
        _, error = process.communicate(timeout=60)
        assert process.returncode == 0, error
    assert total.read_text() == "400"


def test_a_file_system_without_locks_is_told_of(tmp_path, monkeypatch, capsys):
    def none(*arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", none)
    with claimed([tmp_path / "out"]):
        assert "No locks available" in capsys.readouterr().err


def test_a_helper_process_of_the_owner_does_not_wait_for_it(tmp_path, monkeypatch):
    with start(OWNER, tmp_path / "out") as owner:
        assert owner.stdout.readline() == "in\n"
        monkeypatch.setenv("LOCAL_RANK", "1")
        with claimed([tmp_path / "out"]):
            pass
        assert [p.name for p in tmp_path.iterdir()] == [".out.owner"]  # it is the owner's still
        owner.kill()
