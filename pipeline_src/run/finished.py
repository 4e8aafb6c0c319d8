"""What a results folder tells of its jobs: sidecars, benchmarks, claims of those that run.

Found in one walk over the folder, whichever run made them.
"""

import csv
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import psutil

from pipeline_src.run.sidecar import SUFFIX as SIDECAR

OWNER = ".owner"
_LOGS, _BENCHMARKS = "logs", "benchmarks"


@dataclass(frozen=True)
class FinishedJob:
    """A job that left a result.

    Attributes:
        output: its first output, as seen from the working folder.
        seconds: of the whole job where there is a benchmark, else without Python's start.
        earlier: those of them that stopped attempts spent.
        max_rss_mb, gpu_mb: peaks, None where unknown; of the GPU that was used most.
    """

    rule: str
    output: str
    host: str
    seconds: float
    max_rss_mb: float | None = None
    gpu_mb: float | None = None
    gpu: str = ""
    earlier: float = 0.0


@dataclass(frozen=True)
class Owner:
    """The process that makes a result; ``since``: when it began, seconds since 1970."""

    process: int
    host: str
    since: float


@dataclass
class Found:
    """Everything found; keys are paths as seen from the working folder."""

    jobs: list[FinishedJob] = field(default_factory=list)
    owners: dict[str, Owner] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)


def look_into(folder: Path, results: str = "results") -> Found:
    """The jobs of a results folder.

    Args:
        folder: the working folder.
        results: where results lie in it.
    """
    found, benchmarks = Found(), {}
    for path in _files(folder, results):
        name = path.rsplit("/", 1)[-1]
        if path.startswith(f"{results}/{_BENCHMARKS}/"):
            if path.endswith(".tsv") and (figures := _benchmark(folder / path)):
                benchmarks[path] = figures
        elif name.endswith(SIDECAR):
            if job := _finished(folder, path):
                found.jobs.append(job)
        elif name.startswith(".") and name.endswith(OWNER):
            if owner := read_owner(folder / path):
                place = path.rsplit("/", 1)[0]
                found.owners[f"{place}/{name[1:].removesuffix(OWNER)}"] = owner
        elif name in ("failures.csv", "rejected.csv"):
            found.tables.append(path)
    found.jobs = [_measured(job, benchmarks, results) for job in found.jobs]
    return found


def _files(folder: Path, place: str) -> Iterator[str]:
    """Paths of all files below ``place`` but the logs; what vanishes meanwhile is passed over."""
    waiting = [place]
    while waiting:
        here = waiting.pop()
        try:
            entries = list(os.scandir(folder / here))
        except OSError:
            continue
        for entry in sorted(entries, key=lambda e: e.name):
            path = f"{here}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if path != f"{place}/{_LOGS}":
                    waiting.append(path)
            else:
                yield path


def _finished(folder: Path, path: str) -> FinishedJob | None:
    try:
        side = json.loads((folder / path).read_text(encoding="utf-8"))
        gpus = side.get("gpus") or []
        earlier = float(side.get("earlier", {}).get("seconds", 0))
        most = max(gpus, key=lambda gpu: gpu["max_reserved_mb"], default={})
        return FinishedJob(side["step"], path.removesuffix(SIDECAR), side["host"],
                           earlier + float(side["seconds"]), side.get("max_rss_mb"),
                           most.get("max_reserved_mb"), most.get("name", ""),
                           earlier)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # being replaced, or not of this project


def _benchmark(path: Path) -> tuple[float, float | None] | None:
    """Seconds and MB that Snakemake has measured; memory None where the job was too short."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        memory = [float(row["max_rss"]) for row in rows if row["max_rss"] not in ("-", "NA", "")]
        return sum(float(row["s"]) for row in rows), max(memory, default=None)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _measured(job: FinishedJob, benchmarks: dict, results: str) -> FinishedJob:
    """The job with its benchmark's figures, which are those of all its processes, if it has one.

    A benchmark has the path of the job's output, or of the folder that this lies in.
    """
    inside = PurePosixPath(*PurePosixPath(job.output).relative_to(results).parts[1:])
    for place in (inside.with_suffix("") if inside.name else inside, inside.parent):
        figures = benchmarks.get(f"{results}/{_BENCHMARKS}/{job.rule}/{place}.tsv")
        if figures:
            seconds, memory = figures
            return replace(job, seconds=job.earlier + seconds,
                           max_rss_mb=job.max_rss_mb if memory is None else memory)
    return job


def read_owner(file: Path) -> Owner | None:
    """Who makes a result, by its claim (``run.claim``); None if that process is no more.

    One on another machine cannot be seen from here and is believed.
    """
    try:
        words, host, since = file.read_text(encoding="utf-8").splitlines()
        owner = Owner(int(words.split()[1]), host, float(since))
    except (OSError, ValueError, IndexError):
        return None
    if owner.host != platform.node():
        return owner
    try:
        alive = abs(psutil.Process(owner.process).create_time() - owner.since) < 1
    except psutil.Error:
        return None
    return owner if alive else None
