"""One entry of GEOM's rdkit_folder, decoded in a worker process."""

import math
import stat
from pathlib import Path, PurePosixPath

from pipeline_src.chem.base import Refused, Rejection
from pipeline_src.chem.readers.gathering import Conformer, gather
from pipeline_src.chem.readers.rdkit_binary import decoded
from pipeline_src.chem.readers.unpickling import NUMPY, RDKIT, load_pickle
from pipeline_src.ensembles import Ensemble

_ALLOWED = NUMPY | RDKIT
_LARGEST_BYTES = 500_000_000  # the largest of GEOM-Drugs has some thousand conformers of 3 kB


def entry_name(smiles: str, pickle_path: object) -> str:
    """The molecule's name: its pickle's, without suffix; else its SMILES with '_' for '/'.

    Split recipes that go by the sorted pickles find a molecule by it, as do those by the summary.
    """
    if not isinstance(pickle_path, str) or not pickle_path:
        return smiles.replace("/", "_")
    name = PurePosixPath(pickle_path).name
    return name.removesuffix(".pickle").removesuffix(".pkl") or smiles.replace("/", "_")


def read_entry(folder: str, smiles: str, pickle_path: object,
               unique: object) -> list[Ensemble | Rejection]:
    """The ensemble of one entry and what of it was left out.

    Args:
        folder: the rdkit_folder.
        smiles, pickle_path, unique: the entry's key, path and ``uniqueconfs`` in the summary; None
            where it names none.
    """
    name = entry_name(smiles, pickle_path)
    try:
        if parts := smiles.count("."):
            raise Refused(f"{parts + 1} separate parts in its SMILES (a salt, solvate or mixture)")
        path = _file(Path(folder), pickle_path)
        content = load_pickle(path, _ALLOWED)
        listed = _conformer_list(content, path.name)
    except Refused as error:
        return [Rejection(name, None, str(error))]
    records = [_conformer(entry, f"conformer {k} of {path.name}")
               for k, entry in enumerate(listed)]
    return gather(name, records, smiles, _note(unique, records))


def _file(folder: Path, pickle_path: object) -> Path:
    """The pickle an entry names; of an absolute path, of its author's disk, the last two names."""
    if not isinstance(pickle_path, str) or not pickle_path:
        raise Refused("missing key: the summary names no pickle_path")
    named = PurePosixPath(pickle_path)
    if ".." in named.parts or "\0" in pickle_path:
        raise Refused(f"pickle_path {pickle_path!r} leads out of the folder")
    path = folder.joinpath(*named.parts[-2:]) if named.is_absolute() else folder / named
    try:
        status = path.stat()
    except OSError as error:
        raise Refused(f"missing file: {named.name} ({error.strerror})") from None
    if not stat.S_ISREG(status.st_mode):
        raise Refused(f"missing file: {named.name} is not a file")
    if status.st_size > _LARGEST_BYTES:
        raise Refused(f"{named.name}: {status.st_size / 1e6:.0f} MB, more than an entry can have")
    return path


def _conformer_list(content: object, file: str) -> list:
    if not isinstance(content, dict):
        raise Refused(f"{file}: it holds a {type(content).__name__}, not the dict of an entry")
    if "conformers" not in content:
        raise Refused(f"missing key: {file} has no list of conformers")
    if not isinstance(content["conformers"], list):
        raise Refused(f"{file}: its conformers are a {type(content['conformers']).__name__}")
    return content["conformers"]


def _conformer(entry: object, where: str) -> Conformer | Refused:
    try:
        if not isinstance(entry, dict):
            raise Refused(f"a {type(entry).__name__}, not a dict")
        if "rd_mol" not in entry:
            raise Refused("missing key: no rd_mol")
        return Conformer(where, decoded(entry["rd_mol"]), _number(entry, "totalenergy"),
                         _number(entry, "boltzmannweight"))
    except Refused as error:
        return Refused(f"{where}: {error}")


def _number(entry: dict, key: str) -> float | None:
    """A finite number; None where the key is missing."""
    value = entry.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise Refused(f"{key} is {value!r:.40}, not a finite number")
    return float(value)


def _note(unique: object, records: list[Conformer | Refused]) -> str:
    """What of the entry is not as GEOM describes it, though its conformers are usable."""
    notes = []
    if unique is None:
        notes.append("missing key: uniqueconfs")
    elif unique != len(records):
        notes.append(f"uniqueconfs is {unique}, the list has {len(records)}")
    sound = [record for record in records if isinstance(record, Conformer)]
    for key, values in (("totalenergy", [record.energy for record in sound]),
                        ("boltzmannweight", [record.weight for record in sound])):
        if lacking := values.count(None):
            notes.append(f"missing key: {key} in {lacking} of {len(values)} conformers")
    return "; ".join(notes)
