"""The frames of XYZ files: symbols and coordinates, and an energy in the comment line."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rdkit import Chem

from pipeline_src.chem.base import Refused

MOST_ATOMS = 10_000
_NUMBER = r"([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)"
_ENERGY = re.compile(rf"^\s*{_NUMBER}(?!\S)|energy\s*[:=]?\s*{_NUMBER}", re.IGNORECASE)
_COUNT = re.compile(r"[0-9]{1,9}")
_HEAVIEST = 118
_TABLE = Chem.GetPeriodicTable()
_NUMBER_OF = {_TABLE.GetElementSymbol(z): z for z in range(1, _HEAVIEST + 1)} | {"D": 1, "T": 1}


class Frame(NamedTuple):
    """One geometry of a file.

    Attributes:
        where: file and place, for messages.
        numbers: atomic numbers, int64  # (N,)
        positions: Å  # (N, 3)
        comment: its second line.
    """

    where: str
    numbers: np.ndarray
    positions: np.ndarray
    comment: str


def read_frames(path: Path) -> Iterator[Frame | Refused]:
    """Yield the frames of a file; ``Refused`` for one that is damaged, which ends the file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            yield from _frames(file, path.name)
    except OSError as error:
        yield Refused(f"{path.name}: {type(error).__name__}: {error.strerror}")


def _frames(lines: Iterator[str], name: str) -> Iterator[Frame | Refused]:
    count = 0
    for line in lines:
        if not line.strip():
            continue
        count += 1
        where = f"frame {count} of {name}"
        try:
            yield _frame(line, lines, where)
        except Refused as error:
            yield Refused(f"{where}: {error}; the file is not read further")
            return


def _frame(first: str, lines: Iterator[str], where: str) -> Frame:
    if not _COUNT.fullmatch(first.strip()) or not 0 < int(first) <= MOST_ATOMS:
        raise Refused(f"a number of atoms was expected, not {first.strip()!r:.40}")
    comment = next(lines, "").strip()
    rows = [_row(next(lines, ""), atom) for atom in range(1, int(first) + 1)]
    return Frame(where, np.array([row[0] for row in rows], dtype=np.int64),
                 np.array([row[1:] for row in rows]), comment)


def _row(line: str, atom: int) -> tuple[int, float, float, float]:
    cells = line.split()
    try:
        number = int(cells[0]) if _COUNT.fullmatch(cells[0]) else _NUMBER_OF[cells[0].capitalize()]
        x, y, z = map(float, cells[1:4])
    except (ValueError, LookupError):
        raise Refused(f"atom {atom}: an element and three coordinates were expected, not "
                      f"{line.strip()!r:.40}") from None
    if number > _HEAVIEST:
        raise Refused(f"atom {atom}: there is no element {number}")
    return number, x, y, z


def energy_of(comment: str) -> float | None:
    """The number a comment line begins with, or that follows ``energy``; None if there is none."""
    if not (found := _ENERGY.search(comment)):
        return None
    value = float(found[1] or found[2])
    return value if math.isfinite(value) else None
