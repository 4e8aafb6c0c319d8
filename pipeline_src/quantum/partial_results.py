"""Finished single points of an unfinished job, so that a stopped one goes on where it was."""

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from pipeline_src.quantum.conformer_jobs import ConformerJob
from pipeline_src.quantum.single_point import Result
from pipeline_src.run.files import write_json


class PartialResults:
    """A folder with one JSON file per conformer, each written atomically.

    A file is named by the SHA-256 of everything its content depends on: atoms, coordinates and
    ``level``. So what other settings or other coordinates left behind is never taken up, and being
    stopped at any moment leaves the folder valid.

    Args:
        folder: made when first needed.
        level: what the results depend on beside the conformer, as JSON can write it: program and
            version, method, basis, options, limits.
    """

    def __init__(self, folder: Path, level: Sequence[object]):
        self.folder = folder
        self._level = list(level)

    def get(self, job: ConformerJob) -> Result | None:
        """The stored result of ``job``, or None."""
        file = self._file(job)
        if not file.is_file():
            return None
        return Result(**json.loads(file.read_text(encoding="utf-8")))

    def put(self, job: ConformerJob, result: Result) -> None:
        """Store the result of ``job``."""
        write_json(self._file(job), dataclasses.asdict(result))

    def remove(self) -> None:
        """Remove the folder; the output is written and nothing is left to go on with."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _file(self, job: ConformerJob) -> Path:
        digest = hashlib.sha256(json.dumps([*self._level, job.name, job.conformer]).encode())
        for array in (job.molecule.numbers, job.molecule.charges, job.positions):
            digest.update(array.tobytes())
        return self.folder / f"{digest.hexdigest()[:32]}.json"
