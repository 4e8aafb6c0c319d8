"""Conformers that never reach Psi4, and workers that end without an answer: each has its reason."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from water_molecule import WATER

from pipeline_src.quantum import single_point as room
from pipeline_src.quantum.find_psi4 import WORKER
from pipeline_src.quantum.single_point import single_point, unsound

NUMBERS, NEUTRAL = np.array([8, 1, 1]), np.zeros(3, dtype=np.int64)


@pytest.fixture
def worker(tmp_path, monkeypatch):
    """Make the worker's Python a shell script with the given body."""
    def write(body: str) -> None:
        script = tmp_path / "python"
        script.write_text(f"#!/usr/bin/env bash\n{body}\n")
        script.chmod(0o755)
        monkeypatch.setattr(room, "find_psi4", lambda: (str(script), "0"))
    return write


def test_unsound_conformers_name_their_reason():
    nan, near = WATER.copy(), WATER.copy()
    nan[2, 1] = np.nan
    near[1] = [0.2, 0, 0]
    assert unsound(NUMBERS, NEUTRAL, WATER) == ""
    assert unsound(NUMBERS, NEUTRAL, nan) == "coordinates are not finite"
    assert unsound(NUMBERS, NEUTRAL, near).startswith("atoms 1 and 2 are 0.200 angstrom apart")
    assert unsound(NUMBERS, np.array([1, 0, 0]), WATER) == (
        "odd number of electrons (9): a singlet is impossible")
    assert unsound(np.array([2]), NEUTRAL[:1], WATER[:1]) == ""  # one atom has no neighbour


def test_hydrogen_molecule_is_not_too_close():
    assert unsound(NUMBERS[1:], NEUTRAL[1:], np.array([[0, 0, 0], [0, 0, 0.74]])) == ""


def test_unsound_conformer_starts_no_worker(properties, worker):
    worker("exit 9")
    assert single_point(NUMBERS, NEUTRAL, WATER * 0, properties).reason.startswith("atoms 1 and 2")


@pytest.mark.parametrize(("body", "reason"), [
    ("exit 7", "Psi4 ended without a result: exit code 7"),
    ("kill -KILL $$", "Psi4 ended without a result: killed by SIGKILL (out of memory?)"),
    ("kill -SEGV $$", "Psi4 ended without a result: killed by SIGSEGV"),
    ("""echo '{"error": "RuntimeError: bad '$(dirname "$4")'/x"}' > "$4"; exit 1""",
     "RuntimeError: bad scratch/x"),
    ("""echo '{"energy_hartree": NaN, "homo_hartree": 1, "lumo_hartree": 2}' > "$4" """,
     "Psi4 gave an energy that is not finite"),
])
def test_worker_without_an_answer_is_a_reason(properties, worker, tmp_path, body, reason):
    worker(body)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert single_point(NUMBERS, NEUTRAL, WATER, properties, scratch).reason == reason
    assert list(scratch.iterdir()) == []


def test_time_limit_ends_the_worker(properties, worker, tmp_path):
    worker(f"echo $$ > {tmp_path}/pid; exec sleep 60")
    started = time.monotonic()
    limited = properties.model_copy(update={"timeout_s": 1})
    assert single_point(NUMBERS, NEUTRAL, WATER, limited).reason == "no result within 1 s"
    assert time.monotonic() - started < 20
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_worker_has_one_thread(properties, worker, tmp_path):
    worker(f'echo "$OMP_NUM_THREADS $OPENBLAS_NUM_THREADS $MKL_NUM_THREADS" > {tmp_path}/threads')
    single_point(NUMBERS, NEUTRAL, WATER, properties)
    assert (tmp_path / "threads").read_text() == "1 1 1\n"


def test_worker_ends_with_its_parent(tmp_path):
    """Its standard input closes when we die; a named pipe as job keeps it waiting until then."""
    job = tmp_path / "job.json"
    os.mkfifo(job)
    worker = subprocess.Popen(
        [sys.executable, "-I", str(WORKER), str(job), str(tmp_path / "result.json")],
        stdin=subprocess.PIPE)
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(timeout=1)
    worker.stdin.close()
    assert worker.wait(timeout=20) == 1
    assert not (tmp_path / "result.json").exists()


def test_worker_of_a_killed_parent_removes_its_scratch(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "psi.1.32").touch()
    code = f"import psi4_worker; psi4_worker._end_with_parent([{str(scratch)!r}])"
    done = subprocess.run([sys.executable, "-c", code], cwd=WORKER.parent, check=False,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    until = time.monotonic() + 20
    while scratch.exists():
        assert time.monotonic() < until
        time.sleep(0.05)
