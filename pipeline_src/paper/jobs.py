"""What the jobs behind a table took, from Snakemake's benchmarks and their files' sidecars."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline_src.paper.cells import read_sidecar
from pipeline_src.run.errors import OTHER_VERSION, InputError

FOLDER = "/benchmarks/"


@dataclass(frozen=True)
class Use:
    """What one or several jobs took; NaN where one left no benchmark, or it does not say.

    Attributes:
        seconds: wall clock, one job after the other.
        cpu_seconds: of all their threads.
        max_rss_mb: the most memory that one of them held.
    """

    seconds: float
    cpu_seconds: float
    max_rss_mb: float


def read_use(paths: Iterable[str]) -> Use:
    """What the jobs with these benchmark files took together.

    Raises:
        InputError: a file lacks a column.
    """
    found = [_read(Path(path)) for path in paths]
    if not found:
        return Use(math.nan, math.nan, math.nan)
    memory = [use.max_rss_mb for use in found]
    return Use(math.fsum(use.seconds for use in found), math.fsum(use.cpu_seconds for use in found),
               math.nan if any(map(math.isnan, memory)) else max(memory))


def _read(path: Path) -> Use:
    if not path.is_file():
        return Use(math.nan, math.nan, math.nan)
    table = pd.read_csv(path, sep="\t")
    wanted = ["s", "cpu_time", "max_rss"]
    if missing := [name for name in wanted if name not in table]:
        raise InputError(str(path), list(table.columns), f"also the columns {missing}",
                         OTHER_VERSION)
    numbers = table[wanted].apply(pd.to_numeric, errors="coerce")  # '-' or NA: too short a job
    return Use(float(numbers["s"].sum(skipna=False)), float(numbers["cpu_time"].sum(skipna=False)),
               float(numbers["max_rss"].max()))


def samples_of(benchmark: str) -> str:
    """The sample shard that the job with this benchmark file wrote."""
    before, _, after = benchmark.partition(FOLDER)
    return f"{before}/samples/{after.partition('/')[2].removesuffix('.tsv')}.parquet"


def machines(outputs: Iterable[str]) -> str:
    """The hardware that made the files, in words, as their sidecars tell; '' without any."""
    told: dict[str, None] = {}
    for path in dict.fromkeys(outputs):
        if Path(f"{path}.provenance.json").is_file():
            told[_hardware(read_sidecar(path))] = None
    return " and ".join(told)


def _hardware(sidecar: dict) -> str:
    """GPU if one was used, processor and its cores, threads of the job, atoms of a batch."""
    cpu, arguments = sidecar.get("cpu", {}), sidecar["arguments"]
    words = [gpu["name"] for gpu in sidecar.get("gpus", ())]
    words += [f"{cpu['model']}, {cpu['logical_cores']} logical cores" if cpu
              else f"host {sidecar.get('host', 'unknown')} (its processor was not recorded)"]
    for name, text in (("threads", "{} thread{} a job"), ("atom_budget", "{} atom{} a batch")):
        if arguments.get(name):
            words.append(text.format(arguments[name], "s" * (int(arguments[name]) != 1)))
    return ", ".join(words)
