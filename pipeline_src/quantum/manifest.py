"""The manifest of a reference set: a row per molecule, also where there is no ensemble."""

import csv
from collections.abc import Iterable
from pathlib import Path

from pipeline_src.chem.molecule_table import MoleculeRow
from pipeline_src.ensembles import Ensemble
from pipeline_src.quantum.engines import Engine
from pipeline_src.quantum.ensemble_search import COUNTS
from pipeline_src.run.errors import OTHER_VERSION, InputError

MANIFEST_COLUMNS = ("molecule_id", "smiles", "subset", "n_conformers", "status", "reason",
                    "geom_n_conformers", "n_atoms", "n_heavy",
                    *(name for name in COUNTS if name != "n_conformers"),
                    "engine", "engine_version", "key")


def finished_row(row: MoleculeRow, engine: Engine, key: str, ensemble: Ensemble,
                 counts: dict[str, int]) -> dict:
    """The row of a molecule that has its ensemble."""
    numbers = ensemble.molecule.numbers
    return {**_row(row, "ok", ""), **counts, "n_atoms": len(numbers),
            "n_heavy": int((numbers > 1).sum()), "engine": engine.label,
            "engine_version": engine.version, "key": key}


def failed_row(row: MoleculeRow, engine: Engine, key: str, reason: str) -> dict:
    """The row of a molecule without an ensemble; no ``key`` if another try may pass."""
    return {**_row(row, "failed", reason), "engine": engine.label,
            "engine_version": engine.version, "key": key}


def waiting_row(row: MoleculeRow) -> dict:
    """The row of a molecule that has not been tried yet."""
    return _row(row, "waiting", "not computed yet")


def _row(row: MoleculeRow, status: str, reason: str) -> dict:
    return {**dict.fromkeys(MANIFEST_COLUMNS, ""), "molecule_id": row.molecule_id,
            "smiles": row.smiles, "subset": row.subset, "n_conformers": 0, "status": status,
            "reason": reason, "geom_n_conformers": row.geom_n_conformers}


def read_manifest(path: Path) -> list[dict[str, str]]:
    """The rows, cells as text.

    Raises:
        InputError: the file is missing or no manifest.
    """
    try:
        with open(path, newline="", encoding="utf-8") as opened:
            reader = csv.DictReader(opened)
            if tuple(reader.fieldnames or ()) != MANIFEST_COLUMNS:
                raise InputError(str(path), reader.fieldnames,
                                 f"the columns {', '.join(MANIFEST_COLUMNS)}", OTHER_VERSION)
            return list(reader)
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "the manifest of a reference set") from None


def read_manifests(paths: Iterable[Path]) -> dict[str, dict[str, str]]:
    """Rows by molecule id; raises as ``read_manifest``, and if a molecule comes twice."""
    rows: dict[str, dict[str, str]] = {}
    for path in paths:
        for row in read_manifest(path):
            if row["molecule_id"] in rows:
                raise InputError(str(path), f"molecule {row['molecule_id']} twice",
                                 "each molecule in one chunk")
            rows[row["molecule_id"]] = row
    return rows
