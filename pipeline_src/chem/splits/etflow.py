"""Split recipe 'etflow': GeoMol's train and val; of its test part the molecules of a test list.

The positions count in the sorted list, as in GeoMol, which is what ET-Flow's paper means
(243,473/30,433/1,000 of GEOM-Drugs). Its released code applies them to an unsorted listing of a
folder, so that its own runs trained on another split on every machine (models.md 1.3).
"""

from pathlib import Path

from pipeline_src.chem.splits.base import Candidates
from pipeline_src.chem.splits.geomol import by_position, with_counts
from pipeline_src.chem.splits.lists import Finder, read_entries
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.splits import EtflowSplit

_HEADER = "smiles"  # of GeoMol's test_smiles.csv


def split_etflow(molecules: Candidates, settings: EtflowSplit) -> dict[str, str]:
    """id -> subset; with a summary also molecules that the dataset lacks.

    Raises:
        InputError: the list names a molecule that is in no test part, or as ``split_geomol``.
    """
    placed = by_position(molecules, settings)
    chosen = {id: subset for id, subset in placed.items() if subset != "test"}
    finder = Finder(molecules)
    for entry in test_entries(Path(settings.test)):
        for id in [entry] if entry in placed else finder.find(entry, settings.test):
            if placed.get(id) != "test":
                raise InputError(f"split.test: {settings.test}", entry,
                                 "molecules that the positions put into test",
                                 f"'{id}' is in {placed.get(id, 'no subset')}.")
            chosen[id] = "test"
    return with_counts(chosen, settings)


def test_entries(path: Path) -> list[str]:
    """First cells of a list or of GeoMol's CSV, without its header."""
    cells = [line.split(",")[0] for line in read_entries(path)]
    return cells[1:] if cells[0] == _HEADER else cells


test_entries.__test__ = False  # no pytest test, whatever its name
