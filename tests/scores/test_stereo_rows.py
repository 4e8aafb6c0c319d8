"""Counts of samples by what became of their stereo."""

import csv
from functools import partial

import numpy as np
import pytest

from pipeline_src.chem.embed import embed_etkdg
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.stereo_notes import StereoNote, failure
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.settings.jobs import ScoredSource, StereoSettings
from pipeline_src.score_stereo import score_stereo
from pipeline_src.scores.bootstrap import bootstrap_share
from pipeline_src.scores.stereo import COLUMNS, stereo_rows

DIVERGED = "drawn again in small steps, as it diverged at first"
INTERVAL = partial(bootstrap_share, resamples=200, seed=2021)


def samples(smiles: str, *rows: tuple[int, str, str]) -> Ensemble:
    """Conformers of handedness 1 or -1 with their notes and reasons; 0: no positions."""
    right = embed_etkdg(molecule_from_smiles(smiles, smiles), 1, 1)
    positions = np.concatenate([right.positions * (sign or np.nan) for sign, *_ in rows])
    return Ensemble(right.molecule, positions.astype(np.float32),
                    notes=tuple(note for _, note, _ in rows),
                    reasons=tuple(reason for *_, reason in rows))


def words(*note) -> str:
    return "; ".join(StereoNote(*note).words())


@pytest.fixture(scope="module")
def drawn():
    one = samples("C[C@H](O)F", (1, "", ""), (1, DIVERGED, ""), (1, words(0, True), ""),
                  (1, words(2), ""), (1, words(1, True), ""), (0, "", failure(1, 1, 0, 0, 5)),
                  (0, "", "diverged twice"), (-1, "", ""))
    none = samples("CCO", (1, "", ""), (-1, "", ""))
    meso = samples("C[C@H](O)[C@H](O)C", (1, "", ""), (-1, "", ""))
    return [one, none, meso]


def test_rows_are_as_made(drawn):
    shown = [name for name in COLUMNS if not name.endswith(("_low", "_high"))]
    rows = [tuple(row[name] for name in shown) for row in stereo_rows(drawn, INTERVAL)]
    assert rows == [
        (0, 0, 1, 2, 2, 0, 0, 0, 0, 0, 0, 1.0, 1.0),
        (1, 0, 1, 7, 2, 1, 2, 1, 1, 1, 1, 2 / 7, 5 / 7),
        (2, 0, 1, 2, 2, 0, 0, 0, 0, 0, 0, 1.0, 1.0),
        ("all", "all", 2, 9, 4, 1, 2, 1, 1, 1, 1, 4 / 9, 7 / 9)]


def test_an_interval_is_over_the_molecules_of_its_row(drawn):
    *_, one, two, everything = stereo_rows(drawn, INTERVAL)
    assert (one["share_at_first_low"], one["share_at_first_high"]) == (2 / 7, 2 / 7)
    assert (two["share_low"], two["share_high"]) == (1.0, 1.0)
    # the sets drawn are both molecules, or one of them twice
    assert (everything["share_at_first_low"], everything["share_at_first_high"]) == (2 / 7, 1.0)
    assert (everything["share_low"], everything["share_high"]) == (5 / 7, 1.0)


def test_a_note_does_not_make_a_conformer_right():
    (row, everything) = stereo_rows([samples("C[C@H](O)F", (-1, words(0, True), ""))], INTERVAL)
    assert (row["mirrored"], row["wrong"], row["share"]) == (0, 1, 0)
    assert everything["centres"] == "all"


def test_nothing_drawn_has_no_share():
    row, _ = stereo_rows([samples("C[C@H](O)F", (0, "", "diverged twice"))], INTERVAL)
    assert row["drawn"] == 0
    assert {row[name] for name in COLUMNS if name.startswith("share")} == {None}
    assert stereo_rows([], INTERVAL) == []


@pytest.fixture
def shards(drawn, tmp_path):
    for k, part in enumerate((drawn[:1], drawn[1:])):
        write_ensembles(tmp_path / f"s{k}", part)
    return str(tmp_path / "s{shard}")


def table_of(folder, *sources: ScoredSource) -> list[dict]:
    settings = StereoSettings(sources=sources, bootstrap_resamples=50, bootstrap_seed=1)
    score_stereo(settings, folder / "out.csv", folder / "out.svg")
    with open(folder / "out.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_table_has_the_rows_of_every_run_over_its_shards(shards, tmp_path):
    rows = table_of(tmp_path, *(
        ScoredSource(chain=chain, dataset="d", seed=1, sampler="s", shards=number, pattern=shards)
        for chain, number in (("a", 2), ("b", 1))))
    assert list(rows[0]) == ["chain", "dataset", "seed", "sampler", *COLUMNS]
    assert [(row["chain"], row["centres"], row["drawn"]) for row in rows] == [
        ("a", "0", "2"), ("a", "1", "7"), ("a", "2", "2"), ("a", "all", "9"),
        ("b", "1", "7"), ("b", "all", "7")]


def test_molecules_that_do_not_count_are_not_in_the_table(shards, tmp_path):
    (tmp_path / "molecules.csv").write_text(
        "molecule,smiles,with_molecule,with_subset\nC[C@H](O)F,CC(O)F,x,train\n")
    rows = table_of(tmp_path, ScoredSource(
        chain="a", dataset="d", seed=1, sampler="s", shards=2, pattern=shards,
        left_out=str(tmp_path / "molecules.csv")))
    assert [(row["centres"], row["drawn"]) for row in rows] == [
        ("0", "2"), ("2", "2"), ("all", "2")]


def test_equal_samples_give_equal_tables_and_figures(shards, tmp_path):
    source = ScoredSource(chain="a", dataset="d", seed=1, sampler="s", shards=2, pattern=shards)
    files = []
    for _ in range(2):
        table_of(tmp_path, source)
        files.append([(tmp_path / name).read_bytes() for name in ("out.csv", "out.svg")])
    assert files[0] == files[1]
