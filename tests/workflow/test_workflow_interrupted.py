"""A run killed in the middle of training goes on to the bytes of an undisturbed run."""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

TARGET = "results/smoke/tables/geometry.csv"


def digests(folder: Path, patterns: tuple[str, ...]) -> dict[str, str]:
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for pattern in patterns for file in folder.glob(pattern)}


def running_in(folder: Path) -> list[str]:
    """Command lines of living processes whose working folder is ``folder``."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.joinpath("cwd").resolve() == folder.resolve():
                found.append(process.joinpath("cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # gone, or not ours
    return [line for line in found if line]


def test_killed_in_training_it_goes_on_to_the_same_bytes(done):
    results = done.folder / "results"
    patterns = ("smoke/tables/*.csv", "samples/**/*.parquet", "stages/**/weights.pt",
                "stages/**/curve.csv")
    undisturbed = digests(results, patterns)
    assert len([name for name in undisturbed if name.startswith("samples/")]) == 6
    for folder in [*results.glob("stages/smoke3/*"), *results.glob("samples/smoke3/geodiff-*"),
                   *results.glob("scores/smoke3/geodiff-*"), results / "smoke"]:
        shutil.rmtree(folder)

    command = done.command("--cores", "2", TARGET)
    run = subprocess.Popen(**{**command, "stdout": subprocess.DEVNULL}, start_new_session=True)
    deadline = time.monotonic() + 120
    while not list(results.glob("stages/smoke3/*/seed2021/rolling/state.pt")):
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    while running_in(done.folder):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert len(list(results.glob("stages/smoke3/*/seed2021/weights.pt"))) < 2

    locked = done.attempt("--cores", "2", TARGET)
    assert locked.returncode != 0 and "--unlock" in locked.stdout
    done.run("--unlock", TARGET)
    done.run(TARGET)
    assert digests(results, patterns) == undisturbed
