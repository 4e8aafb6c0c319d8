"""Counts of samples by what became of their stereo."""

import csv

import numpy as np
import pytest

from pipeline_src.chem.embed import embed_etkdg
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.stereo_notes import StereoNote, failure
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.settings.jobs import SampleSources, ScoredSource
from pipeline_src.score_stereo import score_stereo
from pipeline_src.scores.stereo import COLUMNS, stereo_rows

DIVERGED = "drawn again in small steps, as it diverged at first"


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
    rows = [tuple(row[name] for name in COLUMNS) for row in stereo_rows(drawn)]
    assert rows == [
        (0, 0, 1, 2, 2, 0, 0, 0, 0, 0, 0, 1.0, 1.0),
        (1, 0, 1, 7, 2, 1, 2, 1, 1, 1, 1, 2 / 7, 5 / 7),
        (2, 0, 1, 2, 2, 0, 0, 0, 0, 0, 0, 1.0, 1.0),
        ("all", "all", 2, 9, 4, 1, 2, 1, 1, 1, 1, 4 / 9, 7 / 9)]


def test_a_note_does_not_make_a_conformer_right():
    (row, everything) = stereo_rows([samples("C[C@H](O)F", (-1, words(0, True), ""))])
    assert (row["mirrored"], row["wrong"], row["share"]) == (0, 1, 0)
    assert everything["centres"] == "all"


def test_nothing_drawn_has_no_share():
    row, _ = stereo_rows([samples("C[C@H](O)F", (0, "", "diverged twice"))])
    assert row["share"] is row["share_at_first"] is None and row["drawn"] == 0
    assert stereo_rows([]) == []


def test_the_table_has_the_rows_of_every_run_over_its_shards(drawn, tmp_path):
    for k, part in enumerate((drawn[:1], drawn[1:])):
        write_ensembles(tmp_path / f"s{k}", part)
    sources = [ScoredSource(chain=chain, dataset="d", seed=1, sampler="s", shards=shards,
                            pattern=str(tmp_path / "s{shard}"))
               for chain, shards in (("a", 2), ("b", 1))]
    score_stereo(SampleSources(sources=tuple(sources)), tmp_path / "out.csv")
    with open(tmp_path / "out.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["chain"], row["centres"], row["drawn"]) for row in rows] == [
        ("a", "0", "2"), ("a", "1", "7"), ("a", "2", "2"), ("a", "all", "9"),
        ("b", "1", "7"), ("b", "all", "7")]
