"""GEOM's ``summary_*.json``: which molecules there are, in which order, with how many conformers.

Recipes that shuffle or count positions need the whole list as its authors had it: one molecule
fewer, and every later one falls elsewhere.
"""

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline_src.chem.splits.base import Candidates
from pipeline_src.run.errors import InputError

SUFFIX = ".pickle"


@dataclass(frozen=True)
class Listed:
    """A molecule of the list a recipe works on.

    Attributes:
        id: in the dataset; of a molecule the dataset lacks its name in the list.
        file: name of its file, e.g. ``CCO.pickle``.
        n_conformers: ``uniqueconfs``; None where the list does not say.
    """

    id: str
    file: str
    n_conformers: int | None


def listed_molecules(molecules: Candidates, summary: str | None) -> list[Listed]:
    """The molecules of ``summary`` that have a file, in its order; without it the dataset's own.

    A molecule of the summary is the dataset's one whose id is its SMILES (the key), or the name
    of its file with or without the suffix.

    Raises:
        InputError: the summary cannot be read, or none of its molecules is in the dataset.
    """
    if summary is None:
        return [Listed(m.id, m.id + SUFFIX, m.n_conformers) for m in molecules]
    ids = {molecule.id for molecule in molecules}
    found = []
    for smiles, entry in _read(Path(summary)).items():
        path, count = entry.get("pickle_path"), entry.get("uniqueconfs")
        if isinstance(path, str) and path:
            file = PurePosixPath(path).name
            names = (smiles, file.removesuffix(SUFFIX), file)
            id = next((name for name in names if name in ids), smiles)
            found.append(Listed(id, file, count if isinstance(count, int | float) else None))
    if not any(molecule.id in ids for molecule in found):
        raise InputError(f"split.summary: {summary}", f"{len(found)} molecules, none of them in "
                         "the dataset", "the summary of this dataset's molecules",
                         "Their ids must be its keys, or the names of its files.")
    return found


def _read(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"split.summary: {path}", f"{type(error).__name__}: {error}",
                         "a readable summary of GEOM (JSON)") from None
    if not (isinstance(content, dict) and any(isinstance(e, dict) for e in content.values())):
        raise InputError(f"split.summary: {path}", type(content).__name__,
                         "an object of SMILES and what is known of each molecule")
    return {smiles: entry for smiles, entry in content.items() if isinstance(entry, dict)}
