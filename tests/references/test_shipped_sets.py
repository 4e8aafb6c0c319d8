"""What is shipped: tables of molecules, and ensembles as far as they are there."""

import csv
from pathlib import Path

import numpy as np
import pytest

from pipeline_src.chem.bonding import changed_bond
from pipeline_src.chem.molecule_draw import graph_smiles
from pipeline_src.chem.molecule_table import read_molecule_table
from pipeline_src.chem.splits.base import Candidate
from pipeline_src.chem.splits.lists import read_entries
from pipeline_src.ensembles.split_table import SUBSETS
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.quantum.ensemble_search import boltzmann_weights
from pipeline_src.quantum.finished_ensembles import molecule_key
from pipeline_src.quantum.manifest import read_manifest
from pipeline_src.run.parts import load_part
from pipeline_src.run.registry import load_registry
from pipeline_src.run.units import HARTREE_TO_KCAL_MOL

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = load_registry(ROOT / "config")
SETS = REGISTRY.references
DATASETS = [f"{name}_{split}" for name in SETS for split in ("geodiff", "scaffold")]


@pytest.mark.parametrize("name", SETS)
def test_no_test_molecule_is_for_training(name):
    rows = read_molecule_table(ROOT / SETS[name].molecules)
    graphs = {subset: {graph_smiles(r.smiles) for r in rows if r.subset == subset}
              for subset in ("train", "test")}
    assert {r.subset for r in rows} == {"train", "test"} and "" not in graphs["train"]
    assert not graphs["train"] & graphs["test"]
    assert all(r.geom_n_conformers for r in rows if r.subset == "test")


@pytest.mark.parametrize("name", SETS)
def test_shipped_ensembles_are_what_their_manifest_says(name):
    folder, manifest = ROOT / SETS[name].finished, ROOT / SETS[name].finished / "manifest.csv"
    rows = {row["molecule_id"]: row for row in read_manifest(manifest)}
    found = {e.molecule.id: e for e in read_ensembles(folder / "ensembles")}
    assert found and set(found) == {id for id, row in rows.items() if row["status"] == "ok"}
    assert all(row["reason"] for row in rows.values() if row["status"] != "ok")
    for id, ensemble in found.items():
        row, energies = rows[id], ensemble.energies_hartree
        relative = (energies - energies[0]) * HARTREE_TO_KCAL_MOL
        assert row["key"] == molecule_key(id, row["smiles"], SETS[name].search)
        assert int(row["n_conformers"]) == ensemble.n_conformers
        assert (np.diff(relative) >= 0).all() and relative[-1] <= SETS[name].search.window_kcal_mol
        assert ensemble.weights == pytest.approx(boltzmann_weights(relative, 298.15), abs=1e-9)
        assert changed_bond(ensemble.molecule, ensemble.positions[-1]) == ""


@pytest.mark.parametrize("name", SETS)
def test_shipped_energies_are_those_of_a_fresh_single_point(name, xtb):
    folder = ROOT / SETS[name].finished / "ensembles"
    smallest = sorted(read_ensembles(folder), key=lambda e: e.molecule.n_atoms)[:3]
    for ensemble in smallest:
        fresh = xtb.single_point(ensemble.molecule, ensemble.positions[-1])
        assert fresh.energy_hartree == pytest.approx(ensemble.energies_hartree[-1], abs=1e-6)


@pytest.mark.parametrize("name", SETS)
def test_the_list_of_test_molecules_is_the_tables(name):
    rows = read_molecule_table(ROOT / SETS[name].molecules)
    listed = read_entries(ROOT / SETS[name].finished / "test_only.txt")
    assert listed == [row.molecule_id for row in rows if row.subset == "test"]


@pytest.mark.parametrize("name", DATASETS)
def test_no_dataset_of_them_trains_on_a_test_molecule_of_geom(name):
    dataset = REGISTRY.datasets[name]
    folder = ROOT / dataset.reader.paths[0]
    molecules = [Candidate(e.molecule.id, e.molecule.smiles, e.n_conformers, e.molecule.n_atoms)
                 for e in read_ensembles(folder)]
    split = dataset.split.moved(lambda path: str(ROOT / path))
    subset_of = load_part("split", split.kind)(molecules, split)
    closed = set(read_entries(folder.parent / "test_only.txt"))
    graph = {m.id: graph_smiles(m.smiles) for m in molecules}
    members = {s: {id for id, subset in subset_of.items() if subset == s} for s in SUBSETS}
    assert all(members.values()) and not closed & (members["train"] | members["val"])
    assert not ({graph[id] for id in members["train"] | members["val"]}
                & {graph[id] for id in closed & graph.keys()})


@pytest.mark.parametrize("name", SETS)
def test_trials_cover_few_and_many_conformers(name):
    with open(ROOT / SETS[name].finished / "search_trials.csv", newline="") as opened:
        rows = list(csv.DictReader(opened))
    counts = {int(row["geom_n_conformers"]) for row in rows}
    assert len({row["search"] for row in rows}) >= 4 and max(counts) > 3 * min(counts)
