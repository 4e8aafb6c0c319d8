"""Jobs that ran: Snakemake's benchmark, and the sidecar of the result with the CPU time."""

from pathlib import Path

from pipeline_src.run.files import write_json, write_text
from pipeline_src.run.job_use import output_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def ran(folder: Path, rule: str, place: str, seconds: float, cpu_seconds: float | None = None,
        memory: str = "100.5", **sidecar: object) -> str:
    """Path of the benchmark of a job; its CPU time (None: as the wall clock) is in the sidecar.

    Snakemake's own CPU time is made 0, as nothing may read it.
    """
    path = folder / "benchmarks" / rule / f"{place}.tsv"
    write_text(path, "s\th:m:s\tmax_rss\tmax_vms\tmean_load\tcpu_time\n"
                     f"{seconds}\t0:00:01\t{memory}\t-\t97.1\t0\n")
    if output := output_of(str(path)):
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        write_json(Path(f"{output}.provenance.json"), {
            "host": "a-host", "git_commit": COMMIT,
            "arguments": {"threads": 2, "atom_budget": 4000},
            "cpu": {"model": "A Processor", "logical_cores": 8},
            "cpu_seconds": seconds if cpu_seconds is None else cpu_seconds, **sidecar})
    return str(path)
