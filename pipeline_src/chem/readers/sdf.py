"""Ensembles from multi-conformer SDF, plain or gzipped; one bad record never stops the others."""

import gzip
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import NoReturn

from rdkit import Chem, rdBase

from pipeline_src.chem.base import WHOLE, Refused, Rejection, Share, unique
from pipeline_src.chem.readers.gathering import Conformer, gather
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import SdfReader


@dataclass(frozen=True)
class _Record:
    where: str
    name: str
    block: str
    properties: dict[str, str]


def read_sdf(settings: SdfReader, share: Share = WHOLE) -> Iterator[Ensemble | Rejection]:
    """Yield the ensembles of the files in order, and a rejection for all that is left out.

    The first usable record of a molecule fixes atoms, bonds and stereo; others must agree, except
    that E/Z of =N-H is left open where the records differ in it. Energies and weights are kept if
    every usable record has them.

    Raises:
        InputError: a file is missing, truncated or not a gzip file.
    """
    yield from unique(_read(settings, share))


def _read(settings: SdfReader, share: Share) -> Iterator[Ensemble | Rejection]:
    groups = _groups(settings)
    if share != WHOLE:
        run = share.run(sum(1 for _ in _groups(settings)))
        groups = islice(groups, run.start, run.stop)
    for name, group in groups:
        if name:
            yield from _ensemble(name, list(group), settings)
            continue
        for record in group:
            yield Rejection(record.where, None, (
                f"no property '{settings.id_property}' that names the molecule;"
                " reader.id_property can name another"))


def _groups(settings: SdfReader) -> Iterator[tuple[str, Iterator[_Record]]]:
    """The records of one molecule after the other; those without a name are one group."""
    for path in settings.paths:
        yield from groupby(_records(Path(path), settings.id_property),
                           key=lambda record: record.name)


def _ensemble(name: str, records: list[_Record], settings: SdfReader) -> list:
    return gather(name, [_conformer(record, settings) for record in records])


def _conformer(record: _Record, settings: SdfReader) -> Conformer | Refused:
    with rdBase.BlockLogs():
        mol = Chem.MolFromMolBlock(record.block, sanitize=False, removeHs=False)
    try:
        if mol is None:
            _refuse_unreadable(record.block)
        return Conformer(
            record.where, mol, _number(record.properties, settings.energy_property),
            _number(record.properties, settings.weight_property),
            drawn=record.block.split("\n")[1][20:22] == "2D" and not mol.GetConformer().Is3D())
    except Refused as error:
        return Refused(f"{record.where}: {error}")


def _refuse_unreadable(block: str) -> NoReturn:
    """Say why RDKit cannot read a V2000 block: a coordinate, or else anything."""
    for atom, line in enumerate(block.split("\n")[4:], start=1):
        if any(cell.strip().lower().lstrip("+-").startswith(("nan", "inf"))
               for cell in (line[:10], line[10:20], line[20:30])):
            raise Refused(f"the coordinates of atom {atom} are not finite numbers")
    raise Refused("RDKit cannot read the record: its atom or bond block is damaged")


def _number(properties: dict[str, str], name: str) -> float | None:
    if name not in properties:
        return None
    try:
        value = float(properties[name])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Refused(f"property '{name}' is {properties[name]!r}, not a finite number")
    return value


def _records(path: Path, id_property: str) -> Iterator[_Record]:
    lines: list[str] = []
    count = 0
    for line in _lines(path):
        if not line.startswith("$$$$"):
            lines.append(line)
            continue
        count += 1
        yield _record(lines, f"record {count} of {path.name}", id_property)
        lines = []
    if any(line.strip() for line in lines):
        yield _record(lines, f"record {count + 1} of {path.name}", id_property)


def _record(lines: list[str], where: str, id_property: str) -> _Record:
    ends = [k for k, line in enumerate(lines) if line.startswith("M  END")]
    end = ends[0] + 1 if ends else len(lines)
    properties: dict[str, str] = {}
    name = None
    for line in lines[end:]:
        if line.startswith(">") and "<" in line:
            name = line[line.index("<") + 1 : line.rindex(">")]
            properties[name] = ""
        elif name is not None and line.strip():
            properties[name] = f"{properties[name]}\n{line}".strip()
    block = "\n".join((lines[:end] + [""] * 4)[: max(end, 4)]) + "\n"
    return _Record(where, properties.get(id_property, ""), block, properties)


def _lines(path: Path) -> Iterator[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", errors="replace") as file:
            for line in file:
                yield line.rstrip("\r\n")
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a readable SDF or SDF.gz file",
                         "A truncated file has to be copied or downloaded again.") from None
