"""Time that went into a result: of this process, and of stopped ones whose work it goes on with.

Snakemake's benchmark of a job counts its last attempt alone. A job that keeps its state on disk
keeps there as well what it has spent up to it. What was done after the last save, and is done
again, counts nowhere.
"""

import contextlib
import time
from dataclasses import asdict, dataclass

import psutil


@dataclass(frozen=True)
class Spent:
    """Wall-clock seconds, and CPU seconds of all threads and helper processes."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds)

    def __bool__(self) -> bool:
        return self != Spent()


def spent_here() -> Spent:
    """By this process since it began, and by its children."""
    process = psutil.Process()
    times = process.cpu_times()
    cpu = times.user + times.system + times.children_user + times.children_system
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has just ended
            of_child = child.cpu_times()
            cpu += of_child.user + of_child.system
    return Spent(time.time() - process.create_time(), cpu)


def noted(earlier: Spent) -> dict[str, float]:
    """For a state on disk: what it took, with all that came before."""
    return asdict(earlier + spent_here())


def taken_up(state: dict) -> Spent:
    """The inverse: what a loaded state took; nothing if it does not say."""
    return Spent(**state.get("spent", {}))


def for_sidecar(earlier: Spent) -> dict:
    """What a step returns that has gone on with a stopped job's work: ``earlier``; else nothing."""
    return {"earlier": asdict(earlier)} if earlier else {}
