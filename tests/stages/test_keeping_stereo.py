"""Stereo of samples: what is mirrored, drawn again or failed, from structures made for it."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from small_stages import draw, sample_settings, write_dataset

from pipeline_src.chem.embed import embed_etkdg
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.chem.stereo import find_stereo, stereo_kept
from pipeline_src.ensembles.stereo_notes import StereoNote, is_failure, read_note
from pipeline_src.graphs.noise import stream_key
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.run.parts import PARTS
from pipeline_src.run.settings.backbones import DualEncoder

SMILES = {"two": "F[C@H](Cl)[C@H](O)C", "double": "C[C@H](F)/C=C/Cl",
          "meso": "C[C@H](O)[C@H](O)C", "none": "CCO"}
TURNED = {"double": "C[C@H](F)/C=C\\Cl"}
ATTEMPTS = 3
TAMED = "drawn again in small steps, as it diverged at first"
MIRRORED, ONCE, TWICE = ("mirrored for its stereo", "drawn again for its stereo (1)",
                         "drawn again for its stereo (2)")
# What a draw gives, one letter an attempt: Right, Mirror image, one centre Wrong, Turned double
# bond, Diverged twice; in small letters the second try after one that diverged.
EXPECTED = {
    "two": [("R", "", ""), ("M", MIRRORED, ""), ("WR", ONCE, ""), ("WM", f"{ONCE}; {MIRRORED}", ""),
            ("WWM", f"{TWICE}; {MIRRORED}", ""), ("r", TAMED, ""),
            ("m", f"{TAMED}; {MIRRORED}", ""), ("wR", ONCE, ""),
            ("Wr", f"{TAMED}; {ONCE}", ""), ("WDR", TWICE, ""),
            ("D", "", "diverged twice, the second time in small steps"),
            ("WWW", "", "stereo: 1 of 2 centres inverted after 3 attempts"),
            ("WDD", "", "stereo: 1 of 2 centres inverted after 3 attempts")],
    "double": [("R", "", ""), ("M", MIRRORED, ""), ("TR", ONCE, ""), ("WM", f"{MIRRORED}", ""),
               ("TTT", "", "stereo: 1 of 1 double bond turned after 3 attempts"),
               ("NNN", "", "stereo: 1 of 1 centre inverted and 1 of 1 double bond turned after 3 "
                           "attempts")],
    "meso": [("R", "", ""), ("M", "", ""), ("WR", ONCE, ""), ("WWM", TWICE, "")],
    "none": [("R", "", ""), ("M", "", "")],
}


def positions_of(name: str) -> dict[str, np.ndarray]:
    """Letter -> positions, centred  # (N, 3)"""
    molecule = molecule_from_smiles(SMILES[name], name)
    right = embed_etkdg(molecule, 1, 1).positions[0]
    found = {"R": right, "M": -right}
    for row in find_stereo(to_rdkit(molecule)).centres[:1]:
        found["W"] = right.copy()
        found["W"][row[[3, 4]]] = right[row[[4, 3]]]
    if name in TURNED:
        found["T"] = embed_etkdg(molecule_from_smiles(TURNED[name], name), 1, 1).positions[0]
        found["N"] = -found["T"]
    return {letter: p - p.mean(axis=0) for letter, p in found.items()}


STRUCTURES = {name: positions_of(name) for name in SMILES}


class Stub:
    """A sampler of one step that gives what ``EXPECTED`` says; counts its calls."""

    second_try = "in small steps"
    drawn: list[tuple[str, int, int]]

    def __init__(self, settings, process):
        self.names = {stream_key(1, "small", name): name for name in SMILES}

    def levels(self):
        return [(0, -1)]

    def advance(self, backbone, batch, pos, guide, step, noise, retry):
        redraw, rest = divmod(noise(0).shift, Purpose.REDRAW)
        assert rest == (Purpose.RETRY if retry else 0)
        found = []
        for key, conformer in zip(batch.key.tolist(), batch.conformer.tolist(), strict=True):
            name = self.names[tuple(key)]
            letter = EXPECTED[name][conformer][0][redraw]
            self.drawn.append((name, conformer, redraw))
            lost = letter == "D" or letter.islower() and not retry
            structure = STRUCTURES[name][letter.upper() if letter != "D" else "R"]
            found.append(np.full_like(structure, np.nan) if lost else structure)
        return torch.from_numpy(np.concatenate(found)).to(pos)


@pytest.fixture
def stub(monkeypatch):
    monkeypatch.setitem(PARTS["sampler"], "langevin", f"{__name__}:Stub")
    monkeypatch.setattr(Stub, "drawn", [], raising=False)
    return Stub


@pytest.fixture(scope="module")
def stereo_data(tmp_path_factory):
    """A dataset a molecule, so that each has as many conformers as it needs."""
    ensembles = {name: embed_etkdg(molecule_from_smiles(smiles, name), 1, 1)
                 for name, smiles in SMILES.items()}
    return {name: write_dataset(tmp_path_factory.mktemp(name), [e], [("test", 0)])
            for name, e in ensembles.items()}


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """All molecules in one shard, with two more of one centre each."""
    smiles = {**SMILES, "one": "C[C@H](O)F", "sulfoxide": "C[S@](=O)CC"}
    ensembles = [embed_etkdg(molecule_from_smiles(s, name), 1, 1) for name, s in smiles.items()]
    return write_dataset(tmp_path_factory.mktemp("together"), ensembles,
                         [("test", 0)] * len(smiles))


def sampled(data: SimpleNamespace, count: int, attempts: int = ATTEMPTS, budget: int = 10**6,
            **more):
    settings = sample_settings(samples={"count": count}, **more)
    return draw(settings.model_copy(update={"stereo_attempts": attempts}), data, budget=budget)


@pytest.mark.parametrize("name", SMILES)
@pytest.mark.parametrize("budget", [1, 10**6])
def test_rows_are_as_made(stub, stereo_data, name, budget):
    rows = EXPECTED[name]
    (sample,) = sampled(stereo_data[name], len(rows), budget=budget)
    assert list(zip(sample.notes, sample.reasons, strict=True)) == [row[1:] for row in rows]
    assert np.isnan(sample.positions[~sample.ok]).all()
    assert stereo_kept(to_rdkit(sample.molecule), sample.positions).tolist() == sample.ok.tolist()
    for k in np.flatnonzero(sample.ok):
        right = "M" if name == "meso" and rows[k][0][-1] == "M" else "R"
        if name != "none" and rows[k][0] != "WM":
            np.testing.assert_allclose(sample.positions[k], STRUCTURES[name][right], atol=1e-5)
    for k, (letters, *_) in enumerate(rows):  # no draw more than the rows say
        assert max(n for m, c, n in stub.drawn if (m, c) == (name, k)) < len(letters)


def test_who_sees_handedness_is_not_mirrored(stub, stereo_data, monkeypatch):
    monkeypatch.setattr(DualEncoder, "mirror_blind", False)
    monkeypatch.setitem(EXPECTED, "two", [("MR", ONCE, ""), ("MMM", "", (
        "stereo: 2 of 2 centres inverted after 3 attempts"))])
    (sample,) = sampled(stereo_data["two"], 2)
    assert list(zip(sample.notes, sample.reasons, strict=True)) == [
        row[1:] for row in EXPECTED["two"]]


def test_without_attempts_any_stereo_is_taken(stub, stereo_data):
    rows = EXPECTED["two"]
    (sample,) = sampled(stereo_data["two"], len(rows), attempts=0)
    assert [reason for reason in sample.reasons if reason] == [rows[10][2]]
    assert set(sample.notes) == {"", TAMED} and max(n for _, _, n in stub.drawn) == 0


def test_one_attempt_mirrors_and_fails_but_does_not_draw_again(stub, stereo_data, monkeypatch):
    monkeypatch.setitem(EXPECTED, "two", [("R", "", ""), ("M", "", ""), ("W", "", "")])
    (sample,) = sampled(stereo_data["two"], 3, attempts=1)
    assert sample.notes == ("", MIRRORED, "")
    assert sample.reasons[2] == "stereo: 1 of 2 centres inverted after 1 attempt"


@pytest.mark.parametrize("sampler", [{}, {"kind": "leimkuhler_matthews"}, {"kind": "generalized"}])
def test_the_atom_budget_does_not_matter_and_the_stereo_is_kept(together, sampler):
    """An untrained network: bundles of atoms, left- and right-handed by chance."""
    whole = sampled(together, 6, 5, sampler=sampler)
    parts = sampled(together, 6, 5, budget=30, sampler=sampler)
    for one, other in zip(whole, parts, strict=True):
        assert one.notes == other.notes and one.reasons == other.reasons
        np.testing.assert_allclose(one.positions, other.positions, atol=1e-3)
        kept = stereo_kept(to_rdkit(one.molecule), one.positions)
        assert np.array_equal(kept, one.ok)
    words = [note for e in whole for note in e.notes]
    assert MIRRORED in words and any(ONCE in word for word in words)


def test_a_conformer_of_right_stereo_is_the_one_drawn_without_the_check(together):
    free, held = sampled(together, 6, 0), sampled(together, 6, 5)
    unchanged = 0
    for one, other in zip(free, held, strict=True):
        for c, (note, good) in enumerate(zip(other.notes, other.ok, strict=True)):
            if good and not read_note(note).redraws:
                sign = -1 if read_note(note).mirrored else 1
                np.testing.assert_allclose(sign * one.positions[c], other.positions[c], atol=1e-3)
                unchanged += 1
    assert unchanged > 10


def test_notes_and_reasons_are_read_again():
    for note in (StereoNote(), StereoNote(3), StereoNote(0, True), StereoNote(12, True)):
        assert read_note("; ".join([TAMED, *note.words()])) == note
    assert [is_failure(reason) for _, _, reason in EXPECTED["two"][-3:]] == [False, True, True]
