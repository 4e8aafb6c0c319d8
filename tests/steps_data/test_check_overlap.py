"""check_overlap: tables of what is shared, and the refusal."""

import csv

import numpy as np
import pytest

from pipeline_src.check_overlap import check_overlap
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.jobs import OverlapSettings


def dataset(folder, molecules):
    """Paths of ensembles without conformers and of a split, from id -> (SMILES, subset)."""
    graphs = [molecule_from_smiles(smiles, id) for id, (smiles, _) in molecules.items()]
    write_ensembles(folder / "e/part-000.parquet", [
        Ensemble(g, np.zeros((0, g.n_atoms, 3), dtype=np.float32)) for g in graphs])
    write_split(folder / "s.csv", [SplitRow(id, subset, 0, 0, 1)
                                   for id, (_, subset) in molecules.items()])
    return folder / "e", folder / "s.csv"


@pytest.fixture
def pair(tmp_path):
    """Two datasets: of six test molecules the training dataset trains on five."""
    acids = {f"a{k}": ("C" * k + "C(=O)O", "train") for k in range(1, 7)}
    ours = dataset(tmp_path / "ours", {**acids, "unused": ("CC#N", "test")})
    others = {f"b{k}": ("OC(=O)" + "C" * k, "test") for k in range(2, 7)}
    theirs = dataset(tmp_path / "theirs", {**others, "new": ("CCN", "test"),
                                           "nitrile": ("N#CC", "train")})
    return [*ours, *theirs]


def run(folder, paths, **settings):
    outputs = folder / "counts.csv", folder / "molecules.csv"
    check_overlap(OverlapSettings(train="ours", test="theirs", **settings), *paths, *outputs)
    return [list(csv.DictReader(path.read_text().splitlines())) for path in outputs]


def test_tables(pair, tmp_path):
    counts, molecules = run(tmp_path, pair)
    shared = {(r["subset"], r["other_subset"]): r["shared_smiles"] for r in counts}
    assert shared["train", "test"] == "5" and shared["test", "train"] == "1"
    assert sum(map(int, shared.values())) == 6
    assert [(r["molecule"], r["with_molecule"]) for r in molecules] == [
        (f"b{k}", f"a{k}") for k in range(2, 7)]


def test_refusal_names_counts_and_molecules_and_leaves_nothing(pair, tmp_path):
    with pytest.raises(InputError) as caught:
        run(tmp_path, pair, refuse=True)
    text = str(caught.value)
    assert "trained on ours, tested on theirs: got '5 of 6 test molecules" in text
    assert "b2 (CCC(=O)O, train has a2)" in text and "overlap: drop" in text
    assert not (tmp_path / "counts.csv").exists() and not (tmp_path / "molecules.csv").exists()


def test_datasets_that_share_nothing_pass(pair, tmp_path):
    paths = [*pair[:2], *dataset(tmp_path / "apart", {"new": ("CCN", "test")})]
    counts, molecules = run(tmp_path, paths, refuse=True)
    assert len(counts) == 9 and not molecules
