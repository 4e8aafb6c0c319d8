"""Ensembles made one after the other, so that a stopped job goes on where it was."""

import contextlib
import itertools
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from pipeline_src.ensembles.ensemble import Ensemble
from pipeline_src.ensembles.store import read_ensembles, write_ensembles
from pipeline_src.run.errors import Interrupted
from pipeline_src.run.interrupt import SaveClock

Task = TypeVar("Task")


def write_resumed(path: Path, key: str, tasks: Iterable[Task],
                  make: Callable[[Task], Ensemble]) -> None:
    """Write one Parquet file atomically, an ensemble a task, in order.

    What is finished is kept in ``<path>.partial`` until the file is written, once in a while and
    when the job is stopped; a job with the same key goes on from there. One that is done sooner
    than ``SAVE_EVERY_S`` leaves nothing on disk.

    Args:
        key: fingerprint of all that the ensembles depend on.
        tasks: the same in the same order each time.
    """
    with resumed(path, key, tasks, make) as made:
        write_ensembles(path, made)


@contextlib.contextmanager
def resumed(path: Path, key: str, tasks: Iterable[Task],
            make: Callable[[Task], Ensemble]) -> Iterator[Iterator[Ensemble]]:
    """Yield the ensembles as ``write_resumed`` writes them, for a block that writes them itself."""
    folder = Path(f"{path}.partial")
    yield _made(folder / key[:32], tasks, make)
    shutil.rmtree(folder, ignore_errors=True)


def _made(folder: Path, tasks: Iterable[Task], make: Callable[[Task], Ensemble]
          ) -> Iterator[Ensemble]:
    """All ensembles: those of the folder's files, then the others, which are put there."""
    files, done = sorted(folder.glob("*.parquet")), 0
    for file in files:
        for ensemble in read_ensembles(file):
            done += 1
            yield ensemble
    if done:
        print(f"going on after {done} molecules of a job that was stopped", file=sys.stderr)
    new, clock, number = [], SaveClock(), itertools.count(len(files))

    def save() -> None:
        write_ensembles(folder / f"{next(number):05d}.parquet", new)
        new.clear()
        clock.saved()

    try:
        for task in itertools.islice(tasks, done, None):
            new.append(made := make(task))
            if clock.due():
                save()
            yield made
    except Interrupted:
        if new:
            save()
        raise
