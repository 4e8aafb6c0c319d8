"""What starting a step costs: ``python -m benchmarks.start_up``, a row per step, also as CSV.

CPU time of ``python -m pipeline_src.<step> --help`` and of reading the workflow, the least of a few
tries, so that other work on the machine counts little; wall time is that of the same try.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine
from pipeline_src.run.files import write_rows

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = ("what", "cpu_seconds", "wall_seconds")


@dataclass(frozen=True)
class Start:
    """Seconds of one process, CPU time first, so that starts sort by it."""

    cpu: float
    wall: float


def commands() -> dict[str, list[str]]:
    """What is started, by name."""
    steps = sorted(p.stem for p in (ROOT / "pipeline_src").glob("*.py") if p.stem != "__init__")
    python = {"python": ["-c", "pass"], "torch": ["-c", "import torch"],
              "pyg": ["-c", "import torch_geometric.data"]}
    workflow = ["-m", "snakemake", "--snakefile", str(ROOT / "workflow" / "Snakefile"), "--dry-run",
                "--quiet", "all", "--"]
    return {**python, **{step: ["-m", f"pipeline_src.{step}", "--help"] for step in steps},
            "snakemake": ["-m", "snakemake", "--version"],
            "workflow": [*workflow, "experiments"]}


def start(arguments: Sequence[str], tries: int) -> Start:
    """The cheapest of some starts of this Python.

    Raises:
        subprocess.CalledProcessError: it fails.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(tries):
            before, began = os.times(), time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, cwd=folder, env=environment,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            after, wall = os.times(), time.perf_counter() - began
            found.append((after.children_user + after.children_system
                          - before.children_user - before.children_system, wall))
    return Start(*min(found))


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start_up", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(commands()), metavar="STEP")
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("results/start_up.csv"))
    chosen = parser.parse_args(arguments)
    rows = []
    print(*machine.describe(), f"{'':22} {'CPU s':>7} {'wall s':>7}", sep="\n")
    for name in chosen.only or commands():
        took = start(commands()[name], chosen.tries)
        rows.append({"what": name, "cpu_seconds": took.cpu, "wall_seconds": took.wall})
        print(f"{name:22} {took.cpu:7.2f} {took.wall:7.2f}", flush=True)
    write_rows(chosen.out, COLUMNS, rows)


if __name__ == "__main__":
    main()
