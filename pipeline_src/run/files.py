"""Atomic writes: a path either holds a finished result or nothing."""

import contextlib
import csv
import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pipeline_src.run.errors import InputError, ResourceError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR,
           errno.ENAMETOOLONG, errno.ELOOP}


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Within the block a full disk or a place that takes no files is an error about ``path``.

    Raises:
        ResourceError: the disk, the quota or the file size limit is exhausted.
        InputError: the folder is read-only, belongs to someone else or is no folder.
    """
    try:
        yield
    except OSError as error:
        here = error.filename is None or _within(Path(path).parent, error.filename)
        why = os.strerror(error.errno) if error.errno else str(error)
        if error.errno in _FULL:
            place = _shown(path) if here else error.filename
            raise ResourceError(
                f"{place}: no space to write ({why}); nothing was left half-written. "
                "Free space or write elsewhere, then run again.") from error
        if error.errno in _DENIED and here and error.filename is not None:
            raise InputError(str(_shown(path)), f"{type(error).__name__}: {why}",
                             "a place that can be written to",
                             "Change its permissions or write elsewhere.") from error
        raise


def _within(folder: Path, name: str | bytes | int) -> bool:
    """Whether ``name`` is ``folder``, in it, or a folder on the way to it."""
    if isinstance(name, int):
        return False
    there, here = (os.path.abspath(os.fsdecode(place)) for place in (name, folder))
    return os.path.commonpath([there, here]) in (there, here)


def _shown(path: Path) -> Path:
    """``path`` without the folders that ``replacing`` made on the way to it."""
    parts = Path(path).parts
    return Path(*(part for part, inside in zip(parts, (*parts[1:], None), strict=True)
                  if inside is None or not part.startswith(f".{inside}.")))


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling of ``path`` that takes its name once the block succeeds.

    The caller writes a file, or makes a folder, at the yielded path. On any error the temporary
    is removed and ``path`` is left as it was.

    Raises:
        ResourceError, InputError: as ``writing``.
    """
    path = Path(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        holder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        temporary = holder / path.name
        try:
            yield temporary
            _put(temporary, path, holder / "replaced")
        finally:
            shutil.rmtree(holder, ignore_errors=True)


def _put(made: Path, path: Path, aside: Path) -> None:
    """Move ``made`` to ``path``; a folder there goes ``aside``, and comes back on an error."""
    try:
        if path.is_dir() and made.is_dir():
            os.rename(path, aside)
        os.replace(made, path)
    except BaseException:
        if aside.exists() and not path.exists():
            os.rename(aside, path)
        raise


@contextlib.contextmanager
def replacing_all(*paths: Path) -> Iterator[list[Path]]:
    """Yield temporary siblings of ``paths``: if the block fails, none of them takes its name.

    Each as in ``replacing``; writers that replace their file themselves may be given them. The
    names are taken one after the other: a kill in between leaves some new and some old.

    Raises:
        FileNotFoundError: the block did not make one of them; none takes its name.
    """
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(replacing(path)) for path in paths]
        yield made
        for path in made:
            os.stat(path)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    """Write ``content`` as sorted, indented JSON, atomically."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True) + "\n")


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping],
               first_line: str = "") -> int:
    """Write ``rows`` as CSV with exactly ``columns``, atomically; returns how many.

    ``first_line``, if any, stands above the names of the columns. Floats are written with 10
    significant digits, ``None`` as an empty cell.

    Raises:
        ValueError: a row has a key that is not a column, or lacks one.
    """
    count = 0
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as out:
        out.write(f"{first_line}\n" if first_line else "")
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
