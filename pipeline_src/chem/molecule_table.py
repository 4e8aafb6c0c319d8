"""The table of molecules that reference ensembles are made of."""

import csv
from dataclasses import dataclass
from pathlib import Path

from pipeline_src.run.errors import InputError

COLUMNS = ("molecule_id", "smiles", "subset", "geom_n_conformers")


@dataclass(frozen=True)
class MoleculeRow:
    """One molecule; cells the table does not have are ''.

    Attributes:
        molecule_id: unique name.
        smiles: without map numbers.
        subset: train, val, test or ''.
        geom_n_conformers: how many GEOM lists, or ''.
    """

    molecule_id: str
    smiles: str
    subset: str = ""
    geom_n_conformers: str = ""


def read_molecule_table(path: Path) -> list[MoleculeRow]:
    """The rows in order; columns beyond ``COLUMNS`` are not looked at.

    Raises:
        InputError: the file is missing or no such table, or a name is missing or there twice.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as opened:
            reader = csv.DictReader(opened)
            missing = {"molecule_id", "smiles"} - set(reader.fieldnames or ())
            if missing:
                raise InputError(str(path), reader.fieldnames, f"a column {min(missing)}")
            rows = [MoleculeRow(*((raw.get(column) or "").strip() for column in COLUMNS))
                    for raw in reader]
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a CSV table of molecules") from None
    seen = set()
    for number, row in enumerate(rows, start=2):
        if not row.molecule_id or row.molecule_id in seen:
            raise InputError(f"{path}, line {number}: molecule_id", row.molecule_id,
                             "a name that no other molecule has")
        seen.add(row.molecule_id)
    return rows
