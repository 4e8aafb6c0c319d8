"""A worker process that opens foreign files within limits; its death is the file's fault.

Pickles, and RDKit's binaries in them, reach native code that a hostile or damaged file can crash,
keep busy or fill memory with. The importing process opens none of them itself.
"""

import contextlib
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType

from pipeline_src.chem.base import Refused
from pipeline_src.chem.readers import worker
from pipeline_src.chem.readers.frames import LONGEST_BYTES, unpacked, words
from pipeline_src.run.errors import InputError, ResourceError

_ROOT = Path(__file__).resolve().parents[3]
_AHEAD = 1  # requests sent before the last answer is read: the worker need not wait for us
_LONGEST_REQUEST_BYTES = 30_000  # what a pipe holds even while the worker is busy
_SILENCE_FACTOR = 20  # waits for a disk are not processor time


class _Died(Exception):
    """The worker ended or was ended; the message says how. ``again``: it may not be the file."""

    def __init__(self, how: str, again: bool = False) -> None:
        super().__init__(how)
        self.again = again


class Decoder:
    """Calls functions in a worker process, started when first needed and anew after a death.

    Args:
        memory_mb: the worker's, beyond the 100 MB of an idle one.
        cpu_seconds: processor time per call.
    """

    def __init__(self, memory_mb: int = 1000, cpu_seconds: int = 120) -> None:
        self._memory_mb, self._cpu_seconds = memory_mb, cpu_seconds
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "Decoder":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._end()

    def call(self, function: Callable, label: str, *arguments: object) -> object:
        """What ``function(*arguments)`` returns; arguments and errors as in ``each``.

        Raises:
            Refused: the function did, or the worker died of it.
        """
        (answer,) = self.each(function, [(label, *arguments)])
        if isinstance(answer, Refused):
            raise answer
        return answer

    def each(self, function: Callable, calls: Iterable[tuple]) -> Iterator[object]:
        """Yield what the calls return, in their order; ``Refused`` where one failed.

        Args:
            function: of a module of the package; it returns a list of Ensembles and Rejections, or
                plain JSON.
            calls: a label (the file's name) for messages, then the arguments, plain JSON.

        Raises:
            ResourceError: no worker can be started.
        """
        waiting: deque[tuple[str, bytes]] = deque()
        for label, *arguments in calls:
            line = json.dumps([function.__module__, function.__name__, arguments]).encode() + b"\n"
            waiting.append((label, line))
            self._send(line)
            if len(waiting) > _AHEAD:
                yield self._answer(waiting)
        while waiting:
            yield self._answer(waiting)

    def _answer(self, waiting: deque) -> object:
        """The answer to the oldest of the requests, which is taken from them."""
        label, line = waiting[0]
        if len(line) > _LONGEST_REQUEST_BYTES:
            waiting.popleft()
            return Refused(f"{words(label)}: its name or SMILES has {len(line)} characters")
        for attempt in (1, 2):
            try:
                answer = self._receive()
                break
            except _Died as died:
                self._end()
                answer = Refused(f"{words(label)}: {died}")
                again = died.again and attempt == 1
            for _, other in list(waiting)[0 if again else 1:]:
                self._send(other)
            if not again:
                break
        waiting.popleft()
        return answer

    def _send(self, line: bytes) -> None:
        if self._process is None:
            self._start()
        if len(line) > _LONGEST_REQUEST_BYTES:
            return
        with contextlib.suppress(BrokenPipeError):  # it died of an earlier request: read first
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _start(self) -> None:
        folders = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-m", worker.__name__, str(self._memory_mb), str(self._cpu_seconds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, **one_thread, "PYTHONPATH": os.pathsep.join(filter(None, folders))})
        try:
            self._receive()
        except _Died as died:
            self._end()
            raise ResourceError(f"the process that decodes files does not start: {died}") from None

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.wait()
        self._process = None

    def _receive(self) -> object:
        until = time.monotonic() + self._cpu_seconds * _SILENCE_FACTOR
        (length,) = worker.LENGTH.unpack(self._bytes(worker.LENGTH.size, until))
        if length > LONGEST_BYTES:
            raise _Died(f"the process that decoded it went astray (a claim of {length} bytes)")
        frame = self._bytes(length, until)
        try:
            return unpacked(frame)
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, struct.error,
                InputError) as error:
            raise _Died("the process that decoded it went astray "
                        f"({type(error).__name__}: {words(str(error))})") from None

    def _bytes(self, count: int, until: float) -> bytearray:
        """Exactly ``count`` bytes of the worker's output, or ``_Died``."""
        content, filled, pipe = bytearray(count), 0, self._process.stdout.fileno()
        with selectors.DefaultSelector() as ready:
            ready.register(pipe, selectors.EVENT_READ)
            while filled < count:
                if not ready.select(max(0.0, until - time.monotonic())):
                    raise _Died(f"no answer within {self._cpu_seconds * _SILENCE_FACTOR} s")
                got = os.readv(pipe, [memoryview(content)[filled:]])
                if not got:
                    raise self._death()
                filled += got
        return content

    def _death(self) -> _Died:
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return _Died(f"more than {self._cpu_seconds} s of processor time to decode it")
        if code == -signal.SIGKILL:
            return _Died("the process that decoded it was killed twice, as happens when memory "
                         "runs out", again=True)
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return _Died(f"it crashed the process that decoded it ({name})")
