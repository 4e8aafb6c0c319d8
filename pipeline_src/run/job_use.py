"""What jobs took: Snakemake's benchmarks, the sidecars of results, and what stopped attempts did.

CPU time is the sidecar's. Snakemake's own (``cpu_time`` of a benchmark) is that of its last look at
the job, up to 30 s before the end (``snakemake.benchmark.BENCHMARK_INTERVAL``).
"""

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline_src.run.errors import OTHER_VERSION, InputError
from pipeline_src.run.sidecar import has_sidecar, read_sidecar, sidecar_of
from pipeline_src.run.spent import Spent

COLUMNS = ("s", "max_rss")
FOLDER = "/benchmarks/"
# First outputs by the benchmark's place, of the rules whose cost counts.
OUTPUTS = {"embed_guides": "stages/{}/guides.parquet", "train_stage": "stages/{}/weights.pt",
           "embed_rdkit": "samples/{}.parquet", "sample_stage": "samples/{}.parquet"}


@dataclass(frozen=True)
class Use:
    """What one or several jobs took; NaN where one left no benchmark, or it is not known.

    Attributes:
        seconds: wall clock, one job after the other.
        cpu_seconds: of all their threads and helper processes; of ``OUTPUTS`` alone.
        max_rss_mb: the most memory that one of them held, in its last attempt.
    """

    seconds: float = math.nan
    cpu_seconds: float = math.nan
    max_rss_mb: float = math.nan


def read_use(paths: Iterable[str]) -> Use:
    """What the jobs with these benchmark files took together.

    Raises:
        InputError: a file lacks a column, or a sidecar cannot be read.
    """
    found = [_read(Path(path)) for path in paths]
    if not found:
        return Use()
    memory = [use.max_rss_mb for use in found]
    return Use(math.fsum(use.seconds for use in found), math.fsum(use.cpu_seconds for use in found),
               math.nan if any(map(math.isnan, memory)) else max(memory))


def output_of(benchmark: str) -> str:
    """The first output of the job with this benchmark file; '' of rules not in ``OUTPUTS``."""
    before, _, after = benchmark.rpartition(FOLDER)  # folders above may be called so too
    rule, _, place = after.partition("/")
    return f"{before}/{OUTPUTS[rule].format(place.removesuffix('.tsv'))}" if rule in OUTPUTS else ""


def _read(path: Path) -> Use:
    if not path.is_file():
        return Use()
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, delimiter="\t")
        rows, columns = list(reader), reader.fieldnames or ()
    if missing := [name for name in COLUMNS if name not in columns]:
        raise InputError(str(path), list(columns), f"also the columns {missing}", OTHER_VERSION)
    sidecar = _sidecar(output_of(str(path)))
    try:
        earlier = Spent(**sidecar.get("earlier", {}))
        memory = [value for row in rows if not math.isnan(value := _number(row["max_rss"]))]
        return Use(math.fsum(_number(row["s"]) for row in rows) + earlier.seconds,
                   float(sidecar.get("cpu_seconds", math.nan)) + earlier.cpu_seconds,
                   float(sidecar.get("max_rss_mb", max(memory, default=math.nan))))
    except (ValueError, TypeError) as error:
        raise InputError(str(sidecar_of(output_of(str(path)))), f"{error}",
                         "the sidecar of a result", OTHER_VERSION) from None


def _number(text: str) -> float:
    """NaN for '-' and 'NA', which Snakemake writes of a job that was too short."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _sidecar(output: str) -> dict:
    """What stands beside an output; nothing where there is none."""
    return read_sidecar(output, OTHER_VERSION) if output and has_sidecar(output) else {}
