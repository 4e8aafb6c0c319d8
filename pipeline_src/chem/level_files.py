"""What the extra levels read beside their options: a vocabulary, lists of atoms."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline_src.chem.vocabulary import Entry
from pipeline_src.run.errors import InputError

COLUMNS = ("molecule", "atoms")


@dataclass(frozen=True)
class LevelFiles:
    """Contents of the files; None where no level has one.

    Attributes:
        vocabulary: label -> entry, for level 'fragments'.
        atoms: molecule -> sorted atom indices, for level 'smarts'  # (M,) each
    """

    vocabulary: Mapping[str, Entry] | None = None
    atoms: Mapping[str, np.ndarray] | None = None


def read_atom_lists(path: Path) -> dict[str, np.ndarray]:
    """Molecule -> sorted, distinct atom indices, int64; other columns are not looked at.

    Raises:
        InputError: the file is missing, lacks a column, has an index that is none, or has a
            molecule twice.
    """
    found: dict[str, np.ndarray] = {}
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if missing := set(COLUMNS) - set(reader.fieldnames or ()):
                raise InputError(str(path), reader.fieldnames, f"the columns {', '.join(COLUMNS)}",
                                 f"It lacks {', '.join(sorted(missing))}.")
            for row in reader:
                if row["molecule"] in found:
                    raise InputError(str(path), f"'{row['molecule']}' twice", "each molecule once")
                indices = [int(word) for word in (row["atoms"] or "").split()]
                found[row["molecule"]] = np.unique(np.array(indices, dtype=np.int64))
    except (OSError, ValueError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a readable table of atom indices") from None
    return found
