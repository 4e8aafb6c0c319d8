"""All tests of this folder side by side, a pytest a file, on one cluster: ``make test-slurm``.

Jobs on SLURM wait more than they work: for the queue, for the next look at their states, for a
time limit. ``pytest -m slurm tests/slurm/<file>`` runs the tests of one file, on a cluster of their
own. Exit code 1 when a test fails.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflow"))

from one_node import Cluster
from runs import run_locally
from shared import LOCAL, SHARED, offer
from snakemake_project import ROOT, Project

HERE = Path(__file__).resolve().parent
LIMIT_S = 3600


def main() -> int:
    """Exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: all is ended
    begun, cluster = time.monotonic(), Cluster()
    with tempfile.TemporaryDirectory(prefix="slurm-tests-") as name:
        try:
            cluster.start()
            failed = run_files(cluster, Path(name))
        except RuntimeError as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            cluster.stop()
    print(f"=== tests on SLURM: {len(failed)} files failed, {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


def run_files(cluster: Cluster, folder: Path) -> list[str]:
    """Files whose tests failed; what each pytest says is printed when it has ended."""
    files, failed, running = sorted(HERE.glob("test_*.py")), [], []
    environment = {**os.environ, SHARED: str(folder)}
    offer(cluster, folder)
    with ThreadPoolExecutor(len(files) + 1) as pool:
        try:
            local = pool.submit(run_locally, Project.copy(folder / LOCAL))
            local.add_done_callback(lambda ended: ended.exception() and interrupt(running))
            tests = [pool.submit(run_file, file, folder, environment, running) for file in files]
            for done in as_completed(tests):
                file, code, text = done.result()
                print(f"{text}=== {file}: {'passed' if code == 0 else 'FAILED'}", flush=True)
                failed += [file] * (code != 0)
            local.result()
        finally:
            interrupt(running)
    return failed


def interrupt(running: list[subprocess.Popen]) -> None:
    """As Ctrl-C does, so that each ends what it has started."""
    for process in running:
        process.send_signal(signal.SIGINT)


def run_file(file: Path, folder: Path, environment: dict[str, str],
             running: list[subprocess.Popen]) -> tuple[str, int, str]:
    """Name, exit code and output of a file's tests."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "slurm", "--durations=5",
               f"--basetemp={folder / file.stem}", str(file.relative_to(ROOT))]
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        running.append(process)
        text, _ = process.communicate(timeout=LIMIT_S)
    running.remove(process)
    return file.name, process.returncode, text


if __name__ == "__main__":
    sys.exit(main())
