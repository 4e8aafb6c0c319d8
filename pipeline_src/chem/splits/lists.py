"""Split recipe 'lists': molecules named in text files by id or SMILES."""

from pathlib import Path

from rdkit import Chem, rdBase

from pipeline_src.chem.molecules import canonical_smiles
from pipeline_src.chem.splits.base import Candidates, parse
from pipeline_src.ensembles.split_table import SUBSETS
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.splits import ListSplit


def split_lists(molecules: Candidates, settings: ListSplit) -> dict[str, str]:
    """id -> subset for the molecules that the lists name by id or by SMILES.

    Blank lines and lines that start with '#' are skipped. Molecules in no list are left out.

    Raises:
        InputError: no list is given, a list is missing or empty, names a molecule that is not
            in the dataset, or two lists name the same one.
    """
    lists = {subset: getattr(settings, subset) for subset in SUBSETS if getattr(settings, subset)}
    if not lists:
        raise InputError("split", "no list", "at least one of train, val and test")
    chosen: dict[str, str] = {}
    finder = Finder(molecules)
    for subset, path in lists.items():
        for entry in read_entries(Path(path)):
            for id in finder.find(entry, path):
                if chosen.setdefault(id, subset) != subset:
                    raise InputError(f"split.{subset}: {path}", entry, "each molecule in one list",
                                     f"'{id}' is in the {chosen[id]} list too.")
    return chosen


class Finder:
    """Molecules by id, else by canonical SMILES (worked out only when a line needs it)."""

    def __init__(self, molecules: Candidates):
        self.molecules = molecules
        self.ids = {molecule.id for molecule in molecules}
        self.by_smiles: dict[str, list[str]] = {}

    def find(self, entry: str, path: str) -> list[str]:
        """Ids of the molecules that ``entry``, a line of ``path``, names.

        Raises:
            InputError: there is none.
        """
        if entry in self.ids:
            return [entry]
        if not self.by_smiles:
            for molecule in self.molecules:
                smiles = canonical_smiles(parse(molecule.smiles))
                self.by_smiles.setdefault(smiles, []).append(molecule.id)
        with rdBase.BlockLogs():
            mol = Chem.MolFromSmiles(entry)
        found = self.by_smiles.get(canonical_smiles(mol), []) if mol is not None else []
        if not found:
            raise InputError(path, entry, "ids or SMILES of molecules in the dataset",
                             "The import's rejected.csv says which molecules were left out.")
        return found


def read_entries(path: Path) -> list[str]:
    """The lines of a list, without blank ones and remarks.

    Raises:
        InputError: the file cannot be read or has no entry.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a readable text file of ids or SMILES") from None
    entries = [line for line in lines if line and not line.startswith("#")]
    if not entries:
        raise InputError(str(path), "no entries", "an id or SMILES on each line",
                         "Leave the list out of the settings if the subset is meant to be empty.")
    return entries
