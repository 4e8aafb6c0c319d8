"""What is counted of each molecule of a dataset, as the tables name it."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pipeline_src.reports.inputs import read_table
from pipeline_src.run.errors import InputError

# Name in a table -> column of molecules.csv. A bond counts once.
COLUMNS = {
    "atoms": "n_atoms", "heavy_atoms": "n_heavy", "bonds": "n_bonds",
    "heavy_bonds": "n_heavy_bonds", "scaffold_atoms": "n_scaffold",
    "rotatable_bonds": "rotatable_bonds", "rings": "rings", "ring_systems": "ring_systems",
    "linker_bonds": "linker_bonds"}
WORDS = {"scaffold_atoms": "atoms of the Murcko scaffold", "linker_bonds": (
    "bonds between ring systems")}


def read_counts(path: str) -> pd.DataFrame:
    """A row per molecule, by name, with its subset and ``COLUMNS``.

    Raises:
        InputError: the file cannot be read, or a column is missing.
    """
    table = read_table(Path(path), (("molecule", "subset"), tuple(COLUMNS.values())))
    renamed: Mapping[str, str] = {column: name for name, column in COLUMNS.items()}
    return table.rename(columns=renamed).set_index("molecule")[["subset", *COLUMNS]]


def counts_of(path: str, molecules: list[str]) -> pd.DataFrame:
    """The counts of these molecules, in their order.

    Raises:
        InputError: as ``read_counts``, or a molecule is not in the file.
    """
    counts = read_counts(path)
    if missing := sorted(set(molecules) - set(counts.index)):
        raise InputError(path, f"no {', '.join(missing[:5])}", "every molecule that was scored")
    return counts.loc[molecules]


def words(name: str) -> str:
    """The count in words."""
    return WORDS.get(name, name.replace("_", " "))
