"""``python -m benchmarks``: a table of ratios, printed and written as CSV."""

import argparse
import csv
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks import machine, rmsd, sampling, training, upsampling

BENCHMARKS: dict[str, Callable[..., list[dict]]] = {
    "sampling": sampling.rows, "training": training.rows, "upsampling": upsampling.rows,
    "rmsd": rmsd.rows}
COLUMNS = ("benchmark", "set", "ours_seconds", "baseline_seconds", "ratio", "ours_peak_mb",
           "baseline_peak_mb", "agreement", "note")
NUMBERS = COLUMNS[2:7]


def main(arguments: list[str] | None = None) -> None:
    """Run the chosen benchmarks."""
    chosen = _parser().parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    rows = []
    for name in chosen.only or BENCHMARKS:
        extra = {"full": True} if chosen.full and name == "sampling" else {}
        rows += BENCHMARKS[name](chosen.quick, **extra)
    head = machine.describe()
    _write(chosen.out, head, rows)
    print("\n".join(head), "", *_table(rows), "", sep="\n")
    print(f"Peaks are MB beyond the loaded libraries. Written: {chosen.out}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seconds: shows that it runs")
    parser.add_argument("--full", action="store_true",
                        help="sampling: time every level instead of a few (hours on a CPU)")
    parser.add_argument("--only", action="append", choices=list(BENCHMARKS), metavar="NAME",
                        help=f"one of {', '.join(BENCHMARKS)}; may be repeated")
    parser.add_argument("--threads", type=int, default=1, help="of ours and of the baseline")
    parser.add_argument("--out", type=Path, default=Path("results/benchmark_ratios.csv"))
    return parser


def _write(path: Path, head: list[str], rows: list[dict]) -> None:
    """The table as CSV, the machine in comment lines before it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        file.writelines(f"# {line}\n" for line in head)
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: f"{value:.4g}" if key in NUMBERS else value
                          for key, value in row.items()} for row in rows)


def _table(rows: list[dict]) -> list[str]:
    """Lines of the table, each benchmark's agreement and note beneath it."""
    lines = [f"{'benchmark':26} {'set':14} {'ours s':>9} {'baseline s':>10} {'ratio':>7} "
             f"{'ours MB':>8} {'base MB':>8}"]
    for row in rows:
        lines += [f"{row['benchmark']:26} {row['set']:14} {row['ours_seconds']:9.3g} "
                  f"{row['baseline_seconds']:10.4g} {row['ratio']:7.2f} "
                  f"{row['ours_peak_mb']:8.0f} {row['baseline_peak_mb']:8.0f}",
                  f"    agreement: {row['agreement']}; {row['note']}"]
    return lines


if __name__ == "__main__":
    sys.exit(main())
