"""The rolling checkpoint of a training run: owned by one process, valid for one fingerprint."""

import json
import os
import shutil
import sys
from pathlib import Path
from types import TracebackType

from pipeline_src.run.claim import Claim
from pipeline_src.run.errors import ResourceError
from pipeline_src.run.files import write_json, writing
from pipeline_src.run.interrupt import SaveClock
from pipeline_src.run.spent import Spent, noted, taken_up
from pipeline_src.stages.weights import load_safely, save_atomically


class RollingCheckpoint:
    """The folder of a training run, held by this process while the ``with`` block lasts.

    Attributes:
        clock: says when too long a time has passed since the last save.
        earlier: what stopped processes have spent on the state that was loaded.

    Raises:
        ResourceError: on entry, if another living process holds the folder.
    """

    def __init__(self, folder: Path, key: str):
        self.folder, self.key = Path(folder), key
        self.clock, self.earlier, self._claim = SaveClock(), Spent(), None
        self._state, self._settings = self.folder / "state.pt", self.folder / "fingerprint.json"

    def __enter__(self) -> "RollingCheckpoint":
        if os.environ.get("LOCAL_RANK", "0") != "0":  # a helper process of the owner's
            return self
        claim = Claim(self.folder / "owner.lock")
        with writing(claim.file):
            self.folder.mkdir(parents=True, exist_ok=True)
            if not claim.take():
                raise ResourceError(f"{self.folder} is being trained by {claim.owner}; "
                                    "wait for it or stop it, then run again.")
        self._claim = claim
        self.clock.saved()
        for left in self.folder.glob(".*.*"):  # half-written by an owner that was killed
            shutil.rmtree(left, ignore_errors=True)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._claim:
            self._claim.release()

    def load(self) -> dict | None:
        """The last state, or None when there is none or it belongs to another fingerprint.

        The latter is said on stderr.

        Raises:
            InputError: the state cannot be read; says to delete it.
        """
        if not self._state.exists():
            return None
        if not self._fits():
            print(f"{self._state} was made with other settings, data or code: training starts "
                  "from step 0 and replaces it", file=sys.stderr)
            return None
        state = load_safely(self._state)
        self.earlier = taken_up(state)
        return {key: value for key, value in state.items() if key != "spent"}

    def save(self, state: dict) -> None:
        """Replace the last state atomically."""
        if not self._fits():
            self._state.unlink(missing_ok=True)
            write_json(self._settings, {"fingerprint": self.key})
        save_atomically(self._state, {**state, "spent": noted(self.earlier)})
        self.clock.saved()

    def _fits(self) -> bool:
        """Whether the folder's fingerprint is this run's; an unreadable one is not."""
        try:
            return json.loads(self._settings.read_text()) == {"fingerprint": self.key}
        except (FileNotFoundError, ValueError):
            return False
