"""Statistics of a dataset of five made-up molecules, worked out by hand, and their page."""

import re
from pathlib import Path

import pytest

from pipeline_src.chem.description import DESCRIPTION_COLUMNS
from pipeline_src.chem.overlap import COUNT_COLUMNS
from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.make_statistics import make_statistics
from pipeline_src.reports.inputs import read_table
from pipeline_src.reports.statistics import PAPER, read_molecules, statistic_rows
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.statistics import StatisticsSettings

PAPER_FILE = Path(__file__).parents[2] / "resources/paper/datasets.csv"
NASTY = "<script>alert(1)</script>"
# subset, atoms, heavy, bonds, heavy bonds, scaffold atoms, scaffold, rotatable bonds, charge,
# elements, conformers, failed ones, energy window
MOLECULES = {
    "a": ("train", 12, 6, 12, 6, 6, "c1ccccc1", 0, 0, "C H", 1, 0, None),
    "b": ("train", 15, 7, 15, 7, 6, "c1ccccc1", 0, 0, "C H", 2, 1, 0.5),
    NASTY: ("train", 9, 3, 8, 2, 0, "", 1, 0, "C H O", 4, 0, 1.5),
    "d": ("test", 18, 9, 18, 9, 6, "c1ccccc1", 2, 1, "C H N O", 3, 0, 4.0),
    "e": ("test", 15, 5, 15, 5, 5, "C1CCCC1", 0, 0, "C H", 0, 2, None),
    "f": ("", 5, 1, 4, 0, 0, "", 0, 0, "C H", 1, 0, None),
}
BEADS = {"a": 6, "b": 6, NASTY: 3, "d": 6, "e": 5, "f": 1}  # scaffold: NASTY, a, e and f collapse


@pytest.fixture
def files(tmp_path):
    """Arguments of ``make_statistics``."""
    write_rows(tmp_path / "molecules.csv", DESCRIPTION_COLUMNS, [
        dict(zip(DESCRIPTION_COLUMNS, (name, *values, 1, 1, 0), strict=True))
        for name, values in MOLECULES.items()])
    write_rows(tmp_path / "levels.csv", ("molecule", "level", "n_beads", "collapsed", "reason"), [
        {"molecule": name, "level": level, "n_beads": beads, "reason": "",
         "collapsed": int(level == "scaffold" and name in ("a", NASTY, "e", "f"))}
        for name, values in MOLECULES.items()
        for level, beads in (("scaffold", BEADS[name]), ("heavy", values[2]), ("all", values[1]))])
    write_rows(tmp_path / "rejected.csv", ("molecule", "conformer", "reason"), [
        {"molecule": "x", "conformer": None, "reason": NASTY},
        *({"molecule": "y", "conformer": k, "reason": "reacted"} for k in range(3))])
    write_rows(tmp_path / "overlap.csv", COUNT_COLUMNS, [
        dict(zip(COUNT_COLUMNS, ("train", "test", 3, 2, 3, 2, 0, 1), strict=True))])
    write_split(tmp_path / "split.csv", [SplitRow(name, values[0], 0, 1, 1)
                                         for name, values in MOLECULES.items() if values[0]])
    return {**{key: tmp_path / f"{key}.csv" for key in (
                "molecules", "levels", "rejected", "overlap", "split")},
            "paper": PAPER_FILE, "out": tmp_path / "p.html", "table": tmp_path / "t.csv",
            "settings": StatisticsSettings(dataset="made_up", description=NASTY,
                                           geometry="GFN2-xTB", split="random")}


@pytest.fixture
def numbers(files):
    rows = statistic_rows(read_molecules(files["molecules"], files["levels"]))
    return {(r["subset"], r["group"], r["quantity"]): (r["value"], r["n"]) for r in rows}


@pytest.mark.parametrize("subset, group, quantity, value, n", [
    ("all", "Molecules", "molecules", 6, 6), ("train", "Molecules", "molecules", 3, 3),
    ("in no subset", "Molecules", "molecules", 1, 1),
    ("train", "Mean over molecules", "atoms", 12, 3),  # (12 + 15 + 9) / 3
    ("train", "Mean over molecules", "atoms without hydrogen", 16 / 3, 3),
    ("train", "Mean over molecules", "directed edges, two a bond", 70 / 3, 3),  # 2 (12 + 15 + 8)
    ("train", "Mean over molecules", "directed edges without hydrogen", 10, 3),
    ("train", "Mean over conformers", "atoms", 78 / 7, 7),  # 12 + 2 * 15 + 4 * 9
    ("test", "Mean over conformers", "atoms", 18, 3),  # e has no conformer
    ("train", "Levels", "beads at level 'scaffold', mean", 5, 3),
    ("all", "Levels", "molecules where 'scaffold' collapses (%)", 400 / 6, 6),
    ("train", "Conformers", "conformers", 7, 3),
    ("all", "Conformers", "conformers that failed", 3, 6),
    ("train", "Conformers", "conformers a molecule, median", 2, 3),
    ("train", "Conformers", "energy window, mean (kcal/mol)", 1.0, 2),
    ("all", "Conformers", "energy window, largest (kcal/mol)", 4.0, 3),
    ("test", "Chemistry", "molecules with a net charge (%)", 50, 2),
    ("train", "Chemistry", "molecules with O (%)", 100 / 3, 3),
    ("train", "Chemistry", "molecules with N (%)", 0, 3),
    ("all", "Murcko scaffolds", "different scaffolds", 2, 4),
    ("all", "Murcko scaffolds", "acyclic molecules: no scaffold (%)", 200 / 6, 6),
    ("all", "Murcko scaffolds", "molecules whose scaffold is all heavy atoms (%)", 200 / 6, 6),
    # 6/6 and 6/7 of the cyclic ones
    ("train", "Murcko scaffolds", "heavy atoms in the scaffold, mean over cyclic molecules (%)",
     1300 / 14, 2),
    ("test", "Murcko scaffolds", "cyclic molecules whose scaffold train has (%)", 50, 2),
])
def test_statistics(numbers, subset, group, quantity, value, n):
    assert numbers[subset, group, quantity] == (pytest.approx(value), n)


def test_the_page_says_it_all_and_runs_nothing(files):
    make_statistics(**files)
    page = files["out"].read_text()
    assert "<script" not in page and "://" not in re.sub(r'xmlns\S*="[^"]+"', "", page)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert page.count("<svg") == 3
    assert "train and test 3 and 2 0 1" in text and "reacted 0 3" in text
    assert "GEOM-Drugs 45.54 25.38 95.13 54.81" in text
    assert files["split"].read_text().split()[6][:16] in text
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    first = [files[key].read_bytes() for key in ("out", "table")]
    make_statistics(**files)
    assert [files[key].read_bytes() for key in ("out", "table")] == first


def test_a_dataset_without_energies_conformers_or_scaffolds_has_a_page(files):
    lines = files["molecules"].read_text().splitlines()
    files["molecules"].write_text("\n".join([lines[0], lines[-1]]) + "\n")
    files["rejected"].write_text("molecule,conformer,reason\n")
    make_statistics(**files)
    assert "Nothing: every molecule" in files["out"].read_text()


def test_the_papers_table():
    rows = read_table(PAPER_FILE, PAPER).to_dict("records")
    assert [(r["dataset"], r["atoms"], r["heavy_atoms"], r["edges"], r["heavy_edges"])
            for r in rows] == [("GEOM-QM9", 19.26, 8.84, 38.75, 17.91),
                               ("GEOM-Drugs", 45.54, 25.38, 95.13, 54.81)]
