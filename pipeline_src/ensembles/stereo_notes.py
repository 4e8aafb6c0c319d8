"""What a sample's note or reason says of its stereo, and how it is read again."""

import re
from typing import NamedTuple

MIRRORED = "mirrored for its stereo"
_AGAIN = "drawn again for its stereo ({})"
_TIMES = re.compile(re.escape(_AGAIN).replace(r"\{\}", r"(\d+)"))
_FAILED = "stereo: "


class StereoNote(NamedTuple):
    """What was done so that a conformer shows its stereo.

    Attributes:
        redraws: times it was drawn again.
        mirrored: whether the last draw was mirrored.
    """

    redraws: int = 0
    mirrored: bool = False

    def words(self) -> list[str]:
        """As a note has them; none if nothing was done."""
        return [*([_AGAIN.format(self.redraws)] if self.redraws else []),
                *([MIRRORED] if self.mirrored else [])]


def read_note(note: str) -> StereoNote:
    """What the note of a sample says of its stereo."""
    times = _TIMES.search(note)
    return StereoNote(int(times.group(1)) if times else 0, MIRRORED in note)


def failure(wrong_centres: int, n_centres: int, wrong_bonds: int, n_bonds: int,
            attempts: int) -> str:
    """Reason of a conformer whose stereo is wrong after so many attempts."""
    parts = [*([f"{wrong_centres} of {_count(n_centres, 'centre')} inverted"]
               if wrong_centres else []),
             *([f"{wrong_bonds} of {_count(n_bonds, 'double bond')} turned"]
               if wrong_bonds else [])]
    return f"{_FAILED}{' and '.join(parts)} after {_count(attempts, 'attempt')}"


def is_failure(reason: str) -> bool:
    """Whether a conformer failed for its stereo."""
    return reason.startswith(_FAILED)


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
