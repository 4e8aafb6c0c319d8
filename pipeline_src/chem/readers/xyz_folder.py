"""Ensembles from folders of XYZ files; what the molecules are says a table of SMILES."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rdkit import Chem

from pipeline_src.chem.base import WHOLE, Refused, Rejection, Share
from pipeline_src.chem.bonding import seen_bonds
from pipeline_src.chem.checks import check_positions
from pipeline_src.chem.matching import Overlay
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.readers.gathering import Conformer, gather
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.chem.readers.xyz_frames import Frame, energy_of, read_frames
from pipeline_src.chem.stereo import open_imine_stereo
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import XyzFolderReader
from pipeline_src.run.units import HARTREE_TO_EV

_PER_HARTREE = {"hartree": 1.0, "eV": HARTREE_TO_EV}


class _Row(NamedTuple):
    smiles: str
    charge: str


def read_xyz_folder(settings: XyzFolderReader,
                    share: Share = WHOLE) -> Iterator[Ensemble | Rejection]:
    """Yield the ensembles by name, and a rejection for all that is left out.

    Atoms keep the order of the files. Left out are conformers in which other atoms are bonded than
    in the SMILES, or that show other stereo than it states; molecules that the table or the
    folders lack.

    Raises:
        InputError: the table or a folder is missing, or the table is none.
    """
    table, files = _table(Path(settings.smiles)), _files(settings)
    names = sorted({*table, *files}, key=_natural)
    run = share.run(len(names))
    for name in names[run.start:run.stop]:
        if name not in table:
            yield Rejection(name, None, f"{Path(settings.smiles).name} has no SMILES of it")
        elif name not in files:
            yield Rejection(name, None, "no .xyz file of it in the folders")
        else:
            yield from _ensemble(name, table[name], files[name], settings.energy_unit)


def _natural(text: str) -> list:
    """Sorts 'conformer 2' before 'conformer 10'."""
    return [(0, int(part), part) if part.isdigit() else (1, 0, part)
            for part in re.split(r"([0-9]+)", text)]


def _files(settings: XyzFolderReader) -> dict[str, list[Path]]:
    """Name -> the files of a molecule."""
    found: dict[str, list[Path]] = {}
    for folder in map(Path, settings.paths):
        if not folder.is_dir():
            raise InputError("reader.paths", str(folder), "a folder of .xyz files")
        for path in sorted(folder.rglob("*.xyz"), key=lambda path: _natural(str(path))):
            name = path.stem if settings.molecule == "file" else path.parent.name
            if settings.molecule == "file" and name in found:
                raise InputError(f"{folder}: file names", path.name, "each file name once",
                                 "reader.molecule: folder names molecules by their folders.")
            found.setdefault(name, []).append(path)
    return found


def _table(path: Path) -> dict[str, _Row]:
    """Name -> SMILES and total charge as stated, '' if it is not."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            if path.suffix not in (".csv", ".tsv"):
                return _once(path, _smiles_lines(file))
            rows = csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ",")
            if not {"name", "smiles"} <= set(rows.fieldnames or ()):
                raise InputError(str(path), list(rows.fieldnames or ()),
                                 "columns 'name' and 'smiles', and 'charge' if wanted")
            return _once(path, (
                (row["name"] or "", _Row(row["smiles"] or "", row.get("charge") or ""))
                for row in rows))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a readable table of SMILES") from None


def _once(path: Path, rows: Iterator[tuple[str, _Row]]) -> dict[str, _Row]:
    """``rows`` by name; raises ``InputError`` if a name has two different ones."""
    found: dict[str, _Row] = {}
    for name, row in rows:
        if found.setdefault(name, row) != row:
            raise InputError(str(path), f"{name}: {found[name].smiles} and {row.smiles}",
                             "one SMILES and charge a name")
    return found


def _smiles_lines(lines: Iterator[str]) -> Iterator[tuple[str, _Row]]:
    for line in lines:
        smiles, _, name = line.strip().replace("\t", " ").partition(" ")
        if name.strip():
            yield name.strip(), _Row(smiles, "")


def _ensemble(name: str, row: _Row, paths: list[Path],
              energy_unit: str) -> list[Ensemble | Rejection]:
    try:
        mol = to_rdkit(molecule_from_smiles(row.smiles, name))
        open_imine_stereo(mol)
        if row.charge and row.charge.strip() != str(Chem.GetFormalCharge(mol)):
            raise Refused(f"the table says charge {row.charge}, its SMILES has "
                          f"{Chem.GetFormalCharge(mol)}")
    except (Refused, InputError) as error:
        return [Rejection(name, None, f"SMILES '{row.smiles}': {error}")]
    overlay, records = Overlay(mol), []
    for path in paths:
        for frame in read_frames(path):
            records.append(frame if isinstance(frame, Refused)
                           else _conformer(mol, overlay, frame, energy_unit))
    return gather(name, records, row.smiles)


def _conformer(mol: Chem.Mol, overlay: Overlay, frame: Frame,
               energy_unit: str) -> Conformer | Refused:
    energy = None if energy_unit == "none" else energy_of(frame.comment)
    try:
        if len(frame.numbers) != mol.GetNumAtoms():
            raise Refused(f"{len(frame.numbers)} atoms, the SMILES has {mol.GetNumAtoms()}")
        check_positions(frame.positions)
        bonds = seen_bonds(frame.numbers, frame.positions, mol.GetNumBonds())
        return Conformer(frame.where, overlay.onto(frame.numbers, bonds, frame.positions),
                         None if energy is None else energy / _PER_HARTREE[energy_unit])
    except Refused as error:
        return Refused(f"{frame.where}: {error}")
