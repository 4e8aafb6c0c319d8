"""Statistics of a dataset from a row per molecule: a value, its subset and its denominator."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline_src.reports.inputs import LEVELS, read_table

MOLECULES = (("molecule", "subset", "scaffold", "elements"),
             ("n_atoms", "n_heavy", "n_bonds", "n_heavy_bonds", "n_scaffold", "rotatable_bonds",
              "charge", "n_conformers", "n_failed", "energy_window_kcal_mol"))
COUNTS = (("subset", "other_subset"),
          ("n_molecules", "n_other_molecules", "shared_smiles", "shared_smiles_without_stereo"))
PAPER = (("table", "dataset"), ("atoms", "heavy_atoms", "edges", "heavy_edges"))
SUBSETS = ("train", "val", "test")
LEFT_OUT = "in no subset"
STATISTIC_COLUMNS = ("subset", "group", "quantity", "value", "n")


@dataclass(frozen=True)
class Statistic:
    """One number of a subset.

    Attributes:
        group, quantity: what it is, in words, with the unit.
        value: the number; NaN where there is nothing to count.
        n: how many molecules (or conformers) it is over.
    """

    group: str
    quantity: str
    value: float
    n: int


def read_molecules(path: Path, levels: Path) -> pd.DataFrame:
    """The rows of ``describe_dataset`` with the beads of each level as ``beads <level>``."""
    molecules = read_table(path, MOLECULES)
    table = read_table(levels, LEVELS)
    for level, rows in table.groupby("level", sort=False):
        rows = rows.set_index("molecule")
        molecules[f"beads {level}"] = molecules["molecule"].map(rows["n_beads"])
        molecules[f"collapsed {level}"] = molecules["molecule"].map(rows["collapsed"])
    return molecules


def subsets_of(molecules: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """'all', then every subset that has molecules."""
    parts = {name: molecules[molecules["subset"] == key]
             for name, key in (*zip(SUBSETS, SUBSETS, strict=True), (LEFT_OUT, ""))}
    return {"all": molecules, **{name: rows for name, rows in parts.items() if len(rows)}}


def statistic_rows(molecules: pd.DataFrame) -> Iterator[dict]:
    """Every statistic of every subset, with ``STATISTIC_COLUMNS``."""
    known = set(molecules.loc[molecules["subset"] == "train", "scaffold"]) - {""}
    elements = list(element_shares(molecules))
    for subset, rows in subsets_of(molecules).items():
        for s in (*_sizes(rows), *_levels(rows), *_ensembles(rows), *_chemistry(rows, elements),
                  *_scaffolds(rows, known)):
            yield {"subset": subset, "group": s.group, "quantity": s.quantity, "value": s.value,
                   "n": s.n}


def _mean(group: str, quantity: str, values: pd.Series) -> Statistic:
    values = values.dropna()
    return Statistic(group, quantity, float(values.mean()) if len(values) else np.nan, len(values))


def _percent(group: str, quantity: str, which: pd.Series) -> Statistic:
    return _mean(group, f"{quantity} (%)", 100.0 * which.astype(float))


def _sizes(rows: pd.DataFrame) -> Iterator[Statistic]:
    """Table 6 of the paper: over molecules, and over conformers, each counting its molecule."""
    columns = {"atoms": rows["n_atoms"], "atoms without hydrogen": rows["n_heavy"],
               "directed edges, two a bond": 2 * rows["n_bonds"],
               "directed edges without hydrogen": 2 * rows["n_heavy_bonds"]}
    yield Statistic("Molecules", "molecules", len(rows), len(rows))
    for name, values in columns.items():
        yield _mean("Mean over molecules", name, values)
    conformers = int(rows["n_conformers"].sum())
    for name, values in columns.items():
        total = float((values * rows["n_conformers"]).sum())
        yield Statistic("Mean over conformers", name, total / conformers if conformers else np.nan,
                        conformers)


def _levels(rows: pd.DataFrame) -> Iterator[Statistic]:
    for column in rows:
        kind, _, level = str(column).partition(" ")
        if kind == "beads":
            yield _mean("Levels", f"beads at level '{level}', mean", rows[column])
            if level != "all":
                yield _percent("Levels", f"molecules where '{level}' collapses",
                               rows[f"collapsed {level}"])


def _ensembles(rows: pd.DataFrame) -> Iterator[Statistic]:
    group = "Conformers"
    yield Statistic(group, "conformers", rows["n_conformers"].sum(), len(rows))
    yield Statistic(group, "conformers that failed", rows["n_failed"].sum(), len(rows))
    yield _mean(group, "conformers a molecule, mean", rows["n_conformers"])
    yield Statistic(group, "conformers a molecule, median", rows["n_conformers"].median(),
                    len(rows))
    yield Statistic(group, "conformers a molecule, most", rows["n_conformers"].max(), len(rows))
    windows = rows["energy_window_kcal_mol"].dropna()
    yield _mean(group, "energy window, mean (kcal/mol)", windows)
    yield Statistic(group, "energy window, largest (kcal/mol)", windows.max(), len(windows))


def _chemistry(rows: pd.DataFrame, elements: list[str]) -> Iterator[Statistic]:
    group = "Chemistry"
    yield _mean(group, "rotatable bonds, mean", rows["rotatable_bonds"])
    yield Statistic(group, "rotatable bonds, most", rows["rotatable_bonds"].max(), len(rows))
    yield _percent(group, "molecules with a net charge", rows["charge"] != 0)
    shares = element_shares(rows)
    for element in elements:
        yield Statistic(group, f"molecules with {element} (%)", shares.get(element, 0.0), len(rows))


def element_shares(rows: pd.DataFrame) -> dict[str, float]:
    """Element -> percent of the molecules that have it, most frequent first."""
    counts = rows["elements"].str.split().explode().value_counts()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {element: 100.0 * count / len(rows) for element, count in ordered}


def _scaffolds(rows: pd.DataFrame, known: set[str]) -> Iterator[Statistic]:
    group = "Murcko scaffolds"
    cyclic = rows[rows["scaffold"] != ""]
    yield Statistic(group, "different scaffolds", cyclic["scaffold"].nunique(), len(cyclic))
    yield _percent(group, "acyclic molecules: no scaffold", rows["scaffold"] == "")
    yield _percent(group, "molecules whose scaffold is all heavy atoms",
                   (rows["n_scaffold"] == rows["n_heavy"]) & (rows["n_heavy"] > 0))
    yield _mean(group, "heavy atoms in the scaffold, mean over cyclic molecules (%)",
                100.0 * cyclic["n_scaffold"] / cyclic["n_heavy"])
    if known:
        yield _percent(group, "cyclic molecules whose scaffold train has",
                       cyclic["scaffold"].isin(known))
