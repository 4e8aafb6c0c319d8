"""Tests of this folder side by side, a pytest a file, on one cluster: ``make test-slurm``.

Jobs on SLURM wait more than they work: for the queue, for the next look at their states, for a
time limit. ``--slow`` runs the slow ones in place of the others: groups, pre-emption, jobs that
stop by themselves. ``pytest -m slurm tests/slurm/<file>`` runs the tests of one file, on a cluster
of their own. Exit code 1 when a test fails.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import psutil
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflow"))

from one_node import Cluster
from runs import run_locally
from shared import LOCAL, SHARED, offer
from snakemake_project import ROOT, Project

HERE = Path(__file__).resolve().parent
LIMIT_S = 3600


def main() -> int:
    """Exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slow", action="store_true", help="the slow tests in place of the others")
    mark = "slurm and slow" if parser.parse_args().slow else "slurm and not slow"
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: all is ended
    begun, cluster = time.monotonic(), Cluster()
    with tempfile.TemporaryDirectory(prefix="slurm-tests-", ignore_cleanup_errors=True) as name:
        try:
            cluster.start()
            failed = run_files(cluster, Path(name), mark)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("=== interrupted: ending jobs and daemons", file=sys.stderr)
            return 130
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C would leave daemons
            cluster.stop()
    print(f"=== tests on SLURM: {len(failed)} files failed, {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


def run_files(cluster: Cluster, folder: Path, mark: str) -> list[str]:
    """Files whose tests of a mark failed; what each pytest says is printed when it has ended."""
    files, failed = sorted(HERE.glob("test_*.py")), []
    environment = {**os.environ, SHARED: str(folder)}
    offer(cluster, folder)
    spared = set(psutil.Process().children())
    with ThreadPoolExecutor(len(files) + 1) as pool:
        try:
            local = pool.submit(run_locally, Project.copy(folder / LOCAL))
            local.add_done_callback(lambda ended: ended.exception() and end_all(spared))
            tests = [pool.submit(run_file, file, folder, mark, environment) for file in files]
            for done in as_completed(tests):
                file, code, text = done.result()
                if code == pytest.ExitCode.NO_TESTS_COLLECTED:
                    continue
                print(f"{text}=== {file}: {'passed' if code == 0 else 'FAILED'}", flush=True)
                failed += [file] * (code != 0)
            local.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            end_all(spared)
    return failed


def end_all(spared: set[psutil.Process]) -> None:
    """Kill what was started here, with all it has started, but for the cluster's daemons."""
    for child in set(psutil.Process().children()) - spared:
        with contextlib.suppress(psutil.NoSuchProcess):
            tree = [child, *child.children(recursive=True)]
            for process in tree:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()


def run_file(file: Path, folder: Path, mark: str,
             environment: dict[str, str]) -> tuple[str, int, str]:
    """Name, exit code and output of a file's tests."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", mark, "--durations=5",
               f"--basetemp={folder / file.stem}", str(file.relative_to(ROOT))]
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False)
    return file.name, done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main())
