"""A polite stop: SIGTERM is noted, and the loop ends where its state is whole."""

import contextlib
import signal
from collections.abc import Iterator


class StopRequest:
    """Whether SIGTERM has come."""

    def __init__(self) -> None:
        self.requested = False


@contextlib.contextmanager
def deferred_stop() -> Iterator[StopRequest]:
    """Within the block SIGTERM only sets ``requested``; afterwards the old handler is back."""
    stop = StopRequest()

    def note(signum: int, frame: object) -> None:
        stop.requested = True

    previous = signal.signal(signal.SIGTERM, note)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, previous)
