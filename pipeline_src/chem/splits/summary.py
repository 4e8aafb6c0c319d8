"""GEOM's ``summary_*.json``: which molecules there are, in which order, with how many conformers.

Recipes that shuffle or count positions need the whole list as its authors had it: one molecule
fewer, and every later one falls elsewhere.
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline_src.chem.readers.geom_summary import read_summary
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
    for smiles, path, count in read_summary(Path(summary)):
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
