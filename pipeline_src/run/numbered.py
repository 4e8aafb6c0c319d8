"""Files numbered in a row as one word: ``shard{0..4999}.parquet``, as in bash.

Snakemake hands a job's command to the shell as one argument, and Linux takes 128 KiB of one: the
paths of some thousand shards would not fit.
"""

import re
from collections.abc import Iterable, Iterator

_NUMBER = re.compile(r"\d+(?=\D*$)")  # the last one of a path
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


def fold(paths: Iterable[str]) -> list[str]:
    """The paths in order, those that differ in their last number, counted up, as one word each."""
    words: list[str] = []
    run: list[str] = []
    for path in map(str, paths):
        if run and path != _after(run[-1]):
            words.append(_word(run))
            run = []
        run.append(path)
    return [*words, _word(run)] if run else words


def unfold(words: Iterable[str]) -> list[str]:
    """The paths that ``fold`` was given; a word without a range stands for itself."""
    return [path for word in words for path in _paths(str(word))]


def _after(path: str) -> str | None:
    """The path whose last number is one more, as wide where zeros lead; None: it has none."""
    found = _NUMBER.search(path)
    if not found:
        return None
    number = str(int(found.group()) + 1).zfill(len(found.group()))
    if found.group().startswith("0") and len(number) > len(found.group()):
        return None
    return path[:found.start()] + number + path[found.end():]


def _word(run: list[str]) -> str:
    if len(run) == 1:
        return run[0]
    first, last = (_NUMBER.search(path) for path in (run[0], run[-1]))
    return (f"{run[0][:first.start()]}{{{first.group()}..{last.group()}}}"
            f"{run[0][first.end():]}")


def _paths(word: str) -> Iterator[str]:
    found = _RANGE.search(word)
    if not found:
        yield word
        return
    first, last = found.groups()
    width = len(first) if first.startswith("0") and len(first) > 1 else 0
    for number in range(int(first), int(last) + 1):
        yield word[:found.start()] + str(number).zfill(width) + word[found.end():]
