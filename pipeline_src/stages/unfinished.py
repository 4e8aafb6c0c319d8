"""The walks of an unfinished shard, so that a stopped job goes on in the middle of a batch.

Noise is keyed by molecule, conformer and step: where a walk goes from a step on depends on the
positions alone. Batches are packed from the whole shard, finished or not; so a job that goes on has
the same batches as one that never stopped, and its samples are the same bytes.
"""

import hashlib
import json
import sys
from pathlib import Path

from torch import Tensor

from pipeline_src.run.errors import InputError, Interrupted
from pipeline_src.run.interrupt import SaveClock, StopRequest
from pipeline_src.run.spent import Spent, noted, taken_up
from pipeline_src.stages.packing import Draw
from pipeline_src.stages.walk import Walk
from pipeline_src.stages.weights import load_safely, save_atomically


class UnfinishedShard:
    """How far each batch has come, in memory, and once in a while in a file.

    A shard that is drawn sooner than ``SAVE_EVERY_S`` leaves nothing on disk.

    Args:
        file: written atomically; None: nothing is kept.
        key: fingerprint of all that samples depend on; what the file has of another is left.

    Attributes:
        earlier: what stopped processes have spent on the walks that were loaded.
    """

    def __init__(self, file: Path | None = None, key: str = ""):
        self.file, self.key, self.clock, self.earlier = file, key, SaveClock(), Spent()
        self._walks: dict[str, tuple[int, Tensor]] = self._load()  # steps done, positions

    def finish(self, walk: Walk, draws: list[Draw], stop: StopRequest) -> Tensor:
        """Positions at the end of a walk, from wherever it stood, Å  # (N, 3)

        Raises:
            Interrupted: it is time to stop; all walks are saved.
            ResourceError: the disk is full; what was saved before is kept.
        """
        name, levels = _name(walk, draws), walk.sampler.levels()
        done, pos = self._walks.get(name, (0, None))
        pos = walk.start() if pos is None else pos.to(walk.batch.key.device)
        while done < len(levels):
            pos = walk.step(pos, *levels[done])
            done += 1
            reason = stop.reason
            if reason or done == len(levels) or self.clock.due():
                self._note(name, done, pos, reason)
        return pos

    def remove(self) -> None:
        """Remove the file: the shard is written."""
        if self.file:
            self.file.unlink(missing_ok=True)

    def _note(self, name: str, done: int, pos: Tensor, stopped: str) -> None:
        """How far a walk has come; to the file when it is time, or when the job is stopped."""
        if self.file:
            self._walks[name] = done, pos.cpu()
        if stopped or self.clock.due():
            self._save()
        if stopped:
            kept = " and saved" if self.file else ""
            raise Interrupted(f"sampling stopped{kept} ({stopped}); run the same command to go on.")

    def _save(self) -> None:
        self.clock.saved()
        if self.file:
            names = list(self._walks)
            save_atomically(self.file, {
                "key": self.key, "names": names, "done": [self._walks[n][0] for n in names],
                "positions": [self._walks[n][1] for n in names], "spent": noted(self.earlier)})

    def _load(self) -> dict[str, tuple[int, Tensor]]:
        if not (self.file and self.file.exists()):
            return {}
        try:
            state = load_safely(self.file, hint="")
        except InputError as error:
            print(f"{error} The shard is drawn from the start.", file=sys.stderr)
            return {}
        if state.get("key") != self.key:
            print(f"{self.file} was made with other settings, inputs or code: the shard is drawn "
                  "from the start.", file=sys.stderr)
            return {}
        self.earlier = taken_up(state)
        print(f"going on with {len(state['names'])} batches of a job that was stopped",
              file=sys.stderr)
        return dict(zip(state["names"], zip(state["done"], state["positions"], strict=True),
                        strict=True))


def _name(walk: Walk, draws: list[Draw]) -> str:
    """What the batch is of, and which draw: no other batch of the shard has the same."""
    batch = [walk.retry, walk.redraw, [(d.molecule, d.conformer) for d in draws]]
    return hashlib.sha256(json.dumps(batch).encode()).hexdigest()
