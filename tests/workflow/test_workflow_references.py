"""A reference set by its target, then as an earlier set that is not done again."""

import csv

SET = """
toy:
  molecules: resources/toy/my molecules.csv
  finished: resources/toy
  chunks: 2
  search: {engine: {kind: mmff}, embeddings: {base: 4, most: 4}}
"""
MOLECULES = "molecule_id,smiles,subset,geom_n_conformers\n" + "\n".join(
    ["a,CCO,test,2", "b,CCCO,train,", "c,C[CH2],train,"])
FILES = ("ensembles/test.parquet", "ensembles/train.parquet", "manifest.csv")


def test_set_is_made_by_its_target_and_goes_on_from_what_is_shipped(fresh):
    fresh.append("config/references.yaml", SET)
    shipped, made = (fresh.folder / place for place in ("resources/toy", "results/references/toy"))
    shipped.mkdir()
    (shipped / "my molecules.csv").write_text(MOLECULES + "\n")
    planned = fresh.rules("toy_references")
    assert planned == {"reference_ensembles": 2, "collect_references": 1, "toy_references": 1}
    fresh.run("toy_references")
    with open(made / "manifest.csv", newline="") as opened:
        assert [row["status"] for row in csv.DictReader(opened)] == ["ok", "ok", "failed"]
    for name in ("ensembles", "manifest.csv"):
        (made / name).rename(shipped / name)
    first = {name: (shipped / name).read_bytes() for name in FILES}

    fresh.edit("pipeline_src/reference_ensembles.py", "        result, lasting = _search(",
               "        raise SystemExit('done again')\n        result, lasting = _search(")
    (made / "finished").rename(made / "aside")
    fresh.run("toy_references", "--forceall")
    assert {name: (made / name).read_bytes() for name in FILES} == first
