"""Split recipes are disjoint, exhaustive where they should be, and the same every time."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from pipeline_src.chem.splits.base import Candidate
from pipeline_src.chem.splits.lists import split_lists
from pipeline_src.chem.splits.random import split_random
from pipeline_src.chem.splits.scaffold import scaffold_smiles, split_scaffold
from pipeline_src.chem.splits.shards import balance_shards
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.splits import ListSplit, RandomSplit, ScaffoldSplit


@pytest.fixture(scope="module")
def named(shipped):
    return [Candidate(e.molecule.id, e.molecule.smiles) for e in shipped["mini_qm9/train.sdf.gz"]]


@pytest.mark.parametrize(("split", "settings"), [(split_random, RandomSplit),
                                                 (split_scaffold, ScaffoldSplit)])
def test_fraction_splits(named, split, settings):
    first = split(named, settings(train=0.7, val=0.2, seed=1))
    assert set(first) == {molecule.id for molecule in named}
    counts = Counter(first.values())
    assert counts["train"] == pytest.approx(0.7 * 476, abs=15)
    assert counts["val"] == pytest.approx(0.2 * 476, abs=15)
    assert first == split(named[::-1], settings(train=0.7, val=0.2, seed=1))
    assert first != split(named, settings(train=0.7, val=0.2, seed=2))
    assert set(split(named, settings(train=0, val=0)).values()) == {"test"}
    assert set(split(named, settings(train=0.8, val=0.2)).values()) == {"train", "val"}


def test_scaffolds_stay_together(named):
    chosen = split_scaffold(named, ScaffoldSplit(train=0.6, val=0.2))
    subsets = defaultdict(set)
    for molecule in named:
        subsets[scaffold_smiles(molecule.smiles)].add(chosen[molecule.id])
    assert len(subsets) > 50 and all(len(s) == 1 for s in subsets.values())
    assert scaffold_smiles("Cc1ccccc1") == scaffold_smiles("OCc1ccccc1") == "c1ccccc1"
    assert scaffold_smiles("CCO") != scaffold_smiles("CCN")


def lists(tmp_path, **content):
    paths = {}
    for subset, lines in content.items():
        (tmp_path / f"{subset}.txt").write_text(lines)
        paths[subset] = str(tmp_path / f"{subset}.txt")
    return ListSplit(**paths)


MOLECULES = [Candidate("a", "[CH3:1][OH:2]"), Candidate("b", "CCO"),
             Candidate("c", "C[C@H](N)O"), Candidate("d", "C[C@@H](N)O")]


def test_lists_by_id_and_by_smiles(tmp_path):
    settings = lists(tmp_path, train="# ids\na\n\nOCC\n", test="N[C@@H](C)O\n")
    chosen = split_lists(MOLECULES, settings)
    assert {k: v for k, v in chosen.items() if v == "train"} == {"a": "train", "b": "train"}
    assert sum(v == "test" for v in chosen.values()) == 1 and len(chosen) == 3


@pytest.mark.parametrize(("content", "words"), [
    ({"train": "a\nzz\n"}, "zz"), ({"train": "a\n", "test": "CO\n"}, "train list too"),
    ({"val": "\n# nothing\n"}, "val.txt.*no entries"), ({}, "no list"),
    ({"test": "CCCCC\n"}, "CCCCC"),
])
def test_bad_lists_are_named(tmp_path, content, words):
    with pytest.raises(InputError, match=words):
        split_lists(MOLECULES, lists(tmp_path, **content))


def test_missing_list_is_named(tmp_path):
    with pytest.raises(InputError, match="absent.txt"):
        split_lists(MOLECULES, ListSplit(train=str(tmp_path / "absent.txt")))


def test_shards_are_balanced():
    costs = np.random.default_rng(0).integers(1, 100, size=200).tolist()
    dealt = balance_shards(costs, 7)
    loads = np.bincount(dealt, weights=costs, minlength=7)
    assert loads.max() - loads.min() <= max(costs)
    assert loads.max() <= 4 / 3 * sum(costs) / 7  # Graham's bound, with room
    assert dealt == balance_shards(costs, 7)
    assert balance_shards([], 3) == [] and balance_shards([5], 3) == [0]
    assert sorted(balance_shards([1, 1, 1], 3)) == [0, 1, 2]
