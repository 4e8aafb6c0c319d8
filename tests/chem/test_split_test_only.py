"""A list of molecules that neither train nor validate, in the recipes that draw.

Shuffles as in test_split_recipes.py.
"""

import pytest
from test_split_recipes import GEODIFF, SUMMARY, members

from pipeline_src.chem.splits.base import Candidate
from pipeline_src.chem.splits.geodiff import split_geodiff
from pipeline_src.chem.splits.random import split_random
from pipeline_src.chem.splits.scaffold import split_scaffold
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.splits import GeodiffSplit, RandomSplit, ScaffoldSplit


def test_molecules_for_tests_only_are_drawn_for_tests_only(tmp_path):
    listed = tmp_path / "tests.txt"
    listed.write_text("k/k\nc\nj\n")
    dataset = [Candidate(id, "C" * k, n) for k, (id, n) in enumerate(SUMMARY.items(), 1)
               if n and id != "g"]
    settings = GeodiffSplit(**{**GEODIFF, "molecules": 7}, test_only=str(listed))
    # Seven may train, in order a d f h i l m. Shuffled: d l a f i h m, positions 5 2 1 0 4 6 3:
    # h a l train, d i validate. Of the rest b c f m q may be tests; shuffled c q b f m, four drawn.
    chosen = split_geodiff(dataset, settings)
    assert members(chosen, "train") == set("hal") and members(chosen, "val") == set("di")
    assert members(chosen, "test") == set("cqbf")
    with pytest.raises(InputError, match="8, expected 7 at most.*beside 3 for tests only"):
        split_geodiff(dataset, GeodiffSplit(**{**GEODIFF, "molecules": 8}, test_only=str(listed)))


def test_duplicates_and_stereoisomers_of_a_test_molecule_do_not_train(tmp_path, capsys):
    # ids that are SMILES, as GEOM's are: the enantiomer goes with the molecule named, and so
    # does the same molecule of another name
    listed = tmp_path / "tests.txt"
    listed.write_text("C[C@H](O)F\na\nCCCC\nqm9-7777\n")
    dataset = [Candidate("C[C@H](O)F", "C[C@H](O)F"), Candidate("C[C@@H](O)F", "C[C@@H](O)F"),
               Candidate("a", "CCO"), Candidate("b", "OCC"), Candidate("c", "CCN")]
    chosen = split_random(dataset, RandomSplit(train=1, val=0, test_only=str(listed)))
    assert members(chosen, "train") == {"c"}
    assert "4 molecules are for tests only; 2 of the 4 lines" in (text := capsys.readouterr().err)
    assert "1 are neither one of its ids nor a SMILES" in text


def test_a_mapped_smiles_is_found_by_that_of_a_list(tmp_path):
    listed = tmp_path / "tests.txt"
    listed.write_text("CC(O)F\n")
    dataset = [Candidate("m", "[F:5][C@:1]([H:4])([C:2]([H:6])([H:7])[H:8])[O:3][H:9]"),
               Candidate("n", "[C:1]([H:2])([H:3])([H:4])[H:5]")]
    chosen = split_random(dataset, RandomSplit(train=1, val=0, test_only=str(listed)))
    assert chosen == {"m": "test", "n": "train"}


def test_random_with_molecules_for_tests_only(tmp_path):
    # by SMILES without stereo: m10 and m11; the ten others as in test_random
    listed = tmp_path / "tests.txt"
    listed.write_text("C[C@H](O)F\nm11\nCCCCCCCC\n")
    dataset = [Candidate(f"m{k}", "CC") for k in range(10)] + [
        Candidate("m10", "C[C@@H](O)F"), Candidate("m11", "CO")]
    chosen = split_random(dataset, RandomSplit(train=0.6, val=0.2, test_only=str(listed)))
    assert members(chosen, "train") == {"m6", "m8", "m3", "m2", "m0", "m7"}
    assert members(chosen, "test") == {"m5", "m4", "m10", "m11"}
    listed.write_text("CCCCCCCC\n")
    with pytest.raises(InputError, match="tests.txt.*1 entries, none of them in the dataset"):
        split_random(dataset, RandomSplit(test_only=str(listed)))


def test_a_scaffold_with_a_molecule_for_tests_only_is_test_as_a_whole(tmp_path):
    (tmp_path / "tests.txt").write_text("m6\n")
    smiles = ("Cc1ccccc1", "OC1CCCCC1", "CCO", "c1ccccc1", "CCN", "CCc1ccccc1", "C1CCCCC1")
    dataset = [Candidate(f"m{k}", s) for k, s in enumerate(smiles)]
    chosen = split_scaffold(dataset, ScaffoldSplit(train=1, val=0,
                                                   test_only=str(tmp_path / "tests.txt")))
    assert members(chosen, "test") == {"m1", "m6"} and len(members(chosen, "train")) == 5
