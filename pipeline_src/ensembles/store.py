"""Ensembles and hierarchies as Parquet: one row per molecule, list columns, row groups stream."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline_src.ensembles.ensemble import Ensemble
from pipeline_src.ensembles.hierarchy import Hierarchy
from pipeline_src.ensembles.molecule import Molecule
from pipeline_src.ensembles.parquet_rows import (
    read_names,
    read_parquet_rows,
    read_texts,
    write_parquet_rows,
)
from pipeline_src.ensembles.stereo import Stereo

_MOLECULE_FIELDS = [
    pa.field("molecule", pa.string()),
    pa.field("smiles", pa.string()),
    pa.field("numbers", pa.list_(pa.int64())),
    pa.field("charges", pa.list_(pa.int64())),
    pa.field("bonds", pa.list_(pa.int64())),  # (B, 2) row by row
    pa.field("orders", pa.list_(pa.int64())),
]
ENSEMBLE_SCHEMA = pa.schema([
    *_MOLECULE_FIELDS,
    pa.field("level", pa.string()),
    pa.field("positions", pa.list_(pa.float32())),  # Å, (C, N, 3) row by row
    pa.field("energies_hartree", pa.list_(pa.float64())),
    pa.field("weights", pa.list_(pa.float64())),
    pa.field("reasons", pa.list_(pa.string())),
    pa.field("notes", pa.list_(pa.string())),
])
HIERARCHY_SCHEMA = pa.schema([
    *_MOLECULE_FIELDS,
    pa.field("levels", pa.map_(pa.string(), pa.list_(pa.int64()))),
    pa.field("collapsed", pa.map_(pa.string(), pa.string())),
    pa.field("n_references", pa.int64()),
    pa.field("groups", pa.map_(pa.string(), pa.list_(pa.int64()))),  # (N,) each
    pa.field("kinds", pa.map_(pa.string(), pa.list_(pa.int64()))),  # (F,) each
    pa.field("stereo", pa.struct([  # arrays row by row
        pa.field("centres", pa.list_(pa.int64())), pa.field("bonds", pa.list_(pa.int64())),
        pa.field("accepted", pa.list_(pa.bool_()))])),
])


def write_ensembles(path: Path, ensembles: Iterable[Ensemble]) -> int:
    """Write one Parquet file atomically, streaming; returns the number of molecules."""
    return write_parquet_rows(path, ENSEMBLE_SCHEMA, (_ensemble_row(e) for e in ensembles))


def molecule_smiles(path: Path) -> dict[str, str]:
    """id -> mapped SMILES of the molecules of a Parquet file or folder, in order.

    Raises as ``read_ensembles``; nothing else of the file is decoded.
    """
    return dict(read_texts(path, ENSEMBLE_SCHEMA, ("molecule", "smiles")))


def molecule_ids(path: Path) -> list[str]:
    """Ids of the molecules of a Parquet file or folder, in order; raises as ``read_ensembles``."""
    return read_names(path, ENSEMBLE_SCHEMA)


def read_ensembles(path: Path, wanted: Collection[str] | None = None,
                   skip: int = 0) -> Iterator[Ensemble]:
    """Yield the ensembles of a Parquet file or of every ``*.parquet`` of a folder, in order.

    Args:
        path: file or folder.
        wanted: ids of the molecules to read; the others are skipped before they cost anything.
        skip: molecules to leave out at the start, likewise.

    Raises:
        InputError: a file is missing, unreadable or has another schema.
    """
    for row in read_parquet_rows(path, ENSEMBLE_SCHEMA, wanted, skip):
        molecule = _molecule(row)
        yield Ensemble(
            molecule,
            np.asarray(row["positions"], dtype=np.float32).reshape(
                len(row["reasons"]), molecule.n_atoms, 3),
            row["level"], _floats(row["energies_hartree"]), _floats(row["weights"]),
            tuple(row["reasons"]), tuple(row["notes"]),
        )


def write_hierarchies(path: Path, hierarchies: Iterable[Hierarchy]) -> int:
    """Write one Parquet file atomically; returns the number of molecules."""
    return write_parquet_rows(path, HIERARCHY_SCHEMA, (
        {**_molecule_row(h.molecule), "levels": _pairs(h.levels),
         "collapsed": list(h.collapsed.items()), "n_references": h.n_references,
         "groups": _pairs(h.groups), "kinds": _pairs(h.kinds),
         "stereo": {name: getattr(h.stereo, name).reshape(-1)
                    for name in ("centres", "bonds", "accepted")}}
        for h in hierarchies))


def read_hierarchies(path: Path, wanted: Collection[str] | None = None) -> Iterator[Hierarchy]:
    """Yield the hierarchies of a Parquet file; arguments and errors as ``read_ensembles``.

    Files written before there were groups of atoms are of another schema, hence refused.
    """
    for row in read_parquet_rows(path, HIERARCHY_SCHEMA, wanted):
        yield Hierarchy(_molecule(row), _arrays(row["levels"]), dict(row["collapsed"]),
                        row["n_references"], _arrays(row["groups"]), _arrays(row["kinds"]),
                        stereo=_stereo(row["stereo"]))


def _pairs(arrays: dict[str, np.ndarray]) -> list[tuple[str, list[int]]]:
    return [(name, array.tolist()) for name, array in arrays.items()]


def _arrays(pairs: list[tuple[str, list[int]]]) -> dict[str, np.ndarray]:
    return {name: np.asarray(values, dtype=np.int64) for name, values in pairs}


def _molecule_row(m: Molecule) -> dict:
    return {"molecule": m.id, "smiles": m.smiles, "numbers": m.numbers, "charges": m.charges,
            "bonds": m.bonds.reshape(-1), "orders": m.orders}


def _ensemble_row(e: Ensemble) -> dict:
    return {**_molecule_row(e.molecule), "level": e.level, "positions": e.positions.reshape(-1),
            "energies_hartree": e.energies_hartree, "weights": e.weights,
            "reasons": list(e.reasons), "notes": list(e.notes)}


def _molecule(row: dict) -> Molecule:
    integers = {k: np.asarray(row[k], dtype=np.int64)
                for k in ("numbers", "charges", "bonds", "orders")}
    integers["bonds"] = integers["bonds"].reshape(-1, 2)
    return Molecule(row["molecule"], row["smiles"], **integers)


def _stereo(row: dict) -> Stereo:
    centres, bonds = (np.asarray(row[name], dtype=np.int64).reshape(-1, 5)
                      for name in ("centres", "bonds"))
    size = len(centres) + len(bonds)
    accepted = np.asarray(row["accepted"], dtype=bool).reshape(-1, size) if size else None
    return Stereo(centres, bonds, accepted)


def _floats(values: list | None) -> np.ndarray | None:
    return None if values is None else np.asarray(values, dtype=np.float64)
