"""Which hardware the jobs behind a table ran on, from their files' sidecars."""

from collections.abc import Iterable
from pathlib import Path

from pipeline_src.paper.provenance import read_sidecar


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
