"""What the numbers were measured on."""

import os
import platform
from pathlib import Path

import numpy
import rdkit
import torch


def describe() -> list[str]:
    """Lines for the head of the table: CPU, cores, threads, clock, GPU, versions."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    threads = torch.get_num_threads()
    alone = threads == 1 and not torch.cuda.is_available()
    clock = "CPU time of the one thread" if alone else "wall time"
    return [f"CPU: {_cpu()}, {os.cpu_count()} cores; {threads} thread(s) for both; {clock}",
            f"GPU: {gpu}",
            f"Python {platform.python_version()}, torch {torch.__version__}, "
            f"NumPy {numpy.__version__}, RDKit {rdkit.__version__}, {platform.system()}"]


def _cpu() -> str:
    """The model name."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in
             (info.read_text().splitlines() if info.exists() else ())
             if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
