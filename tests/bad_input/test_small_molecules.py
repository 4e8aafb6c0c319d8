"""Molecules without references, of one atom, of two, too large or of other elements: all steps."""

import csv
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from small_stages import EVERY_ELEMENT, network, sample_settings, train_settings, write_trained
from step_commands import command, contents, refusal, rows

from pipeline_src.chem.embed import embed_etkdg
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.coarsen_reference import coarsen_reference
from pipeline_src.embed_rdkit import embed_rdkit
from pipeline_src.ensembles.split_table import read_split, write_split
from pipeline_src.ensembles.store import read_ensembles, read_hierarchies, write_ensembles
from pipeline_src.export_sdf import export_sdf
from pipeline_src.extract_hierarchy import extract_hierarchy
from pipeline_src.import_ensembles import import_ensembles
from pipeline_src.sample_stage import sample_stage
from pipeline_src.score_geometry import score_geometry
from pipeline_src.split_dataset import split_dataset
from pipeline_src.stages.weights import save_atomically
from pipeline_src.train_stage import train_stage

GRID = {"geometry": {"symmetrize": [True], "grid_stop_angstrom": 0.5}, "deltas_angstrom": [0.5]}
MOLECULES = {"helium": "[He]", "sodium": "[Na+]", "hydrogen": "[H][H]", "HF": "F", "N2": "N#N",
             "methane": "C", "ethanol": "CCO"}
ATOMS = {"helium": 1, "sodium": 1, "hydrogen": 2, "HF": 2, "N2": 2, "methane": 5, "ethanol": 9}


def data_of(folder, reader, **split) -> SimpleNamespace:
    """A dataset's files, by the commands."""
    paths = SimpleNamespace(ensembles=folder / "e", rejected=folder / "r.csv",
                            split=folder / "split.csv", hierarchies=folder / "h.parquet",
                            levels=folder / "levels.csv")
    command(import_ensembles, settings={"reader": reader}, out=paths.ensembles,
            rejected=paths.rejected)
    command(split_dataset, settings={"split": {"kind": "random", "train": 0, "val": 0, **split}},
            ensembles=paths.ensembles, out=paths.split)
    command(extract_hierarchy, ensembles=paths.ensembles, out=paths.hierarchies,
            levels=paths.levels)
    return paths


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Two conformers of each small molecule, all test molecules; and all for training."""
    folder = tmp_path_factory.mktemp("small")
    molecules = [molecule_from_smiles(smiles, name) for name, smiles in MOLECULES.items()]
    write_ensembles(folder / "in.parquet", [embed_etkdg(m, 2, 1) for m in molecules])
    paths = data_of(folder, {"kind": "parquet", "paths": [str(folder / "in.parquet")]})
    assert rows(paths.rejected) == []
    paths.training = folder / "training.csv"
    write_split(paths.training, (replace(row, subset="val" if row.molecule == "HF" else "train")
                                 for row in read_split(paths.split)))
    return paths


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Two SMILES: molecules without reference conformers."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "in.smi").write_text("CCO ethanol\nCC ethane\n")
    return data_of(folder, {"kind": "smiles", "paths": [str(folder / "in.smi")]})


def sampling(folder, data, settings, **changes) -> dict:
    """Arguments of ``sample_stage`` with an untrained network of the settings."""
    save_atomically(folder / "weights.pt", network(settings).state_dict())
    write_trained(folder / "settings.json", settings.stage, changes.pop("elements", EVERY_ELEMENT))
    return {"settings": settings, "weights": folder / "weights.pt",
            "trained": folder / "settings.json", "hierarchies": data.hierarchies,
            "split": data.split, "shard": 0, "coarser": [], "atom_budget": 1000, "threads": 1,
            "out": folder / "samples.parquet", **changes}


def scored(folder, data) -> dict[str, dict]:
    """The score row of each molecule at 0.5 Å."""
    command(score_geometry, settings=GRID, ensembles=data.ensembles, split=data.split, shard=0,
            samples=folder / "samples.parquet", threads=1, out=folder / "scores.csv",
            hierarchies=data.hierarchies)
    return {row["molecule"]: row for row in rows(folder / "scores.csv") if row["delta"] == "0.5"}


def check_samples(folder, data, count) -> None:
    """Every molecule has its conformers, and scores where it has heavy atoms; none is lost."""
    samples = {e.molecule.id: e for e in read_ensembles(folder / "samples.parquet")}
    assert {name: e.molecule.n_atoms for name, e in samples.items()} == ATOMS
    assert all(e.n_conformers == count and e.ok.all() for e in samples.values())
    table = scored(folder, data)
    assert set(table) == set(ATOMS)
    hydrogen = table.pop("hydrogen")
    assert hydrogen["status"] == "failed" and "no heavy atom" in hydrogen["reason"]
    assert {row["status"] for row in table.values()} == {"ok"}
    assert table["helium"]["mat_r"] == table["HF"]["mat_r"] == "0"  # one point on another
    command(export_sdf, samples=[folder / "samples.parquet"], out=folder / "all.sdf",
            rejected=folder / "rejected.csv")
    assert (folder / "all.sdf").read_text().count("$$$$") == count * len(ATOMS)
    assert rows(folder / "rejected.csv") == []


def test_one_and_two_atoms_have_levels(small):
    levels = {h.molecule.id: h for h in read_hierarchies(small.hierarchies)}
    assert {name: len(h.levels["all"]) for name, h in levels.items()} == ATOMS
    assert levels["helium"].collapsed["heavy"] == "every atom is a heavy atom"
    assert levels["hydrogen"].collapsed["heavy"] == "no heavy atom"
    assert levels["HF"].levels["heavy"].tolist() == [0]
    with open(small.levels, newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 3 * len(ATOMS)


def test_one_and_two_atoms_are_embedded_and_scored(small, tmp_path):
    command(embed_rdkit, settings={"source": "rdkit", "samples": {"per_reference": 2}, "seed": 1},
            hierarchies=small.hierarchies, split=small.split, shard=0,
            out=tmp_path / "samples.parquet")
    check_samples(tmp_path, small, 4)


def test_one_and_two_atoms_are_trained_sampled_and_scored(small, tmp_path):
    """Through a chain of two stages; the networks are real, if hardly trained."""
    for guided, level in ((False, "heavy"), (True, "all")):
        settings = train_settings(guided=guided, level=level, iterations=4, validate_every=2)
        folder = tmp_path / level
        command(train_stage, settings=settings, code="c", ensembles=small.ensembles,
                hierarchies=small.hierarchies, split=small.training, run_dir=folder / "run",
                threads=1, weights=folder / "weights.pt", settings_out=folder / "settings.json",
                curve=folder / "curve.csv")
        losses = [float(row[name]) for row in rows(folder / "curve.csv")
                  for name in ("train_loss", "validation_loss")]
        assert np.isfinite(losses).all()
        wanted = sample_settings(guided=guided, level=level, iterations=4, validate_every=2)
        # of HF, the validation molecule, training has not seen the fluorine
        write_trained(folder / "settings.json", settings.stage)
        coarser = [tmp_path / "heavy/samples.parquet"] if guided else []
        command(sample_stage, settings=wanted, weights=folder / "weights.pt",
                trained=folder / "settings.json", hierarchies=small.hierarchies,
                split=small.split, shard=0, coarser=coarser, atom_budget=1000, threads=1,
                out=folder / "samples.parquet")
    check_samples(tmp_path / "all", small, 3)


def test_an_element_unseen_in_training_is_rows_and_the_others_are_drawn(small, tmp_path):
    known = {1, 2, 6, 7, 8, 9}
    command(sample_stage, **sampling(tmp_path, small, sample_settings(), elements=known))
    for ensemble in read_ensembles(tmp_path / "samples.parquet"):
        reason = "element Na was not in the training data of small"
        assert set(ensemble.reasons) == {reason if ensemble.molecule.id == "sodium" else ""}
    table = scored(tmp_path, small)
    assert table["sodium"]["status"] == "failed"
    assert table["sodium"]["reason"] == ("no usable sample: element Na was not in the training "
                                         "data of small")
    assert table["ethanol"]["status"] == "ok"
    command(export_sdf, samples=[tmp_path / "samples.parquet"], out=tmp_path / "o.sdf",
            rejected=tmp_path / "o.csv")
    assert [row["molecule"] for row in rows(tmp_path / "o.csv")] == ["sodium"] * 3


@pytest.mark.parametrize("budget", [1, 8])
def test_molecules_larger_than_the_atom_budget_are_drawn(small, tmp_path, budget):
    drawn = []
    for atoms in (budget, 10_000):
        command(sample_stage, **sampling(tmp_path, small, sample_settings(), atom_budget=atoms))
        drawn.append(list(read_ensembles(tmp_path / "samples.parquet")))
    for alone, together in zip(*drawn, strict=True):
        assert alone.ok.all() and alone.molecule.id == together.molecule.id
        assert np.abs(alone.positions - together.positions).max() < 1e-3


def test_no_references_to_multiply_is_an_error(bare, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    common = {"hierarchies": bare.hierarchies, "split": bare.split, "shard": 0,
              "out": tmp_path / "out/samples.parquet"}
    multiplied = {"source": "rdkit", "samples": {"per_reference": 2}, "seed": 1}
    texts = [refusal(tmp_path / "out", capsys, "InputError", embed_rdkit, settings=multiplied,
                     **common)]
    arguments = sampling(tmp_path, bare, sample_settings(samples={"per_reference": 2}))
    texts.append(refusal(tmp_path / "out", capsys, "InputError", sample_stage,
                         **{**arguments, "out": common["out"]}))
    for said in texts:
        assert "samples of ethanol: got 'per_reference: 2', expected 'count'" in said
        assert "has no reference conformers" in said
    said = refusal(tmp_path / "out", capsys, "InputError", coarsen_reference,
                   ensembles=bare.ensembles, **common,
                   settings={"source": "oracle", "samples": {"count": 2}, "seed": 1})
    assert "molecule ethanol: got 'no reference', expected at least one" in said


def test_no_references_to_score_against_is_a_row(bare, tmp_path):
    command(embed_rdkit, settings={"source": "rdkit", "samples": {"count": 2}, "seed": 1},
            hierarchies=bare.hierarchies, split=bare.split, shard=0,
            out=tmp_path / "samples.parquet")
    before = contents(tmp_path)
    for row in scored(tmp_path, bare).values():
        assert row["status"] == "failed" and row["reason"] == "no reference conformers"
        assert (row["n_references"], row["n_samples"]) == ("0", "2")
    assert before["samples.parquet"] == (tmp_path / "samples.parquet").read_bytes()


def test_no_references_to_train_on_is_an_error(bare, tmp_path, capsys):
    split = tmp_path / "split.csv"
    write_split(split, (replace(row, subset="train") for row in read_split(bare.split)))
    (tmp_path / "out").mkdir()
    said = refusal(tmp_path / "out", capsys, "InputError", train_stage, settings=train_settings(),
                   code="c", ensembles=bare.ensembles, hierarchies=bare.hierarchies, split=split,
                   run_dir=tmp_path / "out/run", threads=1, weights=tmp_path / "out/w",
                   settings_out=tmp_path / "out/s", curve=tmp_path / "out/c")
    assert "subset 'train': got 'no conformer', expected at least one molecule" in said
