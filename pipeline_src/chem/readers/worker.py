"""The process that opens foreign files: ``python -m pipeline_src.chem.readers.worker MB SECONDS``.

Requests come on standard input, a line of JSON each: ``[module, function, arguments]``; answers go
to standard output as ``frames``, each after its length. Memory is limited for good, processor time
for each request; no file can be written. ``decoding`` is the other end.
"""

import contextlib
import gc
import importlib
import json
import math
import os
import resource
import signal
import struct
import sys
from typing import BinaryIO

from rdkit import rdBase

from pipeline_src.chem.base import Refused
from pipeline_src.chem.readers.frames import LONGEST_BYTES, packed
from pipeline_src.run.errors import InputError

LENGTH = struct.Struct("<Q")
_ELSEWHERE_BYTES = 4 << 30  # address space of a process where the system does not tell it


def main(memory_mb: int, cpu_seconds: int) -> None:
    """Answer requests until standard input ends.

    Args:
        memory_mb: beyond what the process has now.
        cpu_seconds: per request; the system ends the process (SIGXCPU) after them.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not get among the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    _limit_memory_and_files(memory_mb)
    rdBase.DisableLog("rdApp.*")
    _send(answers, packed("ready"))
    for line in sys.stdin.buffer:
        _limit_time(cpu_seconds)
        frame = packed(_answer(*json.loads(line)))
        if len(frame) > LONGEST_BYTES:
            frame = packed(Refused(f"{len(frame) / 1e6:.0f} MB of conformers in one molecule"))
        _send(answers, frame)


def _answer(module: str, function: str, arguments: list) -> object:
    """What the function returns, or a ``Refused`` in its place."""
    try:
        return getattr(importlib.import_module(module), function)(*arguments)
    except (Refused, InputError) as error:
        return Refused(str(error))
    except MemoryError:
        gc.collect()
        return Refused("it needs more memory than the process that decodes it may have")
    except Exception as error:  # the border to foreign bytes: any type becomes a row's reason
        return Refused(f"it cannot be decoded ({type(error).__name__}: {error})")


def _send(answers: BinaryIO, frame: bytes) -> None:
    answers.write(LENGTH.pack(len(frame)) + frame)
    answers.flush()


def _limit_memory_and_files(memory_mb: int) -> None:
    try:
        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        now = _ELSEWHERE_BYTES
    for limit, value in ((resource.RLIMIT_AS, now + memory_mb * 1_000_000),
                         (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError):  # the system's own limit is lower, or it has none
            resource.setrlimit(limit, (value, value))


def _limit_time(cpu_seconds: int) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(usage.ru_utime + usage.ru_stime) + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
