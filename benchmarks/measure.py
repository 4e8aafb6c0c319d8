"""Seconds and peak memory of a function, each in a process of its own."""

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Measured:
    """What a function returned, and the memory it took.

    Attributes:
        value: what it returned.
        peak_mb: MB beyond what the process held before the call; with a GPU, of its memory.
    """

    value: Any
    peak_mb: float


def measure(function: Callable, *arguments: Any, quick: bool = False) -> Measured:
    """Call ``function`` in a fresh process with this one's threads; ``quick``: in this one.

    Raises:
        RuntimeError: the process ended without a result.
    """
    if quick:
        return _measured(function, arguments)
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_call,
                              args=(there, torch.get_num_threads(), function, arguments))
    process.start()
    there.close()
    try:
        return here.recv()
    except EOFError:
        process.join()
        raise RuntimeError(f"{function.__module__}.{function.__name__} ended with code "
                           f"{process.exitcode} and no result") from None
    finally:
        process.join()


def _call(pipe: Any, threads: int, function: Callable, arguments: tuple) -> None:
    torch.set_num_threads(threads)
    torch.ones(8, 8) @ torch.ones(8, 8)  # loads the libraries
    pipe.send(_measured(function, arguments))


def _measured(function: Callable, arguments: tuple) -> Measured:
    before = _peak_mb()
    value = function(*arguments)
    if torch.cuda.is_available():
        return Measured(value, torch.cuda.max_memory_allocated() / 2**20)
    return Measured(value, _peak_mb() - before)


def _peak_mb() -> float:
    """Largest resident size of this process so far."""
    if STATUS.exists():  # ru_maxrss would count the parent's, from before exec
        line = next(row for row in STATUS.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def seconds(call: Callable, repeats: int = 1) -> float:
    """Time of ``call``, the shortest of ``repeats``; a GPU is waited for.

    CPU time if there is one thread and no GPU, so that other work on the machine counts little;
    else wall time.
    """
    alone = torch.get_num_threads() == 1 and not torch.cuda.is_available()
    clock = time.process_time if alone else time.perf_counter
    best = float("inf")
    for _ in range(repeats):
        _wait()
        start = clock()
        call()
        _wait()
        best = min(best, clock() - start)
    return best


def ratios(ours: Measured, plain: Measured) -> dict[str, float]:
    """The numbers of a row, of two measured functions whose values are seconds."""
    return {"ours_seconds": ours.value, "baseline_seconds": plain.value,
            "ratio": plain.value / ours.value,
            "ours_peak_mb": ours.peak_mb, "baseline_peak_mb": plain.peak_mb}


def device() -> torch.device:
    """The GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
