"""The steps that score samples and draw overlays, on small molecules and through files."""

import csv
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdMolAlign

from pipeline_src.chem.molecules import from_rdkit
from pipeline_src.ensembles import Ensemble, Hierarchy, Molecule
from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.ensembles.store import write_ensembles, write_hierarchies
from pipeline_src.overlay_examples import overlay_examples
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.experiment import GeometryScores
from pipeline_src.run.settings.jobs import OverlaySettings, ScoredSource, ScoreSettings
from pipeline_src.run.step import run_step
from pipeline_src.score_geometry import score_geometry

SETTINGS = ScoreSettings(
    geometry=GeometryScores(grid_step_angstrom=0.5, grid_stop_angstrom=1.0),
    deltas_angstrom=(0.75,))
HEADER = ["molecule", "symmetrize", "delta", "cov_r", "cov_p", "mat_r", "mat_p", "n_references",
          "n_samples", "n_failed", "status", "reason"]


def ensemble(name: str, smiles: str, count: int) -> Ensemble:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    rdDistGeom.EmbedMultipleConfs(mol, count, randomSeed=4)
    positions = [c.GetPositions() for c in mol.GetConformers()]
    return Ensemble(from_rdkit(mol, name), np.array(positions, dtype=np.float32))


def noisy(reference: Ensemble, seed: int, scale: float) -> Ensemble:
    noise = np.random.default_rng(seed).normal(0, scale, reference.positions.shape)
    return Ensemble(reference.molecule, (reference.positions + noise).astype(np.float32))


def with_failures(full: Ensemble, failed: list[int]) -> Ensemble:
    positions = full.positions.copy()
    positions[failed] = np.nan
    return Ensemble(full.molecule, positions, full.level,
                    reasons=tuple("diverged" if c in failed else ""
                                  for c in range(full.n_conformers)))


@pytest.fixture
def run(tmp_path):
    """A function that writes references, samples and split and returns the scored rows."""
    references = [ensemble("a", "CCCCO", 3), ensemble("b", "CC(=O)[O-]", 2),
                  ensemble("c", "CC", 1), ensemble("d", "CCN", 2)]
    write_ensembles(tmp_path / "references" / "part-000.parquet", references)
    write_split(tmp_path / "split.csv", [
        SplitRow("a", "test", 0, 3, 1), SplitRow("b", "test", 0, 2, 1),
        SplitRow("c", "train", 0, 1, 1), SplitRow("d", "test", 1, 2, 1)])

    def score(samples: list[Ensemble], threads: int = 1, shard: int = 0, **more) -> list[dict]:
        write_ensembles(tmp_path / "samples.parquet", samples)
        score_geometry(SETTINGS, tmp_path / "references", tmp_path / "split.csv", shard,
                       tmp_path / "samples.parquet", threads, tmp_path / "out.csv", **more)
        with open(tmp_path / "out.csv", newline="") as file:
            reader = csv.DictReader(file)
            assert reader.fieldnames == HEADER
            return list(reader)

    score.references = {e.molecule.id: e for e in references}
    return score


def test_samples_equal_to_the_references_are_perfect(run):
    rows = run([run.references["a"], run.references["b"]])
    assert [(r["molecule"], r["symmetrize"], r["delta"]) for r in rows] == [
        (m, s, d) for m in "ab" for s in "10" for d in ("0.5", "0.75", "1")]
    assert {(r["cov_r"], r["cov_p"], r["status"], r["reason"]) for r in rows} == {
        ("100", "100", "ok", "")}
    assert all(float(r["mat_r"]) < 1e-5 and float(r["mat_p"]) < 1e-5 for r in rows)
    assert {(r["n_references"], r["n_samples"], r["n_failed"]) for r in rows} == {
        ("3", "3", "0"), ("2", "2", "0")}


def test_failed_conformers_are_counted_and_left_out(run):
    samples = with_failures(noisy(run.references["a"], 1, 0.3), [1])
    rows = [r for r in run([samples]) if r["molecule"] == "a"]
    assert {(r["status"], r["n_samples"], r["n_failed"]) for r in rows} == {("ok", "2", "1")}
    alone = Ensemble(samples.molecule, samples.positions[samples.ok])
    for row, other in zip(rows, run([alone]), strict=False):
        assert (row["cov_p"], row["mat_r"]) == (other["cov_p"], other["mat_r"])


def test_the_notes_of_samples_are_a_remark(run):
    samples = replace(noisy(run.references["a"], 1, 0.3), notes=("drawn again", "", "drawn again"))
    rows = [r for r in run([samples]) if r["molecule"] == "a"]
    assert {(r["status"], r["reason"]) for r in rows} == {
        ("ok", "2 of 3 conformers drawn again")}


@pytest.mark.parametrize(("spoil", "reason"), [
    (lambda e: None, "molecule missing from the samples"),
    (lambda e: with_failures(e, [0, 1]), "no usable sample: diverged"),
    (lambda e: Ensemble(e.molecule, e.positions[:0]), "no usable sample: none was drawn"),
    (lambda e: ensemble("b", "CC(=O)O", 2), "atoms of samples and references differ"),
])
def test_a_molecule_without_a_usable_sample_is_a_failed_row(run, spoil, reason):
    spoilt = spoil(run.references["b"])
    rows = run([run.references["a"]] + ([spoilt] if spoilt else []))
    failed = [r for r in rows if r["molecule"] == "b"]
    assert len(failed) == 6
    for row in failed:
        assert row["status"] == "failed" and row["reason"].startswith(reason)
        assert [row[k] for k in ("cov_r", "cov_p", "mat_r", "mat_p")] == [""] * 4
    assert {r["status"] for r in rows if r["molecule"] == "a"} == {"ok"}


def test_bonds_that_differ_are_a_failed_row(run):
    b = run.references["b"]
    rewired = Molecule("b", b.molecule.smiles, b.molecule.numbers, b.molecule.charges,
                       b.molecule.bonds, np.ones_like(b.molecule.orders))
    rows = run([Ensemble(rewired, b.positions)])
    assert {r["reason"] for r in rows if r["molecule"] == "b"} == {
        "bonds of samples and references differ"}


def test_processes_give_the_same_bytes(run, tmp_path, monkeypatch):
    """Two molecules are shared by two processes: a shard may have few, and large ones."""
    asked = []

    class Watched(ProcessPoolExecutor):
        def map(self, function, portions):
            asked.append([len(portion) for portion in portions])
            return super().map(function, portions)

    monkeypatch.setattr("pipeline_src.score_geometry.ProcessPoolExecutor", Watched)
    samples = [noisy(run.references[name], 2, 0.4) for name in "ab"]
    run(samples)
    alone = (tmp_path / "out.csv").read_bytes()
    assert not asked
    run(samples, threads=2)
    assert (tmp_path / "out.csv").read_bytes() == alone
    assert asked == [[1, 1]]


def test_coarse_samples_are_scored_against_the_references_beads(run, tmp_path):
    hierarchies = []
    for e in run.references.values():
        heavy, every = np.flatnonzero(e.molecule.numbers > 1), np.arange(e.molecule.n_atoms)
        hierarchies.append(Hierarchy(e.molecule, {"heavy": heavy, "all": every}, {}))
    write_hierarchies(tmp_path / "hierarchy.parquet", hierarchies)
    samples, coarse = [], []
    for e, h in list(zip(run.references.values(), hierarchies, strict=True))[:2]:
        samples.append(noisy(e, 3, 0.3))
        coarse.append(Ensemble(h.beads("heavy"), samples[-1].positions[:, h.levels["heavy"]],
                               "heavy"))
    fine_rows = run(samples)
    assert run(coarse, hierarchies=tmp_path / "hierarchy.parquet") == fine_rows
    with pytest.raises(InputError, match="hierarchies"):
        run(coarse)


def test_a_molecule_without_references_cannot_be_scored(run, tmp_path):
    empty = Ensemble(run.references["d"].molecule, run.references["d"].positions[:0])
    write_ensembles(tmp_path / "references" / "part-000.parquet", [empty])
    rows = run([run.references["d"]], shard=1)
    assert {(r["status"], r["reason"]) for r in rows} == {("failed", "no reference conformers")}


def test_a_test_molecule_without_an_ensemble_is_refused(run, tmp_path):
    write_ensembles(tmp_path / "references" / "part-000.parquet", [run.references["a"]])
    with pytest.raises(InputError, match="'b'"):
        run([run.references["a"]])


def test_runs_as_a_command(run, tmp_path):
    rows = run([run.references["a"], run.references["b"]])
    run_step(score_geometry, [
        "--settings", SETTINGS.model_dump_json(), "--ensembles", str(tmp_path / "references"),
        "--split", str(tmp_path / "split.csv"), "--shard", "0", "--threads", "1",
        "--samples", str(tmp_path / "samples.parquet"), "--out", str(tmp_path / "command.csv")])
    with open(tmp_path / "command.csv", newline="") as file:
        assert list(csv.DictReader(file)) == rows


def overlays(tmp_path, references, chains, **settings) -> list[dict]:
    write_ensembles(tmp_path / "refs" / "part-000.parquet", references)
    sources = []
    for chain, samples in chains.items():
        path = tmp_path / f"{chain}.parquet"
        write_ensembles(path, samples)
        sources.append(ScoredSource(chain=chain, dataset="tiny", seed=1, sampler="langevin",
                                    pattern=str(path)))
    overlay_examples(OverlaySettings(sources=tuple(sources), **settings), ["tiny"],
                     [tmp_path / "refs"], tmp_path / "overlays.json")
    return json.loads((tmp_path / "overlays.json").read_text())


def test_overlay_shows_the_median_sample_on_its_nearest_reference(tmp_path):
    reference = ensemble("b", "OCCCc1ccccc1", 1)
    rng = np.random.default_rng(8)
    noise = [s * rng.normal(size=reference.positions.shape[1:]) for s in (0.5, 0.01, 0.1)]
    samples = Ensemble(reference.molecule,
                       (reference.positions + np.array(noise) + 5).astype(np.float32))
    other = ensemble("a", "CCO", 1)
    entries = overlays(tmp_path, [reference, other], {"msgen": [samples, other]})
    assert [(e["molecule"], e["chain"], e["dataset"]) for e in entries] == [
        ("a", "msgen", "tiny"), ("b", "msgen", "tiny")]
    assert set(entries[0]) == {"chain", "dataset", "molecule", "smiles", "rmsd_angstrom",
                               "reference_molblock", "generated_molblock"}
    target, moved = (Chem.MolFromMolBlock(entries[1][f"{side}_molblock"], removeHs=False)
                     for side in ("reference", "generated"))
    np.testing.assert_allclose(target.GetConformer().GetPositions(), reference.positions[0],
                               atol=1e-4)
    heavy = reference.molecule.numbers > 1
    offset = (target.GetConformer().GetPositions() - moved.GetConformer().GetPositions())[heavy]
    # the sample with noise 0.1 Å, already in place: no further alignment makes it better
    assert entries[1]["rmsd_angstrom"] == pytest.approx(
        np.sqrt((offset ** 2).sum(axis=1).mean()), abs=1e-3)
    assert 0.05 < entries[1]["rmsd_angstrom"] < 0.25
    assert rdMolAlign.GetBestRMS(Chem.RemoveHs(moved), Chem.RemoveHs(target)) == pytest.approx(
        entries[1]["rmsd_angstrom"], abs=1e-3)


def test_overlays_are_of_the_same_first_molecules_for_every_chain(tmp_path, capsys):
    references = [ensemble(name, smiles, 2) for name, smiles in
                  (("c", "CCO"), ("a", "CCN"), ("b", "CCC"))]
    failed = with_failures(references[1], [0, 1])
    entries = overlays(tmp_path, references, {"one": references, "two": [*references[2:], failed]},
                       molecules_per_dataset=2)
    assert [(e["chain"], e["molecule"]) for e in entries] == [
        ("one", "a"), ("one", "b"), ("two", "b")]
    assert "no overlay of two, tiny: molecule a" in capsys.readouterr().err


def test_overlay_lists_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(InputError, match="one folder for each"):
        overlay_examples(OverlaySettings(sources=()), ["x"], [], tmp_path / "o.json")
    source = ScoredSource(chain="c", dataset="y", seed=0, sampler="s", pattern="p")
    with pytest.raises(InputError, match="datasets among"):
        overlay_examples(OverlaySettings(sources=(source,)), ["x"], [tmp_path],
                         tmp_path / "o.json")
