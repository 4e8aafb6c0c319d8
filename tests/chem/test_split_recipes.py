"""Each split recipe on a fixture whose answer was worked out by hand (the working is beside it).

Permutations come from Python or NumPy themselves, asked once: ``random.seed(2021)`` and
``random.shuffle`` of 0..9 give 2 7 9 3 0 5 1 4 8 6, a second shuffle of 0..9 after it
6 2 9 7 1 0 3 8 4 5; the first shuffle of 0..4 gives 1 4 0 2 3. Seed 42: 0..4, 0..2 and 0..1, one
after the other, give 3 1 2 4 0, 1 2 0 and 1 0; seed 43 gives 0..4 as 1 4 3 2 0 first.
``numpy.random.default_rng(2021)`` gives 0..9 as 6 8 3 2 0 7 1 9 5 4, and 0..3 as 2 3 1 0.
"""

import json

import numpy as np
import pytest

from pipeline_src.chem.splits.base import Candidate
from pipeline_src.chem.splits.etflow import split_etflow
from pipeline_src.chem.splits.geodiff import split_geodiff
from pipeline_src.chem.splits.geomol import split_geomol
from pipeline_src.chem.splits.random import split_random
from pipeline_src.chem.splits.scaffold import split_scaffold
from pipeline_src.chem.splits.stratified import quotas, split_stratified_subset
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.splits import (
    EtflowSplit,
    GeodiffSplit,
    GeomolSplit,
    ListSplit,
    RandomSplit,
    ScaffoldSplit,
    StratifiedSubset,
)

# GeoDiff's: a summary of 14 molecules. e has no number of conformers and g no file: no part of it.
SUMMARY = {"a": 9, "b": 4, "c": 5, "d": 50, "e": None, "f": 60, "g": 70, "h": 7, "i": 51,
           "j": 501, "k/k": 500, "l": 6, "m": 50, "q": 4}
GEODIFF = {"molecules": 10, "train": 0.5, "test": 4, "test_conformers": (4, 60)}
# Five conformers or more have, in order, a c d f h i j k/k l m. Shuffled: d k/k m f a i c h l j.
# All ten are drawn; half of them, those at 6 2 9 7 1, train: c m j h k/k. The next quarter, rounded
# down to two, at 0 3, validates: d f. Those at 8 4 5, l a i, are left out.
TRAIN, VAL = {"c", "m", "j", "h", "k/k"}, {"d", "f"}
# Of the rest 4 to 60 conformers have, in order, a b i l q. Shuffled: b q a i l; four are drawn.
TEST = ["b", "q", "a", "i"]


def write_summary(path, entries):
    path.write_text(json.dumps({
        smiles: {"charge": 0, **({} if n is None else {"uniqueconfs": n}),
                 **({} if smiles == "g" else {
                     "pickle_path": f"drugs/{smiles.replace('/', '_')}.pickle"})}
        for smiles, n in entries.items()}))
    return str(path)


def members(chosen, subset):
    return {id for id, name in chosen.items() if name == subset}


def test_geodiff(tmp_path):
    summary = write_summary(tmp_path / "summary_drugs.json", SUMMARY)
    # the dataset has k/k by the name of its file, lacks m, and its order and numbers do not count
    dataset = [Candidate(id.replace("/", "_"), "", 1) for id in sorted(SUMMARY) if id != "m"]
    chosen = split_geodiff(dataset, GeodiffSplit(summary=summary, **GEODIFF))
    assert members(chosen, "train") == {id.replace("/", "_") for id in TRAIN}
    assert members(chosen, "val") == VAL and members(chosen, "test") == set(TEST)
    some = split_geodiff(dataset, GeodiffSplit(summary=summary, **GEODIFF, evaluated=(1, 3)))
    assert members(some, "test") == set(TEST[1:3]) and members(some, "train") == members(
        chosen, "train")


def test_geodiff_without_a_summary_counts_the_conformers_of_the_dataset():
    dataset = [Candidate(id, "", n) for id, n in SUMMARY.items() if n and id != "g"]
    chosen = split_geodiff(dataset, GeodiffSplit(**GEODIFF))
    assert [members(chosen, s) for s in ("train", "val", "test")] == [TRAIN, VAL, set(TEST)]


def test_geodiff_at_the_papers_size():
    # 50,000 of 63,000 molecules, 80/10/10; then 200 of those left that have 50 to 500 conformers
    dataset = [Candidate(f"m{k}", "", 5 if k < 60_000 else 50 + k % 451) for k in range(63_000)]
    chosen = split_geodiff(dataset, GeodiffSplit())
    assert [len(members(chosen, s)) for s in ("train", "val", "test")] == [40_000, 5_000, 200]
    test = members(chosen, "test")
    assert all(50 <= m.n_conformers <= 500 for m in dataset if m.id in test)


@pytest.mark.parametrize("changes, words", [
    ({"molecules": 11}, "molecules: got 11, expected 10 at most"),
    ({"test": 6}, "test: got 6, expected 5 at most"),
])
def test_geodiff_with_too_few_molecules(changes, words):
    dataset = [Candidate(id, "", n) for id, n in SUMMARY.items() if n and id != "g"]
    with pytest.raises(InputError, match=words):
        split_geodiff(dataset, GeodiffSplit(**GEODIFF | changes))


def test_a_summary_of_other_molecules_is_refused(tmp_path):
    summary = write_summary(tmp_path / "s.json", SUMMARY)
    with pytest.raises(InputError, match="s.json.*none of them in the dataset"):
        split_geodiff([Candidate("x", "", 9)], GeodiffSplit(summary=summary, **GEODIFF))
    for text in ("{", "[]", '{"a": 3}'):
        (tmp_path / "s.json").write_text(text)
        with pytest.raises(InputError, match="s.json"):
            split_geodiff([Candidate("a", "", 9)], GeodiffSplit(summary=summary, **GEODIFF))


# GeoMol's: file names sorted by their bytes, '#' before '(' before '.' before letters:
# C.pickle, CC#C.pickle, CC(C).pickle, CC.pickle, CCO.pickle.
GEOMOL = [Candidate(id, id) for id in ("CC", "CCO", "CC(C)", "C", "CC#C")]
PARTS = ([4, 0], [1], [3, 2])
BY_POSITION = {"CCO": "train", "C": "train", "CC#C": "val", "CC": "test", "CC(C)": "test"}


def write_indices(path, parts, kind=object):
    array = np.empty(len(parts), dtype=object)
    array[:] = [np.array(part, dtype=np.int64) for part in parts]
    np.save(path, array if kind is object else np.array(parts, dtype=kind))
    return str(path)


def test_geomol(tmp_path):
    indices = write_indices(tmp_path / "split0.npy", PARTS)
    assert split_geomol(GEOMOL, GeomolSplit(indices=indices, counts=(2, 1, 2))) == BY_POSITION
    # by a summary: the order of its keys does not count; a molecule the dataset lacks keeps its key
    summary = write_summary(tmp_path / "s.json", dict.fromkeys(("CCO", "CC#C", "CC", "C", "CC(C)")))
    few = [m for m in GEOMOL if m.id != "CCO"]
    assert split_geomol(few, GeomolSplit(indices=indices, summary=summary)) == BY_POSITION
    with pytest.raises(InputError, match="split0.npy.*positions up to 4.*of 4 molecules"):
        split_geomol(few, GeomolSplit(indices=indices))
    with pytest.raises(InputError, match=r"counts: got \(2, 2, 1\).*\(2, 1, 2\)"):
        split_geomol(GEOMOL, GeomolSplit(indices=indices, counts=(2, 2, 1)))


def test_positions_of_part_of_the_list_are_fine_as_plain_rows(tmp_path):
    indices = write_indices(tmp_path / "i.npy", ([4], [1], [3]), np.int32)
    chosen = split_geomol(GEOMOL, GeomolSplit(indices=indices))
    assert chosen == {"CCO": "train", "CC#C": "val", "CC": "test"}


class Hostile:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize("content", [
    [Hostile(), 1, 2], ["a", "b", "c"], [np.array(["x"]), np.array([1]), np.array([2])],
    [np.array([1]), np.array([2])], [np.array([1]), np.array([1]), np.array([2])],
    [np.array([-1]), np.array([1]), np.array([2])],
])
def test_wrong_or_hostile_indices_are_refused(tmp_path, capsys, content):
    array = np.empty(len(content), dtype=object)
    array[:] = content
    np.save(tmp_path / "split0.npy", array)
    with pytest.raises(InputError, match="split0.npy"):
        split_geomol(GEOMOL, GeomolSplit(indices=str(tmp_path / "split0.npy")))
    assert "run" not in capsys.readouterr().out


def test_damaged_indices_are_refused(tmp_path):
    whole = tmp_path / "split0.npy"
    write_indices(whole, PARTS)
    for length in (0, 5, 60, 200):
        (tmp_path / "cut.npy").write_bytes(whole.read_bytes()[:length])
        with pytest.raises(InputError, match="cut.npy"):
            split_geomol(GEOMOL, GeomolSplit(indices=str(tmp_path / "cut.npy")))


def test_etflow(tmp_path):
    # train and val as GeoMol's; of its test part, CC and CC(C), the list has propane: CC(C)
    indices = write_indices(tmp_path / "split0.npy", PARTS)
    listed = tmp_path / "test_smiles.csv"
    listed.write_text("smiles,n_conformers\nCCC,12\n")
    settings = {"indices": indices, "test": str(listed), "counts": (2, 1, 1)}
    chosen = {"CCO": "train", "C": "train", "CC#C": "val", "CC(C)": "test"}
    assert split_etflow(GEOMOL, EtflowSplit(**settings)) == chosen
    listed.write_text("CC(C)\n")
    assert split_etflow(GEOMOL, EtflowSplit(**settings)) == chosen
    with pytest.raises(InputError, match=r"\(243473, 30433, 1000\).*\(2, 1, 1\)"):
        split_etflow(GEOMOL, EtflowSplit(indices=indices, test=str(listed)))
    listed.write_text("CCO\n")
    with pytest.raises(InputError, match="CCO.*is in train"):
        split_etflow(GEOMOL, EtflowSplit(**settings))


# Train: 5 molecules of 5 atoms, 3 of 6 and 2 of 7; val: 5 of 8 atoms; test: 1.
STRATA = {"p": (5, 5), "q": (6, 3), "r": (7, 2), "v": (8, 5), "t": (9, 1)}
DATASET = [Candidate(f"{name}{k}", "", 1, n_atoms)
           for name, (n_atoms, size) in STRATA.items() for k in range(size)]


def test_stratified_subset(tmp_path):
    for subset, names in (("train", "pqr"), ("val", "v"), ("test", "t")):
        lines = [m.id for m in DATASET if m.id[0] in names]
        (tmp_path / f"{subset}.txt").write_text("\n".join(lines))
    whole = ListSplit(**{s: str(tmp_path / f"{s}.txt") for s in ("train", "val", "test")})
    chosen = split_stratified_subset(DATASET, StratifiedSubset(of=whole, train=4, val=2))
    # Train, 4 of 10: 2.0, 1.2 and 0.8 molecules; rounded down 2, 1 and 0; the one that lacks goes
    # to the largest remainder, 0.8. Seed 42 shuffles p to 3 1 2 4 0, q to 1 2 0, r to 1 0.
    assert members(chosen, "train") == {"p3", "p1", "q1", "r1"}
    # Val, 2 of 5 of one size: seed 43 shuffles v to 1 4 3 2 0.
    assert members(chosen, "val") == {"v1", "v4"} and members(chosen, "test") == {"t0"}
    kept = split_stratified_subset(DATASET, StratifiedSubset(of=whole, val=5))
    assert [len(members(kept, s)) for s in ("train", "val", "test")] == [10, 5, 1]
    with pytest.raises(InputError, match="train: got 11, expected 10 at most"):
        split_stratified_subset(DATASET, StratifiedSubset(of=whole, train=11))


@pytest.mark.parametrize("sizes, number, wanted", [
    ({5: 1, 6: 1, 7: 1}, 2, {5: 1, 6: 1, 7: 0}),  # 2/3 each: equal remainders, the smallest first
    ({5: 7, 6: 2, 7: 1}, 10, {5: 7, 6: 2, 7: 1}),
    ({5: 6, 6: 3, 7: 1}, 5, {5: 3, 6: 2, 7: 0}),  # 3.0 1.5 0.5: equal remainders again
    ({5: 50, 6: 30, 7: 20}, 7, {5: 4, 6: 2, 7: 1}),  # 3.5 2.1 1.4: floors 3 2 1, one to 0.5
    ({5: 9}, 0, {5: 0}),
])
def test_quotas(sizes, number, wanted):
    assert quotas(sizes, number) == wanted


def test_quotas_of_the_published_subset_sum_exactly():
    # LENSEs: 24,099 of 240,990 molecules; any distribution of sizes, each quota within one
    sizes = {n: 17 * n % 5_000 + 1 for n in range(4, 182)}
    sizes[182] = 240_990 - sum(sizes.values())
    wanted = quotas(sizes, 24_099)
    assert sum(wanted.values()) == 24_099
    assert all(abs(wanted[n] - sizes[n] / 10) < 1 for n in sizes)


def test_random():
    # sorted m0..m9, shuffled to 6 8 3 2 0 7 1 9 5 4; six train, two validate, two test
    dataset = [Candidate(f"m{k}", "") for k in (3, 1, 4, 0, 5, 9, 2, 6, 8, 7)]
    chosen = split_random(dataset, RandomSplit(train=0.6, val=0.2))
    assert members(chosen, "train") == {"m6", "m8", "m3", "m2", "m0", "m7"}
    assert members(chosen, "val") == {"m1", "m9"} and members(chosen, "test") == {"m5", "m4"}


def test_scaffold():
    # Scaffolds, sorted: cyclohexane C1CCCCC1 (2 molecules), CCN, CCO (acyclic: themselves), benzene
    # c1ccccc1 (3). Shuffled (2 3 1 0): CCO, benzene, CCN, cyclohexane. Of 7 molecules 3.5, 1.75 and
    # 1.75 are lacking. CCO: train (2.5 left); benzene: train (-0.5); CCN: val, the first of two
    # equals (0.75); cyclohexane: test (1.75).
    smiles = ("Cc1ccccc1", "OC1CCCCC1", "CCO", "c1ccccc1", "CCN", "CCc1ccccc1", "C1CCCCC1")
    dataset = [Candidate(f"m{k}", s) for k, s in enumerate(smiles)]
    chosen = split_scaffold(dataset, ScaffoldSplit(train=0.5, val=0.25))
    assert members(chosen, "train") == {"m2", "m0", "m3", "m5"}
    assert members(chosen, "val") == {"m4"} and members(chosen, "test") == {"m1", "m6"}


def test_entries_of_a_summary_that_are_damaged_are_no_molecules(tmp_path):
    good = {name: {"pickle_path": f"{name}.pickle", "uniqueconfs": 9} for name in "abc"}
    bad = {"d": None, "e": {"pickle_path": 5, "uniqueconfs": 9},
           "f": {"pickle_path": "f.pickle", "uniqueconfs": "9"}}
    settings = GeodiffSplit(summary=str(tmp_path / "s.json"), molecules=2, train=0.5, test=1,
                            test_conformers=(1, 20))
    chosen = []
    for entries in (good, {**good, **bad}):
        (tmp_path / "s.json").write_text(json.dumps(entries))
        chosen.append(split_geodiff([Candidate(name, "", 9) for name in "abc"], settings))
    assert chosen[0] == chosen[1] and len(chosen[0]) == 2
