"""Mean counts of the training molecules; pictures of overlays with the samples that they show."""

import pytest
from made_up_item import item, made_files, value
from made_up_molecules import molecules_file, sidecar_of

from pipeline_src.chem.depiction import depict
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.run.files import write_json, write_rows
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


def molblock(twist: float) -> str:
    """A V2000 mol block of a bent C-C-O chain whose last atom moves by ``twist`` Å."""
    atoms = [("C", 0.0, 0.0, 0.0), ("C", 1.5, 0.0, 0.0), ("O", 2.1, 1.3, twist)]
    lines = [f"{x:10.4f}{y:10.4f}{z:10.4f} {e:<3} 0  0" for e, x, y, z in atoms]
    counts = "  3  2  0  0  0  0  0  0  0  0999 V2000"
    return "\n".join(["", "", "", counts, *lines, "  1  2  1  0", "  2  3  1  0", "M  END", ""])


def test_renderings_are_of_the_chain_and_its_baseline(tmp_path):
    path = tmp_path / "overlays.json"
    write_json(path, [
        {"chain": chain, "dataset": dataset, "molecule": molecule, "smiles": "CCO",
         "rmsd_angstrom": 0.25 * (k + 1), "reference_molblock": molblock(0),
         "generated_molblock": molblock(0.2)}
        for k, (chain, dataset, molecule) in enumerate([
            ("geodiff", "d", "a"), ("other", "d", "a"), ("msgen2", "d", "a"),
            ("msgen2", "d", "b"), ("msgen2", "elsewhere", "c")])])
    sidecar_of(path)
    rows = (PaperRow(label="MSGEN", chain="msgen2", baseline="geodiff", dataset="d",
                     experiment="e", overlays=str(path)),)
    cells = made_files(item(rows, item="figure5", kind="renderings"), tmp_path / "out")
    shown = list(zip(cells["chain"], cells["part"], cells["measured"], strict=True))
    assert shown == [("geodiff", "a", 0.25), ("msgen2", "a", 0.75), ("msgen2", "b", 1.0)]
    assert cells["note"].str.contains("first molecules by name").all()
    assert "V2000" in (tmp_path / "out/figure5-figure.csv").read_text()


@pytest.mark.parametrize("smiles, labels, orders", [
    ("C#N", ["", "N"], [3]), ("C[NH3+]", ["", "N+"], [1]), ("C", [""], []),
    ("c1ccccc1", [""] * 6, [1, 1, 1, 2, 2, 2]),
    ("[O-]S([O-])(=O)=O", ["O", "O", "O−", "O−", "S"], [1, 1, 2, 2]),
])
def test_formulas(smiles, labels, orders):
    found = depict(molecule_from_smiles(smiles, "m"))
    assert sorted(found.labels) == sorted(labels) and sorted(found.orders) == orders
    assert found.positions.shape == (len(labels), 2)
