"""The steps on small tables: rows, chunks, going on after a kill, the set and its comparison."""

import csv
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline_src.collect_references import collect_references
from pipeline_src.draw_molecules import draw_molecules
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.quantum.manifest import MANIFEST_COLUMNS
from pipeline_src.quantum.xtb_engine import Xtb
from pipeline_src.reference_ensembles import reference_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.reference import (
    ConformerSearch,
    Embeddings,
    MmffEngine,
    MoleculeDraw,
    ReferenceJob,
    XtbEngine,
)

MOLECULES = [("ethanol", "CCO", "test", 2), ("radical", "C[CH2]", "train", ""),
             ("glycol", "OCCO", "train", ""), ("salt", "[Na+].[Cl-]", "train", ""),
             ("acid", "CC(=O)O", "test", 2)]
FEW = Embeddings(base=4, per_rotatable_bond=2, per_ring=0, per_polar_hydrogen=2)
COMMAND = [sys.executable, "-m", "pipeline_src.reference_ensembles"]


@pytest.fixture
def table(tmp_path) -> Path:
    path = tmp_path / "molecules.csv"
    with open(path, "w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["molecule_id", "smiles", "subset", "geom_n_conformers"])
        writer.writerows(MOLECULES)
    return path


def rows_of(path: Path) -> list[dict]:
    with open(path, newline="") as opened:
        return list(csv.DictReader(opened))


def made(folder: Path, table: Path, engine, chunk=0, chunks=1, store="store", earlier=()):
    """Parquet and manifest of a chunk."""
    folder.mkdir(exist_ok=True)
    out, manifest = folder / f"{chunk}.parquet", folder / f"{chunk}.csv"
    job = ReferenceJob(search=ConformerSearch(engine=engine, embeddings=FEW, mmff_steps=(100,)),
                       chunk=chunk, chunks=chunks)
    versions = reference_ensembles(job, table, folder / store, list(earlier), out, manifest)
    assert list(versions["versions"]) == [engine.kind]
    return out, manifest


@pytest.mark.parametrize("engine", [MmffEngine(), XtbEngine()], ids=lambda e: e.kind)
def test_every_molecule_is_a_row_and_twice_is_the_same(table, tmp_path, engine):
    out, manifest = made(tmp_path / "one", table, engine)
    rows = rows_of(manifest)
    assert list(rows[0]) == list(MANIFEST_COLUMNS)
    assert [(r["molecule_id"], r["status"]) for r in rows] == [
        (name, "failed" if name in ("radical", "salt") else "ok") for name, *_ in MOLECULES]
    assert "unpaired" in rows[1]["reason"] and "separate parts" in rows[3]["reason"]
    assert {r["engine"] for r in rows} == {"GFN2-xTB" if engine.kind == "xtb" else "MMFF94"}
    ensembles = {e.molecule.id: e for e in read_ensembles(out)}
    assert {r["molecule_id"]: int(r["n_conformers"]) for r in rows if r["status"] == "ok"} == {
        name: e.n_conformers for name, e in ensembles.items()}
    again = made(tmp_path / "two", table, engine)
    assert [p.read_bytes() for p in again] == [out.read_bytes(), manifest.read_bytes()]


def test_energies_are_those_of_a_fresh_single_point(table, tmp_path):
    out, _ = made(tmp_path / "set", table, XtbEngine())
    engine = Xtb(XtbEngine())
    for ensemble in read_ensembles(out):
        for positions, energy in zip(ensemble.positions, ensemble.energies_hartree, strict=True):
            fresh = engine.single_point(ensemble.molecule, positions)
            assert fresh.energy_hartree == pytest.approx(energy, abs=1e-6)


def test_chunks_together_are_the_whole_and_earlier_sets_are_not_done_again(
        table, tmp_path, monkeypatch):
    whole = made(tmp_path / "whole", table, MmffEngine())
    parts = [made(tmp_path / "parts", table, MmffEngine(), k, 3) for k in range(3)]
    sets = []
    for name, chunks in (("of_one", [whole]), ("of_three", parts[::-1])):
        folder = tmp_path / name
        collect_references(table, [c[0] for c in chunks], [c[1] for c in chunks],
                           *(folder / f for f in ("ensembles", "manifest.csv",
                                                  "geom_comparison.csv", "plot.svg")))
        sets.append({f.name: f.read_bytes() for f in folder.rglob("*.*")})
    assert sets[0] == sets[1]
    assert set(sets[0]) == {"train.parquet", "test.parquet", "manifest.csv",
                            "geom_comparison.csv", "plot.svg"}
    assert [e.molecule.id for e in read_ensembles(folder / "ensembles" / "test.parquet")] == [
        "ethanol", "acid"]
    monkeypatch.setattr("pipeline_src.reference_ensembles.search_ensemble", None)
    later = made(tmp_path / "later", table, MmffEngine(),
                 earlier=[tmp_path / "of_three/manifest.csv"])
    assert [p.read_bytes() for p in later] == [p.read_bytes() for p in whole]


def test_comparison_counts_what_both_have_and_waiting_molecules_are_rows(table, tmp_path):
    chunk = made(tmp_path / "set", table, MmffEngine(), 0, 2)  # ethanol, radical
    outputs = [tmp_path / f for f in ("e", "m.csv", "c.csv", "p.svg")]
    collect_references(table, [chunk[0]], [chunk[1]], *outputs)
    assert [r["status"] for r in rows_of(outputs[1])] == ["ok", "failed", *["waiting"] * 3]
    every = rows_of(outputs[2])[-1]
    assert (every["geom_conformers"], every["molecules"], every["mean_geom"]) == ("all", "1", "2")
    assert outputs[3].read_text().startswith("<?xml")


def test_other_search_does_not_take_up_what_is_finished(table, tmp_path, monkeypatch):
    made(tmp_path / "set", table, MmffEngine())
    calls = []
    monkeypatch.setattr("pipeline_src.reference_ensembles.search_ensemble",
                        lambda molecule, *_: calls.append(molecule.id) or 1 / 0)
    made(tmp_path / "set", table, MmffEngine())
    assert calls == []
    with pytest.raises(ZeroDivisionError):
        made(tmp_path / "set", table, MmffEngine(cycles=1999))


def test_time_limit_is_a_failed_row_that_is_tried_again(table, tmp_path, monkeypatch):
    job = ReferenceJob(search=ConformerSearch(engine=MmffEngine(), embeddings=FEW))
    clock = iter(range(0, 10**9, 10**6))
    monkeypatch.setattr("pipeline_src.quantum.ensemble_search.time.monotonic", lambda: next(clock))
    reference_ensembles(job, table, tmp_path / "store", [], tmp_path / "o", tmp_path / "m")
    row = rows_of(tmp_path / "m")[0]
    assert (row["status"], row["reason"], row["key"]) == ("failed", "not done within 7200 s", "")
    monkeypatch.undo()
    reference_ensembles(job, table, tmp_path / "store", [], tmp_path / "o", tmp_path / "m")
    assert rows_of(tmp_path / "m")[0]["status"] == "ok"


def test_killed_in_the_middle_it_goes_on_to_the_same_bytes(table, tmp_path):
    whole = made(tmp_path / "whole", table, XtbEngine())
    folder = tmp_path / "killed"
    folder.mkdir()
    job = ReferenceJob(search=ConformerSearch(embeddings=FEW, mmff_steps=(100,)))
    command = [*COMMAND, "--settings", job.model_dump_json(), "--molecules", str(table), "--store",
               str(folder / "store"), "--earlier", "--out", str(folder / "0.parquet"),
               "--manifest", str(folder / "0.csv")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 100
    while not list(folder.glob("store/*.json")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (folder / "0.csv").exists()
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    assert [(folder / p.name).read_bytes() for p in whole] == [p.read_bytes() for p in whole]


@pytest.mark.parametrize(("text", "words"), [
    ("smiles\nCCO\n", "a column molecule_id"),
    ("molecule_id,smiles\na,C\na,CC\n", "no other molecule has"),
])
def test_wrong_tables_are_refused(tmp_path, text, words):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        made(tmp_path / "x", tmp_path / "t.csv", MmffEngine())


@pytest.fixture
def lists(tmp_path):
    (tmp_path / "test.csv").write_text(
        "smiles,n_conformers,corrected_smiles\nCC(O)F,5,C[C@H](O)F\nCCO,2,CCO\nCCS,3,CCS\n")
    (tmp_path / "train.txt").write_text(
        "[H]C([H])([H])[C@@]([H])(O)F\nCCN\nCCl\nCCBr\nOCC\nC[CH2]\nCCC\n")
    return tmp_path / "test.csv", tmp_path / "train.txt"


def test_drawn_molecules_never_train_on_test_graphs(lists, tmp_path):
    settings = MoleculeDraw(prefix="toy", n_test=2, n_train=3, elements=("C", "N", "O", "F", "Cl"),
                            smallest_first=True)
    (tmp_path / "earlier.csv").write_text("molecule_id,smiles,subset\nmine,CCC,train\n")
    outs = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for out in outs:
        draw_molecules(settings, *lists, [tmp_path / "earlier.csv"], out)
    assert outs[0].read_bytes() == outs[1].read_bytes()
    rows = rows_of(outs[0])
    assert {(r["smiles"], r["geom_n_conformers"]) for r in rows if r["subset"] == "test"} == {
        ("C[C@H](O)F", "5"), ("CCO", "2")}
    assert {r["smiles"] for r in rows if r["subset"] == "train"} == {"CCC", "CCN", "CCl"}
    assert {"mine", "toy-0000", "toy-0001"} < {r["molecule_id"] for r in rows}
    with pytest.raises(InputError, match="at least 4"):
        draw_molecules(settings.model_copy(update={"n_train": 5}), *lists,
                       [tmp_path / "earlier.csv"], outs[0])
