"""Missing, truncated and foreign files: an error that names the file, and no output."""

import json

import pyarrow.parquet as pq
import pytest
from small_stages import sample_settings, stage, write_trained
from step_commands import RESOURCES, command, refusal, rows

from pipeline_src.coarsen_reference import coarsen_reference
from pipeline_src.embed_rdkit import embed_rdkit
from pipeline_src.export_sdf import export_sdf
from pipeline_src.extract_hierarchy import extract_hierarchy
from pipeline_src.import_ensembles import import_ensembles
from pipeline_src.make_tables import make_tables
from pipeline_src.run.settings.jobs import ScoredSource, TableSettings
from pipeline_src.sample_stage import sample_stage
from pipeline_src.score_geometry import score_geometry
from pipeline_src.score_properties import score_properties
from pipeline_src.split_dataset import split_dataset
from pipeline_src.stages.weights import save_atomically
from pipeline_src.train_stage import train_stage

SOURCE = {"source": "rdkit", "samples": {"count": 1}, "seed": 1}
GRID = {"geometry": {"symmetrize": [True]}, "deltas_angstrom": [0.5]}
SHIPPED = RESOURCES / "mini_qm9/smoke.sdf.gz"


def reader(kind, path) -> dict:
    return {"reader": {"kind": kind, "paths": [str(path)]}}


@pytest.fixture
def folder(tmp_path):
    """Where outputs go; with an earlier one that has to stay."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out/first").write_text("earlier")
    return tmp_path / "out"


def table_settings(path) -> TableSettings:
    source = ScoredSource(chain="c", dataset="d", seed=1, sampler="s", pattern=str(path))
    return TableSettings(
        experiment="e", geometry=(source,), deltas_angstrom={"d": (0.5,)},
        failure_policies=("zero",), bootstrap_resamples=10, bootstrap_seed=1)


def tables(out) -> dict:
    return {f"out_{name}": out / name for name in (
        "geometry", "curve", "properties", "failures", "comparison", "paired",
        "property_molecules", "property_comparison", "property_paired")}


def steps_that_read(absent, data, out) -> dict:
    """Step -> arguments in which one input, any, is ``absent``; the first output is ``first``."""
    first = out / "first"
    ends = {"hierarchies": data.hierarchies, "split": data.split, "shard": 0, "out": first}
    return {
        import_ensembles: {"settings": reader("sdf", absent), "out": first, "rejected": out / "r"},
        split_dataset: {"settings": {"split": {"kind": "random"}}, "ensembles": absent,
                        "out": first},
        extract_hierarchy: {"ensembles": absent, "out": first, "levels": out / "l"},
        embed_rdkit: {"settings": SOURCE, **ends, "hierarchies": absent},
        coarsen_reference: {"settings": {**SOURCE, "source": "oracle"}, **ends,
                            "ensembles": absent},
        sample_stage: {"settings": sample_settings(), **ends, "weights": absent, "coarser": [],
                       "trained": write_trained(out.parent / "t.json", stage()),
                       "atom_budget": 9, "threads": 1},
        train_stage: {"settings": {"name": "s", "stage": stage().model_dump(), "seed": 1},
                      "code": "c", "ensembles": data.ensembles, "hierarchies": data.hierarchies,
                      "split": absent, "run_dir": out / "run", "threads": 1, "weights": first,
                      "settings_out": out / "s", "curve": out / "c"},
        score_geometry: {"settings": GRID, "ensembles": data.ensembles, "split": data.split,
                         "shard": 0, "samples": absent, "threads": 1, "out": first},
        score_properties: {"reference": [absent], "generated": [absent], "out": first},
        export_sdf: {"samples": [data.samples], "out": first, "rejected": out / "r",
                     "imported": [absent]},
        make_tables: {"settings": table_settings(absent), **tables(out)},
    }


@pytest.mark.parametrize("step", [
    import_ensembles, split_dataset, extract_hierarchy, embed_rdkit, coarsen_reference,
    sample_stage, train_stage, score_geometry, score_properties, export_sdf, make_tables])
def test_a_missing_file(folder, data, capsys, step):
    arguments = steps_that_read(folder.parent / "absent.file", data, folder)[step]
    said = refusal(folder, capsys, "InputError", step, **arguments)
    assert "absent.file: got" in said and "No such file or directory" in said
    assert "expected a " in said


@pytest.mark.parametrize("step", [
    import_ensembles, split_dataset, extract_hierarchy, embed_rdkit, coarsen_reference,
    sample_stage, train_stage, score_geometry, score_properties, export_sdf, make_tables])
def test_a_file_of_another_kind(folder, data, capsys, step):
    garbage = folder.parent / "noise.gz"
    garbage.write_bytes(bytes(range(1, 256)) * 9)
    said = refusal(folder, capsys, "InputError", step,
                   **steps_that_read(garbage, data, folder)[step])
    assert "noise.gz: got" in said and "expected " in said


def test_a_missing_smiles_file(folder, capsys):
    said = refusal(folder, capsys, "InputError", import_ensembles, out=folder / "first",
                   settings=reader("smiles", "absent.smi"), rejected=folder / "r")
    assert "absent.smi: got" in said and "expected a readable text file of SMILES" in said


@pytest.mark.parametrize("length", [3, 0.5, -9])
def test_a_truncated_gzip(folder, capsys, length):
    whole = SHIPPED.read_bytes()
    cut = folder.parent / "cut.sdf.gz"
    cut.write_bytes(whole[: int(length * len(whole)) if length == 0.5 else length])
    said = refusal(folder, capsys, "InputError", import_ensembles, out=folder / "first",
                   settings=reader("sdf", cut), rejected=folder / "r.csv")
    assert "cut.sdf.gz: got" in said and "expected a readable SDF or SDF.gz file" in said
    assert "has to be copied or downloaded again" in said


@pytest.mark.parametrize("keep", [0.4, 0.95])
def test_a_truncated_parquet_file(folder, data, capsys, keep):
    part = next(data.ensembles.glob("*.parquet")).read_bytes()
    (folder.parent / "cut.parquet").write_bytes(part[: int(keep * len(part))])
    said = refusal(folder, capsys, "InputError", extract_hierarchy, out=folder / "first",
                   ensembles=folder.parent / "cut.parquet", levels=folder / "l.csv")
    assert "cut.parquet: got" in said and "expected a readable Parquet file" in said


def test_damaged_bytes_within_a_parquet_file(folder, data, capsys):
    part = bytearray(next(data.ensembles.glob("*.parquet")).read_bytes())
    at = part.index(b"\x28\xb5\x2f\xfd")  # a zstd frame
    part[at : at + 4] = b"----"
    (folder.parent / "hurt.parquet").write_bytes(part)
    said = refusal(folder, capsys, "InputError", extract_hierarchy, out=folder / "first",
                   ensembles=folder.parent / "hurt.parquet", levels=folder / "l.csv")
    assert "hurt.parquet: got" in said and "Delete it and run again" in said


def older(name, data, folder):
    """Step and arguments with one result as an older version of the project wrote it."""
    table, place = folder.parent / name, steps_that_read(folder.parent / name, data, folder)
    if name == "samples.parquet":  # no notes yet
        pq.write_table(pq.read_table(data.samples).drop_columns("notes"), table)
        return score_geometry, place[score_geometry]
    if name == "split.csv":  # no costs yet
        lines = [line.rpartition(",")[0] for line in data.split.read_text().splitlines()]
        table.write_text("\n".join(lines) + "\n")
        return train_stage, place[train_stage]
    if name == "scores.csv":
        table.write_text("molecule,delta,cov_r\na,0.5,1\n")
        return make_tables, place[make_tables]
    if name == "rejected.csv":
        table.write_text("name,reason\na,b\n")
        return export_sdf, place[export_sdf]
    table.write_text("molecule,conformer,energy\na,0,-1\n")
    return score_properties, place[score_properties]


@pytest.mark.parametrize("name, expected", [
    ("samples.parquet", "expected the columns and types ['molecule', "),
    ("split.csv", "expected the columns molecule, subset, shard"),
    ("scores.csv", "expected also the columns ['symmetrize'"),
    ("rejected.csv", "expected the columns molecule, conformer, reason"),
    ("properties.csv", "expected the columns molecule, conformer, energy_hartree")])
def test_a_result_of_another_version(folder, data, capsys, name, expected):
    step, arguments = older(name, data, folder)
    said = refusal(folder, capsys, "InputError", step, **arguments)
    assert f"{name}: got" in said and expected in said
    assert "It may stem from another version: delete it and run again." in said


def test_settings_of_another_version(folder, data, capsys):
    path = write_trained(folder.parent / "settings.json", stage())
    record = json.loads(path.read_text())
    record["stage"]["process"]["noise"] = record["stage"]["process"].pop("beta_start")
    path.write_text(json.dumps(record))
    save_atomically(folder.parent / "w.pt", {})
    arguments = steps_that_read(folder.parent / "w.pt", data, folder)[sample_stage]
    said = refusal(folder, capsys, "InputError", sample_stage, **{**arguments, "trained": path})
    assert "settings.json: got" in said and "stage.process.noise: trained with" in said
    assert "stage.process.beta_start: trained with no such key" in said
    assert "Train it with these settings" in said


def test_sound_files_are_taken(folder, data, capsys):
    """The refusals above come from their one wrong file: the same command passes without it."""
    arguments = steps_that_read(data.samples, data, folder)[score_geometry]
    command(score_geometry, **arguments)
    assert {row["status"] for row in rows(folder / "first")} == {"ok"}
