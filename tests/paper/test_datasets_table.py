"""Mean counts of the training molecules; formulas."""

import pytest
from made_up_item import item, made_files, value
from made_up_molecules import molecules_file

from pipeline_src.chem.depiction import depict
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.paper_table import PaperRow


def test_means_of_the_molecules_that_are_trained_on(tmp_path):
    path = tmp_path / "molecules.csv"
    molecules_file(path, {"a": {"n_atoms": 10, "n_bonds": 11, "n_scaffold": 0}, "b": {}}, "train")
    lines = path.read_text().splitlines()
    molecules_file(path, {"tested": {"n_atoms": 900}})
    path.write_text("\n".join([*lines, path.read_text().splitlines()[1], ""]))
    write_rows(tmp_path / "levels.csv", ("molecule", "level", "n_beads", "collapsed", "reason"), [
        {"molecule": name, "level": "scaffold", "n_beads": n, "collapsed": int(n == 4),
         "reason": ""} for name, n in (("a", 4), ("b", 6), ("tested", 90))])
    rows = (PaperRow(label="Drugs", model="GEOM-Drugs", dataset="d", molecules=str(path),
                     levels=str(tmp_path / "levels.csv")),
            PaperRow(label="QM9", model="GEOM-QM9"))
    cells = made_files(item(rows, item="table6", kind="datasets"), tmp_path / "out")
    assert value(cells, "Drugs", "atoms", "mean") == 15.0
    assert value(cells, "Drugs", "atoms", "mean", column="molecules") == 2
    assert value(cells, "Drugs", "edges", "mean") == 31.0  # both directions of 11 and 20
    assert value(cells, "Drugs", "edges", "mean", column="paper") == "95.13"
    assert value(cells, "Drugs", "scaffold_atoms", "mean") == 3.0
    assert value(cells, "Drugs", "scaffold_level_atoms", "mean") == 5.0
    assert value(cells, "QM9", "atoms", "mean", column="paper") == "19.26"


@pytest.mark.parametrize("smiles, labels, orders", [
    ("C#N", ["", "N"], [3]), ("C[NH3+]", ["", "N+"], [1]), ("C", [""], []),
    ("c1ccccc1", [""] * 6, [1, 1, 1, 2, 2, 2]),
    ("[O-]S([O-])(=O)=O", ["O", "O", "O−", "O−", "S"], [1, 1, 2, 2]),
])
def test_formulas(smiles, labels, orders):
    found = depict(molecule_from_smiles(smiles, "m"))
    assert sorted(found.labels) == sorted(labels) and sorted(found.orders) == orders
    assert found.positions.shape == (len(labels), 2)
