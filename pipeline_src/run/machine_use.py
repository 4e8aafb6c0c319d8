"""What this process has used of its machine, for the sidecar of its result."""

import os
import platform
import sys
from pathlib import Path

_MB = 2 ** 20  # as Snakemake's benchmark files count
_STATUS = Path("/proc/self/status")
_PROCESSORS = Path("/proc/cpuinfo")


def machine_use() -> dict:
    """``cpu``, ``max_rss_mb``, the peak of resident memory, and ``gpus``, those used.

    The CPU has its ``model`` and the ``logical_cores`` of the machine, whoever uses them. A GPU has
    its ``name``, ``max_allocated_mb`` (tensors) and ``max_reserved_mb`` (what PyTorch has taken of
    the card for them). No GPU is looked for where this process has not used one, and nothing is
    imported for it. Memory is left out where the system does not tell.
    """
    use = {"cpu": {"model": processor(), "logical_cores": os.cpu_count()}}
    peak = _peak_rss_mb()
    if peak:
        use["max_rss_mb"] = peak
    if gpus := _gpus():
        use["gpus"] = gpus
    return use


def processor() -> str:
    """Model of the machine's processor; its architecture where the system does not tell."""
    try:
        lines = _PROCESSORS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _peak_rss_mb() -> float | None:
    """Peak since this program began; ``getrusage`` would count the one that started it as well."""
    try:
        lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:  # not Linux
        return None
    kib = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return round(int(kib[0]) / 1024, 1) if kib else None


def _gpus() -> list[dict]:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return []
    found = []
    for number in range(torch.cuda.device_count()):
        reserved = torch.cuda.max_memory_reserved(number)
        if reserved:
            found.append({"name": torch.cuda.get_device_name(number),
                          "max_allocated_mb": round(
                              torch.cuda.max_memory_allocated(number) / _MB, 1),
                          "max_reserved_mb": round(reserved / _MB, 1)})
    return found
