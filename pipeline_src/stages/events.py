"""Learning curves for TensorBoard: an event file, written at once and by this process.

TensorBoard's own loggers write in a thread; on a full disk it dies with a traceback, and a while
later training waits for it for ever.
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.summary import scalar

from pipeline_src.run.files import writing


class EventFile:
    """One event file; made when the first values come.

    Args:
        folder: of the event files; a run that goes on adds another one.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._writer: EventsWriter | None = None

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Write one point of each curve.

        Raises:
            ResourceError, InputError: as ``writing``.
        """
        with writing(self.folder):
            if self._writer is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._writer = EventsWriter(os.path.join(self.folder, "events"), f".{step}")
            for name, value in values.items():
                self._writer.write_event(Event(
                    wall_time=time.time(), step=step, summary=scalar(name, value)))
            self._writer.flush()
