"""Places that take no more, or nothing: commands that run another one where writing fails.

A tmpfs or a read-only mount of its own needs root or user namespaces (``unshare``). Where neither
is allowed, the kernel refuses in another way: a limit on the size of files, or permission bits,
which for root count once it has given up its right to pass over them.
"""

import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from step_commands import ROOT

_MOUNTED = """
folder=$1 kilobytes=$2 access=$3; shift 3
mount -t tmpfs -o "size=${kilobytes}k" none "$folder" || exit 99
cp -a "$folder.before/." "$folder" || exit 99
mount -o "remount,$access" "$folder" || exit 99
"$@"; code=$?
rm -rf "$folder.after"; cp -a "$folder" "$folder.after"
exit $code
"""
_SMALL_FILES = """
import os, resource, sys
size = int(sys.argv[1]) * 1024
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
os.execvp(sys.argv[2], sys.argv[2:])
"""
# Gives up CAP_DAC_OVERRIDE (1; capability version 3 is linux/capability.h) and becomes the module.
_OBEDIENT = """
import ctypes, os, runpy, sys
if os.geteuid() == 0:
    words = ctypes.c_uint32
    header, sets = (words * 2)(0x20080522, 0), (words * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.capget(header, sets) == 0, ctypes.get_errno()
    sets[0] &= ~2
    assert libc.capset(header, sets) == 0, ctypes.get_errno()
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


@cache
def can_mount() -> bool:
    """Whether this user may mount in a namespace of its own."""
    if not shutil.which("unshare"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        done = _run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", folder])
    return done.returncode == 0


def run_on_full_disk(folder: Path, kilobytes: int, command: list[str], mounted: bool):
    """Run ``command`` where only so much fits into ``folder``; what was there before is there.

    Args:
        folder: exists.
        kilobytes: beside what is there; without a mount the most a file may have.
        mounted: on a small tmpfs; else under a limit on the size of files.
    """
    if not mounted:
        return _run([sys.executable, "-c", _SMALL_FILES, str(kilobytes), *command])
    return _mounted(folder, kilobytes, "rw", command)


def run_read_only(folder: Path, command: list[str], mounted: bool):
    """Run ``command`` (a Python module) where ``folder`` cannot be written to.

    Args:
        folder: exists.
        command: ``python -m module ...``
        mounted: by a read-only mount; else by permission bits.
    """
    if mounted:
        return _mounted(folder, 1024, "ro", command)
    folder.chmod(0o555)
    try:
        return _run([sys.executable, "-c", _OBEDIENT, *command[2:]])
    finally:
        folder.chmod(0o755)


def _mounted(folder: Path, kilobytes: int, access: str, command: list[str]):
    """Run with a tmpfs at ``folder``, which afterwards holds what the command left there."""
    pages = sum(-(-path.stat().st_size // 4096) for path in folder.rglob("*") if path.is_file())
    kilobytes += 4 * (pages + 1)  # the root has a page
    before, after = (folder.with_name(folder.name + end) for end in (".before", ".after"))
    shutil.copytree(folder, before)
    done = _run(["unshare", "-rm", "sh", "-c", _MOUNTED, "sh", str(folder),
                 str(kilobytes), access, *command])
    assert done.returncode != 99, done.stderr
    shutil.rmtree(folder)
    after.rename(folder)
    shutil.rmtree(before)
    return done


def _run(command: list[str]) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=400,
                          cwd=ROOT)
