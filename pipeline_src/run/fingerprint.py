"""What an unfinished result belongs to: the same settings, code and inputs go on with it."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path


def fingerprint(settings: str, code: str, inputs: Iterable[Path]) -> str:
    """SHA-256 over settings, code digest and the bytes of all input files."""
    total = hashlib.sha256(json.dumps([settings, code]).encode())
    for path in inputs:
        files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
        for file in files:
            with open(file, "rb") as opened:
                total.update(hashlib.file_digest(opened, "sha256").digest())
    return total.hexdigest()
