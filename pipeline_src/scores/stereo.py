"""How many samples show the stereo of their molecule: as drawn, and after what was done for it."""

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.stereo import stated_stereo, stereo_kept
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.stereo_notes import StereoNote, is_failure, read_note

ALL = "all"
COUNTS = ("drawn", "right_at_first", "mirrored", "drawn_again", "failed", "wrong",
          "mirror_images", "failed_otherwise")
RIGHT = {"share_at_first": ("right_at_first",),
         "share": ("right_at_first", "mirrored", "drawn_again")}
COLUMNS = ("centres", "double_bonds", "molecules", *COUNTS,
           *(f"{share}{end}" for share in RIGHT for end in ("", "_low", "_high")))

Interval = Callable[[np.ndarray, np.ndarray], tuple[float, float]]


def stereo_rows(samples: Iterable[Ensemble], interval: Interval) -> list[dict]:
    """A row for each number of centres and double bonds with stated stereo, and one for all.

    Conformers ``drawn`` are all that did not fail for another reason (``failed_otherwise``), each
    counted in one of: ``right_at_first``; ``mirrored``, right thereby, as first drawn;
    ``drawn_again``, right in the end; ``failed`` for their stereo; ``wrong``, kept nevertheless, of
    which ``mirror_images`` would be right in a mirror. RDKit says what is right, not the notes.
    ``share_at_first`` and ``share`` are the right ones of all drawn, before and after; ``_low`` and
    ``_high`` are their intervals, as samples of one molecule are not independent.

    Args:
        samples: of molecules, each once.
        interval: of a share, from its samples and all samples of each molecule
            (``bootstrap_share``).
    """
    groups: dict[tuple, list[Counter]] = {}
    for sample in samples:
        mol = to_rdkit(sample.molecule)
        stereo = stated_stereo(mol)
        counts = _counts(sample, stereo_kept(mol, sample.positions),
                         stereo_kept(mol, -sample.positions))
        key = len(stereo.centres), len(stereo.bonds)
        for group in [key, (ALL, ALL)] if len(stereo) else [key]:
            groups.setdefault(group, []).append(counts)
    numbered = sorted(key for key in groups if key[0] != ALL)
    return [_row(key, groups[key], interval) for key in [*numbered, *(set(groups) - set(numbered))]]


def _counts(sample: Ensemble, kept: np.ndarray, mirror_kept: np.ndarray) -> Counter:
    """The conformers of one molecule by what became of them."""
    counts = Counter(molecules=1)
    for c, reason in enumerate(sample.reasons):
        note = read_note(sample.notes[c])
        if reason:
            outcome = "failed" if is_failure(reason) else "failed_otherwise"
        elif not kept[c]:
            outcome = "wrong"
            counts["mirror_images"] += bool(mirror_kept[c])
        else:
            outcome = "drawn_again" if note.redraws else \
                "mirrored" if note != StereoNote() else "right_at_first"
        counts[outcome] += 1
        counts["drawn"] += outcome != "failed_otherwise"
    return counts


def _row(key: tuple, molecules: list[Counter], interval: Interval) -> dict:
    counts = sum(molecules, Counter())
    drawn = np.array([molecule["drawn"] for molecule in molecules])
    row = {"centres": key[0], "double_bonds": key[1],
           **{name: counts[name] for name in ("molecules", *COUNTS)}}
    for share, outcomes in RIGHT.items():
        right = np.array([sum(molecule[name] for name in outcomes) for molecule in molecules])
        values = [None, None, None]
        if drawn.any():
            values = [float(right.sum() / drawn.sum()), *interval(right, drawn)]
        row |= dict(zip((share, f"{share}_low", f"{share}_high"), values, strict=True))
    return row
