"""Atomic writes: a path either holds a finished result or nothing."""

import contextlib
import csv
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling of ``path`` that takes its name once the block succeeds.

    The caller writes a file, or makes a folder, at the yielded path. On any error the temporary
    is removed and ``path`` is left as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    temporary = holder / path.name
    try:
        yield temporary
        if path.is_dir():
            shutil.rmtree(path)
        os.replace(temporary, path)
    finally:
        shutil.rmtree(holder, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    """Write ``content`` as sorted, indented JSON, atomically."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True) + "\n")


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping]) -> int:
    """Write ``rows`` as CSV with exactly ``columns``, atomically; returns how many.

    Floats are written with 10 significant digits, ``None`` as an empty cell.

    Raises:
        ValueError: a row has a key that is not a column, or lacks one.
    """
    count = 0
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            if set(row) != set(columns):
                odd = sorted(set(row) ^ set(columns))
                raise ValueError(f"row of {Path(path).name} does not fit its columns: {odd}")
            writer.writerow([_cell(row[column]) for column in columns])
            count += 1
    return count


def _cell(value: object) -> object:
    return f"{value:.10g}" if isinstance(value, float) else value
