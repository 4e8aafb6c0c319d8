"""import_ensembles, split_dataset, extract_hierarchy."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from pipeline_src.chem.importing import keep_best
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.split_table import (
    SplitRow,
    hash_of,
    read_split,
    split_hash,
    write_split,
)
from pipeline_src.ensembles.split_table import test_shard as shard_of_test
from pipeline_src.ensembles.store import read_ensembles, read_hierarchies
from pipeline_src.import_ensembles import import_ensembles
from pipeline_src.import_part import import_part
from pipeline_src.run.errors import InputError
from pipeline_src.split_dataset import split_dataset


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_import_writes_all_parts_in_order(drugs):
    parts = sorted(p.name for p in drugs.ensembles.iterdir())
    assert parts == ["part-000.parquet", "part-001.parquet", "part-002.parquet"]
    ensembles = list(read_ensembles(drugs.ensembles))
    assert [e.molecule.id for e in ensembles] == [f"geom_drugs_t{k:02d}" for k in range(1, 11)]
    assert all(e.n_conformers == 5 for e in ensembles)
    assert all((np.diff(e.energies_hartree) >= 0).all() for e in ensembles)
    assert drugs.rejected.read_text() == "molecule,conformer,reason\n"


def test_more_parts_than_molecules_are_all_written(tmp_path, make_dataset):
    import_ensembles(make_dataset(parts=12), tmp_path / "e", tmp_path / "r.csv")
    assert len(list((tmp_path / "e").iterdir())) == 12
    assert len(list(read_ensembles(tmp_path / "e"))) == 10


def test_equal_imports_are_equal_bytes(tmp_path, make_dataset, drugs):
    import_ensembles(make_dataset(), tmp_path / "e", tmp_path / "r.csv")
    for part in drugs.ensembles.iterdir():
        assert (tmp_path / "e" / part.name).read_bytes() == part.read_bytes()


def test_parts_made_by_jobs_of_their_own_are_the_same_import(tmp_path, make_dataset, drugs):
    parts, rejected = ([tmp_path / f"{k}{kind}" for k in range(3)] for kind in (".parquet", ".csv"))
    for k in range(3):
        import_part(make_dataset(), k, parts[k], rejected[k])
    import_ensembles(make_dataset(), tmp_path / "e", tmp_path / "r.csv", parts, rejected)
    for part in drugs.ensembles.iterdir():
        assert (tmp_path / "e" / part.name).read_bytes() == part.read_bytes()
    assert (tmp_path / "r.csv").read_bytes() == drugs.rejected.read_bytes()
    with pytest.raises(InputError, match="part: got 3.*0 to 2"):
        import_part(make_dataset(), 3, tmp_path / "x", tmp_path / "y")


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_a_name_that_comes_twice_is_left_out_whatever_the_parts(tmp_path, make_dataset, parts):
    path = tmp_path / "in.smi"
    path.write_text("CCO a\nCC b\nCCC a\nC c\n")
    settings = make_dataset(reader={"kind": "smiles", "paths": [str(path)]}, parts=parts)
    import_ensembles(settings, tmp_path / "e", tmp_path / "r.csv")
    found = {e.molecule.id: e.molecule.n_atoms for e in read_ensembles(tmp_path / "e")}
    assert found == {"a": 9, "b": 8, "c": 5}
    assert [r["molecule"] for r in rows(tmp_path / "r.csv")] == ["a"]


@pytest.mark.parametrize(("energies", "weights", "kept"), [
    (None, None, [0, 1]), ([3.0, 1.0, 2.0, 0.0], None, [1, 3]),
    ([0.0, 1.0, 2.0, 3.0], [0.1, 0.5, 0.1, 0.3], [1, 3]),
])
def test_keep_best(energies, weights, kept):
    molecule = molecule_from_smiles("CO", "x")
    positions = np.arange(4, dtype=np.float32)[:, None, None] * np.ones((6, 3), dtype=np.float32)
    ensemble = Ensemble(molecule, positions,
                        energies_hartree=None if energies is None else np.array(energies),
                        weights=None if weights is None else np.array(weights))
    assert keep_best(ensemble, 2).positions[:, 0, 0].tolist() == kept
    assert keep_best(ensemble, None) is ensemble and keep_best(ensemble, 4) is ensemble


def test_rejections_are_rows_and_nothing_usable_is_an_error(tmp_path, make_dataset):
    path = tmp_path / "in.smi"
    path.write_text("CCO ethanol\nC1CC broken\n[Na+].[Cl-] salt\n")
    smiles = {"kind": "smiles", "paths": [str(path)]}
    import_ensembles(make_dataset(reader=smiles), tmp_path / "e", tmp_path / "r.csv")
    assert [(r["molecule"], r["conformer"]) for r in rows(tmp_path / "r.csv")] == [
        ("broken", ""), ("salt", "")]
    path.write_text("C1CC broken\n")
    with pytest.raises(InputError, match="broken.*not a valid SMILES"):
        import_ensembles(make_dataset(reader=smiles), tmp_path / "e2", tmp_path / "r2.csv")
    path.write_text("# nothing\n")
    with pytest.raises(InputError, match="no records"):
        import_ensembles(make_dataset(reader=smiles), tmp_path / "e2", tmp_path / "r2.csv")
    assert not (tmp_path / "e2").exists() and not (tmp_path / "r2.csv").exists()


def test_split_table(drugs):
    split = read_split(drugs.split)
    ensembles = list(read_ensembles(drugs.ensembles))
    assert [row.molecule for row in split] == [e.molecule.id for e in ensembles]
    assert {row.subset for row in split} == {"test"} and {row.shard for row in split} == {0, 1}
    assert [row.cost for row in split] == [e.molecule.n_atoms**2 * 5 for e in ensembles]
    loads = [sum(r.cost for r in split if r.shard == s) for s in (0, 1)]
    assert abs(loads[0] - loads[1]) <= max(row.cost for row in split)
    shards = [shard_of_test(drugs.split, s) for s in (0, 1, 2)]
    assert sorted(shards[0] + shards[1]) == [row.molecule for row in split] and shards[2] == []


def test_split_of_the_shipped_lists(tmp_path, make_dataset, resources):
    mini = resources / "mini_qm9"
    settings = make_dataset(
        reader={"kind": "sdf", "paths": [str(mini / f"{s}.sdf.gz") for s in ("train", "test")]},
        split={"kind": "lists", **{s: str(mini / f"{s}.txt") for s in ("train", "val", "test")}})
    import_ensembles(settings, tmp_path / "e", tmp_path / "r.csv")
    split_dataset(settings, tmp_path / "e", tmp_path / "split.csv")
    split = read_split(tmp_path / "split.csv")
    counts = {s: sum(row.subset == s for row in split) for s in ("train", "val", "test")}
    assert counts == {"train": 429, "val": 47, "test": 12}
    assert {row.n_references for row in split if row.subset == "test"} == {5}
    first = (tmp_path / "split.csv").read_bytes()
    split_dataset(settings, tmp_path / "e", tmp_path / "split.csv")
    assert (tmp_path / "split.csv").read_bytes() == first


def test_split_table_round_trip_and_bad_tables(tmp_path):
    written = [SplitRow("a,b", "train", 0, 3, 12), SplitRow("c", "test", 1, 0, 4)]
    assert write_split(tmp_path / "s.csv", written) == 2
    assert read_split(tmp_path / "s.csv") == written
    text = (tmp_path / "s.csv").read_text()
    assert text.startswith(f"# sha256 of molecules and subsets: {split_hash(tmp_path / 's.csv')}\n")
    for content in (text.replace("train", "val"), text.replace("\nc,test", "\nd,test"),
                    text.partition("\n")[2], "molecule,subset\na,train\n", "",
                    "molecule,subset,shard,n_references,cost\na,train,x,1,1\n",
                    "molecule,subset,shard,n_references,cost\na,train,1\n",
                    "molecule,subset,shard,n_references,cost\na,dev,1,1,1\n"):
        (tmp_path / "bad.csv").write_text(content)
        with pytest.raises(InputError, match="bad.csv"):
            read_split(tmp_path / "bad.csv")
    with pytest.raises(InputError, match="absent.csv"):
        read_split(tmp_path / "absent.csv")


def test_the_hash_of_a_split_is_that_of_its_membership():
    rows = [SplitRow("b", "train", 0, 3, 12), SplitRow("a", "test", 1, 0, 4)]
    # sha256 of "a<tab>test<newline>b<tab>train<newline>", by sha256sum
    assert hash_of(rows) == hash_of([replace(row, shard=7) for row in rows[::-1]]) == (
        "2f358694f66d3f5ed3e4a67f864fb457be1c30e70ad121bdad5de16a450e3c9c")
    assert hash_of(rows) != hash_of([replace(rows[0], subset="val"), rows[1]])


def test_a_recipe_may_place_more_than_the_dataset_has(tmp_path, drugs, make_dataset, capsys):
    (tmp_path / "s.json").write_text(json.dumps(
        {f"geom_drugs_t{k:02d}": {"uniqueconfs": 5, "pickle_path": "x"} for k in range(1, 13)}))
    settings = make_dataset(split={"kind": "geodiff", "summary": str(tmp_path / "s.json"),
                                   "molecules": 10, "test": 3, "test_conformers": [5, 5]})
    split_dataset(settings, drugs.ensembles, tmp_path / "split.csv")
    # train 6 3 9 4 12 2 10 5, val 8, test 1 11 7; there is no 11 and no 12
    assert "lacks 2 of the 12 molecules" in capsys.readouterr().err
    placed = {row.molecule[-2:]: row.subset for row in read_split(tmp_path / "split.csv")}
    assert placed == {**dict.fromkeys(("06", "03", "09", "04", "02", "10", "05"), "train"),
                      "08": "val", "01": "test", "07": "test"}


def test_hierarchies_and_their_table(drugs):
    hierarchies = list(read_hierarchies(drugs.hierarchies))
    table = rows(drugs.levels)
    assert len(table) == 3 * len(hierarchies)
    for hierarchy in hierarchies:
        assert hierarchy.n_references == 5
        mine = {r["level"]: r for r in table if r["molecule"] == hierarchy.molecule.id}
        assert list(mine) == ["scaffold", "heavy", "all"]
        for level, row in mine.items():
            assert int(row["n_beads"]) == len(hierarchy.levels[level])
            assert row["collapsed"] == str(int(level in hierarchy.collapsed))
            assert row["reason"] == hierarchy.collapsed.get(level, "")
    assert any(row["collapsed"] == "1" for row in table)
