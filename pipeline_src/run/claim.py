"""A result that one living process makes: a job that outlived its Snakemake is waited for.

Snakemake killed alone leaves its jobs behind, and the next one starts them again. Both would write
the same files, and the older job, of perhaps older settings, could end last.
"""

import contextlib
import errno
import fcntl
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from pipeline_src.run.errors import Interrupted

LOOK_AGAIN_S = 0.5
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}


class Claim:
    """A file that this process may hold. Who ends, however, holds it no longer.

    The lock is POSIX, not flock: a helper process that outlives its killed owner does not hold it.
    """

    def __init__(self, file: Path):
        self.file, self.owner, self.newer, self._held = Path(file), "", False, None

    def take(self) -> bool:
        """Whether this process holds the file now; if not, ``owner`` says who does.

        ``newer`` says whether the owner is a process of this machine that started after this one.
        Where the file system has no locks, as on some networks, every process holds it; a warning
        says so.

        Raises:
            OSError: the file cannot be written.
        """
        while True:
            opened = open(self.file, "a+", encoding="utf-8")  # noqa: SIM115
            try:
                fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                opened.seek(0)
                self._note(opened.read().splitlines())
                opened.close()
                return False
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    opened.close()
                    raise
                print(f"{self.file}: no lock ({error}); go on only if no other process works "
                      "here.", file=sys.stderr, flush=True)
            if self._is_the_file(opened):
                break
            opened.close()  # its owner removed it between our opening and our locking
        self._held = opened
        try:
            os.truncate(opened.fileno(), 0)
            os.write(opened.fileno(), "\n".join([
                f"process {os.getpid()} on {platform.node()}", *_this_process()]).encode())
        except OSError:  # a full disk
            self.release()
            raise
        return True

    def release(self) -> None:
        """Remove the file and let others have it."""
        self.file.unlink(missing_ok=True)
        self._held.close()

    def _note(self, owner: list[str]) -> None:
        """What the owner wrote: its name, its machine, when it started; perhaps not all yet."""
        self.owner = owner[0] if owner else "another process"
        host, started = _this_process()
        self.newer = len(owner) == 3 and owner[1] == host and float(owner[2]) > float(started)

    def _is_the_file(self, opened) -> bool:
        try:
            return os.path.samestat(os.fstat(opened.fileno()), os.stat(self.file))
        except FileNotFoundError:
            return False


@contextlib.contextmanager
def claimed(outputs: Sequence[Path]) -> Iterator[None]:
    """Within the block no other living process makes these outputs; one that does is waited for.

    Half-written files that a killed process left beside the outputs are removed. On a file system
    without locks (some network ones) the step goes on with a warning.

    Raises:
        Interrupted: a process that started later makes them: this one is of an earlier run.
    """
    if not outputs or os.environ.get("LOCAL_RANK", "0") != "0":  # "1": a helper of the owner's
        yield
        return
    first = outputs[0]
    first.parent.mkdir(parents=True, exist_ok=True)
    claim = Claim(first.parent / f".{first.name}.owner")
    _wait_for(claim, first)
    try:
        for output in outputs:
            _remove_half_written(output)
        yield
    finally:
        claim.release()


def _this_process() -> tuple[str, str]:
    """Its machine, and when it started, in seconds."""
    return platform.node(), repr(psutil.Process().create_time())


def _wait_for(claim: Claim, output: Path) -> None:
    told = ""
    while not claim.take():
        if claim.newer:
            raise Interrupted(f"{claim.owner}, which started later, makes {output}; this job of an "
                              "earlier run ends.")
        if claim.owner != told:
            told = claim.owner
            print(f"waiting for {told}, which outlived an earlier run and still makes {output}; "
                  "end it (kill) to go on at once.", file=sys.stderr, flush=True)
        time.sleep(LOOK_AGAIN_S)


def _remove_half_written(output: Path) -> None:
    """Remove what ``files.replacing`` leaves of the output and its sidecar when it is killed."""
    made = re.compile(rf"\.{re.escape(output.name)}(\.provenance\.json)?\.\w{{8}}")
    for left in output.parent.iterdir() if output.parent.is_dir() else ():
        if left.is_dir() and made.fullmatch(left.name):
            shutil.rmtree(left, ignore_errors=True)
