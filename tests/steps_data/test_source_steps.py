"""embed_rdkit, coarsen_reference and export_sdf."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.coarsen_reference import coarsen_reference
from pipeline_src.embed_rdkit import embed_rdkit
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.split_table import test_shard as shard_of_test
from pipeline_src.ensembles.store import read_ensembles, read_hierarchies, write_ensembles
from pipeline_src.export_sdf import export_sdf
from pipeline_src.extract_hierarchy import extract_hierarchy
from pipeline_src.import_ensembles import import_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import SdfReader
from pipeline_src.run.settings.sampling import SourceSettings
from pipeline_src.split_dataset import split_dataset


def source(name="rdkit", level="all", seed=2021, **samples):
    return SourceSettings(source=name, level=level, seed=seed, samples=samples or {"count": 2})


def embedded(drugs, out, settings, shard=0):
    embed_rdkit(settings, drugs.hierarchies, drugs.split, shard, out)
    return list(read_ensembles(out))


def test_embedding_a_shard(drugs, tmp_path):
    samples = embedded(drugs, tmp_path / "s.parquet", source())
    assert [s.molecule.id for s in samples] == shard_of_test(drugs.split, 0)
    assert all(s.n_conformers == 2 and s.level == "all" and s.ok.all() for s in samples)
    first = (tmp_path / "s.parquet").read_bytes()
    embedded(drugs, tmp_path / "s.parquet", source())
    assert (tmp_path / "s.parquet").read_bytes() == first


def test_a_coarse_level_keeps_its_atoms_of_the_same_embedding(drugs, tmp_path):
    whole = embedded(drugs, tmp_path / "all.parquet", source())
    coarse = embedded(drugs, tmp_path / "heavy.parquet", source(level="heavy"))
    levels = {h.molecule.id: h.levels["heavy"] for h in read_hierarchies(drugs.hierarchies)}
    for fine, beads in zip(whole, coarse, strict=True):
        atoms = levels[fine.molecule.id]
        assert beads.level == "heavy" and beads.molecule.smiles == ""
        assert np.array_equal(beads.positions, fine.positions[:, atoms])
        assert np.array_equal(beads.molecule.numbers, fine.molecule.numbers[atoms])


def test_mmff_relaxes_and_counts_by_reference(drugs, tmp_path):
    plain = embedded(drugs, tmp_path / "p.parquet", source(per_reference=1), shard=1)
    relaxed = embedded(drugs, tmp_path / "r.parquet", source("rdkit-mmff", per_reference=1), 1)
    assert all(e.n_conformers == 5 for e in plain + relaxed)
    assert not np.array_equal(plain[0].positions, relaxed[0].positions)


def test_oracle_cycles_the_references(drugs, tmp_path):
    coarsen_reference(source("oracle", "heavy", count=7), drugs.ensembles, drugs.hierarchies,
                      drugs.split, 0, tmp_path / "o.parquet")
    references = {e.molecule.id: e for e in read_ensembles(drugs.ensembles)}
    levels = {h.molecule.id: h.levels["heavy"] for h in read_hierarchies(drugs.hierarchies)}
    samples = list(read_ensembles(tmp_path / "o.parquet"))
    assert [s.molecule.id for s in samples] == shard_of_test(drugs.split, 0)
    for sample in samples:
        truth = references[sample.molecule.id].positions[:, levels[sample.molecule.id]]
        assert np.array_equal(sample.positions, truth[[0, 1, 2, 3, 4, 0, 1]])
        assert sample.level == "heavy"


@pytest.fixture
def bare(tmp_path, make_dataset):
    """Data files of two SMILES, and the rejections of a third."""
    (tmp_path / "in.smi").write_text("CCO ethanol\nC1CC broken\nC1#CCC1 strained\n")
    settings = make_dataset(reader={"kind": "smiles", "paths": [str(tmp_path / "in.smi")]},
                            shards=1)
    import_ensembles(settings, tmp_path / "e", tmp_path / "rejected.csv")
    split_dataset(settings, tmp_path / "e", tmp_path / "split.csv")
    extract_hierarchy(tmp_path / "e", tmp_path / "h.parquet", tmp_path / "levels.csv")
    return tmp_path


def test_smiles_in_sdf_out(bare):
    embed_rdkit(source(count=3), bare / "h.parquet", bare / "split.csv", 0, bare / "s.parquet")
    export_sdf([bare / "s.parquet"], bare / "out.sdf.gz", bare / "out.csv",
               [bare / "rejected.csv"])
    (ensemble,) = read_sdf(SdfReader(paths=(str(bare / "out.sdf.gz"),)))
    assert ensemble.molecule.id == "ethanol" and ensemble.n_conformers == 3
    with open(bare / "out.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert [(r["molecule"], r["conformer"]) for r in table] == [
        ("broken", ""), ("strained", "0"), ("strained", "1"), ("strained", "2")]
    assert "not a valid SMILES" in table[0]["reason"]
    assert table[1]["reason"] == "ETKDG found no conformer"


def test_molecules_without_references_need_a_count(bare):
    with pytest.raises(InputError, match="ethanol.*count"):
        embed_rdkit(source(per_reference=2), bare / "h.parquet", bare / "split.csv", 0,
                    bare / "s.parquet")
    with pytest.raises(InputError, match="ethanol.*no reference"):
        coarsen_reference(source("oracle", "heavy"), bare / "e", bare / "h.parquet",
                          bare / "split.csv", 0, bare / "s.parquet")
    assert not (bare / "s.parquet").exists()


def test_oracle_is_not_embedded(bare):
    with pytest.raises(InputError, match="oracle"):
        embed_rdkit(source("oracle"), bare / "h.parquet", bare / "split.csv", 0,
                    bare / "s.parquet")


def test_export_refuses_coarse_samples_and_foreign_tables(drugs, tmp_path):
    reference = next(read_ensembles(drugs.ensembles))
    atoms = np.arange(4)
    write_ensembles(tmp_path / "c.parquet", [Ensemble(
        reference.molecule.induced(atoms), reference.positions[:, atoms], "heavy")])
    with pytest.raises(InputError, match="all"):
        export_sdf([tmp_path / "c.parquet"], tmp_path / "x.sdf", tmp_path / "x.csv")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="bad.csv"):
        export_sdf([], tmp_path / "x.sdf", tmp_path / "x.csv", [tmp_path / "bad.csv"])
    assert not (tmp_path / "x.sdf").exists()


def test_the_command_lines(bare):
    def run(step, **arguments):
        words = [w for k, v in arguments.items()
                 for w in (f"--{k}", *(v if isinstance(v, list) else [v]))]
        return subprocess.run([sys.executable, "-m", f"pipeline_src.{step}", *map(str, words)],
                              capture_output=True, text=True, cwd=bare)

    settings = json.dumps(source(count=1).model_dump())
    done = run("embed_rdkit", settings=settings, hierarchies="h.parquet", split="split.csv",
               shard=0, out="s.parquet")
    assert done.returncode == 0, done.stderr
    done = run("export_sdf", samples=["s.parquet"], out="o.sdf", rejected="o.csv")
    assert done.returncode == 0, done.stderr
    assert (bare / "o.sdf.provenance.json").exists()
    done = run("embed_rdkit", settings=settings, hierarchies="absent.parquet", split="split.csv",
               shard=0, out="t.parquet")
    assert done.returncode == 2 and "absent.parquet" in done.stderr
    assert "Traceback" not in done.stderr and not (bare / "t.parquet").exists()
