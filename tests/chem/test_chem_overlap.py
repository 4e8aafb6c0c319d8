"""What two sets of molecules share, on a handful worked out by hand."""

import pytest

from pipeline_src.chem.overlap import COUNT_COLUMNS, count_rows, placed, shared_rows

# L- and D-alanine, alanine without stereo, ethanol (twice, differently written), benzene
OURS = [placed("l-ala", "train", "C[C@H](N)C(=O)O"), placed("ethanol", "train", "OCC"),
        placed("twice", "train", "CCO"), placed("benzene", "val", "c1ccccc1"),
        placed("water", "test", "O")]
OTHERS = [placed("d-ala", "test", "OC(=O)[C@H](N)C"), placed("kekule", "test", "C1=CC=CC=C1"),
          placed("mapped", "test", "[H:4][O:3][C:2]([H:5])([H:6])[C:1]([H:7])([H:8])[H:9]"),
          placed("ala", "train", "CC(N)C(=O)O"), placed("methane", "test", "C"),
          placed("oxidane", "test", "[OH2]")]


def counts(ours, others, itself):
    return {(row["subset"], row["other_subset"]): tuple(row[c] for c in COUNT_COLUMNS[2:])
            for row in count_rows(ours, others, itself)}


def test_counts_with_and_without_stereo():
    found = counts(OURS, OTHERS, itself=False)
    assert len(found) == 9
    # three training molecules of two SMILES; of five test molecules ethanol is the same, alanine
    # only without stereo
    assert found["train", "test"] == (3, 5, 2, 5, 1, 2)
    assert found["val", "test"] == (1, 5, 1, 5, 1, 1)  # benzene
    assert found["train", "train"] == (3, 1, 2, 1, 0, 1)  # alanine, on one side without stereo
    assert found["test", "test"] == (1, 5, 1, 5, 1, 1)  # water
    assert found["test", "val"] == (1, 0, 1, 0, 0, 0)


def test_counts_within_a_dataset_take_each_pair_once():
    found = counts(OURS, OURS, itself=True)
    assert set(found) == {("train", "val"), ("train", "test"), ("val", "test")}
    assert found["train", "val"] == (3, 1, 2, 1, 0, 0)


def test_the_test_molecules_that_are_trained_on():
    rows = list(shared_rows(OURS, OTHERS))
    assert [(r["molecule"], r["with_molecule"], r["with_subset"], r["same_stereo"])
            for r in rows] == [("d-ala", "l-ala", "train", 0), ("kekule", "benzene", "val", 1),
                               ("mapped", "ethanol", "train", 1)]
    assert [r["smiles"] for r in rows][1:] == ["c1ccccc1", "CCO"]
    both = [placed("d", "val", "C[C@@H](N)C(=O)O"), *OURS]
    same = placed("x", "test", "C[C@H](N)C(=O)O")
    assert next(shared_rows(both, [same]))["with_molecule"] == "l-ala"  # of the same stereo


@pytest.mark.parametrize("one, other", [
    ("[NH3+]CC(=O)[O-]", "[NH3+:1][CH2:2][C:3](=[O:4])[O-:5]"), ("F/C=C/F", "C(\\F)=C/F"),
    ("C[C@H](O)[C@@H](C)O", "O[C@H](C)[C@H](C)O"), ("[2H]C", "[2H]C"),
])
def test_one_molecule_has_one_smiles(one, other):
    a, b = placed("a", "train", one), placed("b", "test", other)
    assert a.plain == b.plain and (a.smiles == b.smiles) == (next(
        shared_rows([a], [b]))["same_stereo"] == 1)
