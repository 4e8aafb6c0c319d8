"""Which hardware the jobs behind a table ran on, from their files' sidecars."""

from collections.abc import Iterable

from pipeline_src.run.sidecar import has_sidecar, read_sidecar


def machines(outputs: Iterable[str]) -> str:
    """The hardware that made the files, in words, as their sidecars tell; '' without any."""
    told: dict[str, None] = {}
    for path in dict.fromkeys(outputs):
        if has_sidecar(path):
            told[_hardware(read_sidecar(path))] = None
    return " and ".join(told)


def processors(sidecars: Iterable[dict]) -> str:
    """The processors of the jobs with these sidecars, in words; '' without any."""
    return " and ".join(dict.fromkeys(map(_processor, sidecars)))


def _processor(sidecar: dict) -> str:
    cpu = sidecar.get("cpu")
    return f"{cpu['model']}, {cpu['logical_cores']} logical cores" if cpu else \
        f"host {sidecar.get('host', 'unknown')} (its processor was not recorded)"


def _hardware(sidecar: dict) -> str:
    """GPU if one was used, processor and its cores, threads of the job, atoms of a batch."""
    arguments = sidecar["arguments"]
    words = [*(gpu["name"] for gpu in sidecar.get("gpus", ())), _processor(sidecar)]
    for name, text in (("threads", "{} thread{} a job"), ("atom_budget", "{} atom{} a batch")):
        if arguments.get(name):
            words.append(text.format(arguments[name], "s" * (int(arguments[name]) != 1)))
    return ", ".join(words)
