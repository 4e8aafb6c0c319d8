"""What tells that a file, or a folder of many files, has changed."""

import hashlib
import os
from collections.abc import Sequence
from functools import cache


@cache
def folder_digest(paths: Sequence[str]) -> str:
    """First 12 hex digits over when the folders got or lost a file; '' of no folder.

    Folders below count too. A file that is rewritten in its place is not seen.

    Args:
        paths: a tuple; looked at once.
    """
    if not paths:
        return ""
    total = hashlib.sha256()
    for path in paths:
        for folder, below, _ in os.walk(path):
            below.sort()
            place = os.path.relpath(folder, path)
            total.update(f"{place}\0{os.stat(folder).st_mtime_ns}\0".encode(errors="backslashreplace"))
    return total.hexdigest()[:12]


@cache
def file_digest(path: str) -> str:
    """First 12 hex digits of the SHA-256 of a file's content; '' if there is no such file."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:12]
    except OSError:
        return ""
