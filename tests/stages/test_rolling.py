"""The rolling checkpoint: one owner, one fingerprint."""

import os
import signal
import subprocess

import pytest
import torch
from small_stages import python

from pipeline_src.run.errors import InputError, ResourceError
from pipeline_src.run.fingerprint import fingerprint
from pipeline_src.stages.rolling import RollingCheckpoint

OWNER = """
import os, sys, time
from pipeline_src.stages.rolling import RollingCheckpoint
with RollingCheckpoint(sys.argv[1], "k") as rolling:
    helper = os.fork()
    if helper:
        print(os.getpid(), helper, flush=True)
    time.sleep(60)
"""
SECOND = """
import sys
from pipeline_src.run.errors import ResourceError
from pipeline_src.stages.rolling import RollingCheckpoint
try:
    with RollingCheckpoint(sys.argv[1], "k"):
        print("in")
except ResourceError as error:
    print(error)
"""


def second(folder) -> str:
    """What another process hears when it wants the folder."""
    return subprocess.run(python("-c", SECOND, str(folder)), capture_output=True, text=True,
                          check=True, timeout=60).stdout


def test_a_state_comes_back_to_its_fingerprint_only(tmp_path):
    state = {"step": 3, "curve": [{"a": 0.1}], "w": torch.arange(3.0)}
    with RollingCheckpoint(tmp_path / "r", "one") as rolling:
        assert rolling.load() is None
        rolling.save(state)
    with RollingCheckpoint(tmp_path / "r", "one") as rolling:
        found = rolling.load()
        assert found["step"] == 3 and found["curve"] == state["curve"]
        assert torch.equal(found["w"], state["w"])
    with RollingCheckpoint(tmp_path / "r", "two") as rolling:
        assert rolling.load() is None
        rolling.save({"step": 1})
    with RollingCheckpoint(tmp_path / "r", "one") as rolling:
        assert rolling.load() is None


def test_damaged_files(tmp_path):
    with RollingCheckpoint(tmp_path, "k") as rolling:
        rolling.save({"step": 1, "w": torch.zeros(1000)})
        state = tmp_path / "state.pt"
        state.write_bytes(state.read_bytes()[:500])
        with pytest.raises(InputError, match="state.pt.*Delete it and run again"):
            rolling.load()
        (tmp_path / "fingerprint.json").write_text("{")
        assert rolling.load() is None  # whose state it is, nobody knows: start afresh
        rolling.save({"step": 2})
        assert rolling.load() == {"step": 2}


def test_leftovers_of_a_killed_write_are_removed(tmp_path):
    (tmp_path / ".state.pt.abc").mkdir()
    (tmp_path / ".state.pt.abc" / "state.pt").touch()
    with RollingCheckpoint(tmp_path, "k"):
        assert [p.name for p in tmp_path.iterdir()] == ["owner.lock"]


def test_a_folder_has_one_owner(tmp_path):
    with RollingCheckpoint(tmp_path, "k"):
        assert f"process {os.getpid()}" in second(tmp_path)
    assert second(tmp_path) == "in\n"


def test_a_killed_owner_holds_nothing_even_if_a_helper_lives_on(tmp_path):
    with subprocess.Popen(python("-c", OWNER, str(tmp_path)), stdout=subprocess.PIPE,
                          text=True) as owner:
        helper = int(owner.stdout.readline().split()[1])
        try:
            with pytest.raises(ResourceError, match=f"process {owner.pid} on .*run again"), \
                    RollingCheckpoint(tmp_path, "k"):
                pass
            owner.kill()
            owner.wait()
            with RollingCheckpoint(tmp_path, "k"):
                pass
        finally:
            os.kill(helper, signal.SIGKILL)


def test_the_fingerprint_sees_settings_code_and_every_input(tmp_path):
    folder, table = tmp_path / "e", tmp_path / "split.csv"
    folder.mkdir()
    (folder / "part-000.parquet").write_bytes(b"1")
    table.write_text("x")
    before = fingerprint("s", "c", [folder, table])
    assert fingerprint("s", "c", [folder, table]) == before
    others = {fingerprint("t", "c", [folder, table]), fingerprint("s", "d", [folder, table])}
    table.write_text("y")
    others.add(fingerprint("s", "c", [folder, table]))
    table.write_text("x")
    (folder / "part-001.parquet").write_bytes(b"2")
    others.add(fingerprint("s", "c", [folder, table]))
    assert len(others) == 4 and before not in others


def test_what_stopped_processes_spent_is_kept_with_the_state(tmp_path):
    for k in range(3):
        with RollingCheckpoint(tmp_path, "k") as rolling:
            rolling.load()
            before = rolling.earlier
            rolling.save({"step": k})
    assert before.seconds > 0 and before.cpu_seconds > 0
    with RollingCheckpoint(tmp_path, "k") as rolling:
        assert rolling.load() == {"step": 2} and rolling.earlier.seconds > before.seconds
    with RollingCheckpoint(tmp_path, "other") as rolling:
        assert rolling.load() is None and not rolling.earlier
