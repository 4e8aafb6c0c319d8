"""The end of a job's log: how far it is, and what it said when it failed."""

import re
from dataclasses import dataclass
from pathlib import Path

_TAIL = 16384  # bytes
_BAR = re.compile(r"(?P<what>[^|]*?):? *\d+%\|[^|]*\| *(?P<done>\d+)/(?P<total>\d+)"
                  r"(?: \[[^<\]]*<(?P<left>[^,\]]*))?")
_TYPED = re.compile(r"\w+: (?P<type>InputError|ResourceError|ConvergenceError|Interrupted): "
                    r"(?P<text>.+)")
_LONGEST = 400  # characters


@dataclass(frozen=True)
class Words:
    """What a job said in the end.

    Attributes:
        kind: the type of our errors, ``bug`` where there is a traceback, '' where neither is.
        text: the sentence, or the last line.
    """

    kind: str
    text: str


def last_lines(file: Path) -> list[str]:
    """The last lines of a log, empty ones left out, each as it stood in the end; [] without one."""
    try:
        with open(file, "rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - _TAIL))
            text = log.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    return [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]


def how_far(file: Path) -> str:
    """The last line of a running job's log; of a progress bar its numbers: '74 of 200'."""
    lines = last_lines(file)
    if not lines:
        return ""
    bar = _BAR.match(lines[-1])
    if not bar:
        return lines[-1][:_LONGEST]
    left = bar["left"] if bar["left"] not in (None, "?", "00:00") else ""
    name = f"{bar['what'].strip()}: " if bar["what"].strip() else ""
    return f"{name}{bar['done']} of {bar['total']}" + (f", {left} left" if left else "")


def last_words(file: Path) -> Words:
    """Why a job failed, by its log."""
    lines = last_lines(file)
    typed = [found for line in lines if (found := _TYPED.match(line))]
    if typed:
        return Words(typed[-1]["type"], f"{typed[-1]['type']}: {typed[-1]['text']}"[:_LONGEST])
    last = lines[-1][:_LONGEST] if lines else ""
    return Words("bug" if any(line.startswith("Traceback (") for line in lines) else "", last)
