"""A polite stop: a signal or the end of the time is noted; a loop ends where its state is whole.

SIGTERM is SLURM's (time limit, pre-emption, scancel); SIGINT is Ctrl-C, which every process of the
terminal gets.
"""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator

from pipeline_src.run.allocation import Allocation
from pipeline_src.run.errors import Interrupted

SIGNALS = (signal.SIGTERM, signal.SIGINT)
SAVE_EVERY_S = 45.0  # so that with a step and the writing less than a minute is lost


class StopRequest:
    """Whether to stop: a signal has come, or the allocation is nearly over."""

    def __init__(self, allocation: Allocation):
        self.signal, self._allocation = "", allocation

    @property
    def requested(self) -> bool:
        """Whether there is a reason."""
        return bool(self.reason)

    @property
    def reason(self) -> str:
        """Why, in a few words; '' as long as there is time."""
        if self.signal:
            return self.signal
        return "its allocation is nearly over" if self._allocation.nearly_over() else ""


class SaveClock:
    """Says when it is time to save again: ``SAVE_EVERY_S`` after the last time."""

    def __init__(self, now: Callable[[], float] = time.monotonic):
        self._now = now
        self.saved()

    def saved(self) -> None:
        """From now on it counts anew."""
        self._last = self._now()

    def due(self) -> bool:
        """Whether it is time."""
        return self._now() - self._last >= SAVE_EVERY_S


@contextlib.contextmanager
def deferred_stop() -> Iterator[StopRequest]:
    """Within the block a signal is only noted; afterwards the old handlers are back."""
    stop = StopRequest(Allocation())

    def note(number: int, frame: object) -> None:
        stop.signal = signal.Signals(number).name

    with _handled(note):
        yield stop


@contextlib.contextmanager
def immediate_stop() -> Iterator[None]:
    """Within the block a signal is an error, by which half-written files are removed.

    Raises:
        Interrupted: a signal has come; later ones do not disturb the clearing up.
    """
    def stop(number: int, frame: object) -> None:
        for later in SIGNALS:
            signal.signal(later, signal.SIG_IGN)
        raise Interrupted(f"stopped by {signal.Signals(number).name} before the end; run the same "
                          "command to go on.")

    with _handled(stop):
        yield


@contextlib.contextmanager
def _handled(handler: Callable) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
