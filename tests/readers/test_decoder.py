"""The worker process: its limits, its deaths, and what comes back from it."""

import math
import os
import signal
import struct

import numpy as np
import psutil
import pytest

from pipeline_src.chem.base import Refused, Rejection
from pipeline_src.chem.readers import decoding, worker
from pipeline_src.chem.readers.decoding import Decoder
from pipeline_src.chem.readers.frames import packed, unpacked, words
from pipeline_src.chem.readers.geom_entry import read_entry
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import ResourceError


def test_answers_come_in_order_and_a_death_costs_one(lasting):
    calls = [("a", 4), ("b", -1), ("c", "x"), ("d", 9)]
    answers = list(lasting.each(math.isqrt, calls))
    assert answers[0] == 2 and answers[3] == 3
    assert "ValueError" in str(answers[1]) and "TypeError" in str(answers[2])
    codes = [("good", 0), ("file.pickle", 7), ("last", 0)]
    answers = list(lasting.each(os._exit, codes))
    assert [str(a) for a in answers] == [
        f"{label}: it crashed the process that decoded it (exit code {code})"
        for label, code in codes]
    assert lasting.call(math.isqrt, "after", 16) == 4


def test_a_crash_names_file_and_signal(lasting):
    with pytest.raises(Refused, match=r"^x\.pickle: it crashed .*\(SIGABRT\)$"):
        lasting.call(os.abort, "x.pickle")


def test_processor_time_is_limited():
    with Decoder(cpu_seconds=1) as decoder:
        with pytest.raises(Refused, match="^x: more than 1 s of processor time"):
            decoder.call(math.factorial, "x", 10_000_000)
        assert decoder.call(math.isqrt, "y", 4) == 2


def test_memory_is_limited(lasting):
    with pytest.raises(Refused, match="needs more memory"):
        lasting.call(os.urandom, "x", 600_000_000)


def test_silence_is_limited(monkeypatch):
    monkeypatch.setattr(decoding, "_SILENCE_FACTOR", 2)
    with Decoder(cpu_seconds=1) as decoder, pytest.raises(Refused, match="no answer within 2 s"):
        decoder.call(signal.pause, "x")


def test_a_worker_that_was_killed_from_outside_is_tried_again():
    with Decoder() as decoder:
        assert decoder.call(math.isqrt, "x", 4) == 2
        decoder._process.kill()
        assert decoder.call(math.isqrt, "x", 9) == 3
        with pytest.raises(Refused, match="killed twice"):
            decoder.call(signal.raise_signal, "x", int(signal.SIGKILL))


def test_no_file_can_be_written_and_no_worker_is_left(tmp_path):
    with Decoder() as decoder:
        target = tmp_path / "x"
        target.touch()
        with pytest.raises(Refused, match="SIGXFSZ|OSError"):
            decoder.call(os.truncate, "x", str(target), 5)
        decoder.call(math.isqrt, "x", 4)
        process = psutil.Process(decoder._process.pid)
    assert target.stat().st_size == 0 and not process.is_running()


def test_a_worker_that_does_not_start(monkeypatch):
    monkeypatch.setattr(worker, "__name__", "pipeline_src.absent")
    with Decoder() as decoder, pytest.raises(ResourceError, match="does not start.*exit code 1"):
        decoder.call(math.isqrt, "x", 4)


def test_a_request_that_is_too_long_is_refused_and_the_next_answered(lasting, tmp_path):
    answers = list(lasting.each(read_entry, [
        ("x", str(tmp_path), "C" * 50_000, "a.pickle", 1), ("y", str(tmp_path), "C", None, 1)]))
    assert "50" in str(answers[0]) and isinstance(answers[0], Refused)
    assert answers[1] == [Rejection("C", None, "missing key: the summary names no pickle_path")]


def test_frames_keep_ensembles_and_rejections():
    molecule = molecule_from_smiles("[NH3+]CC", "a/b")
    positions = np.random.default_rng(0).normal(size=(2, 11, 3)).astype(np.float32)
    ensemble = Ensemble(molecule, positions, weights=np.array([0.5, 0.25]), notes=("a", ""))
    empty = Ensemble(molecule, np.zeros((0, 11, 3), dtype=np.float32))
    rejection = Rejection("x", 3, "why\nnot")
    first, second, third = unpacked(bytearray(packed([ensemble, rejection, empty])))
    assert second == Rejection("x", 3, "why\\nnot") and third.n_conformers == 0
    np.testing.assert_array_equal(first.positions, positions)
    np.testing.assert_array_equal(first.weights, ensemble.weights)
    assert first.energies_hartree is None and first.notes == ("a", "")
    assert first.molecule.smiles == molecule.smiles and first.molecule.id == "a/b"
    for name in ("numbers", "charges", "bonds", "orders"):
        np.testing.assert_array_equal(getattr(first.molecule, name), getattr(molecule, name))
    assert str(unpacked(bytearray(packed(Refused("no"))))) == "no"
    assert unpacked(bytearray(packed({"a": [1, None]}))) == {"a": [1, None]}


def test_words_are_printable_and_short():
    assert words("a\nb\ud800\x1b") == "a\\nb\\ud800\\x1b" and len(words("x" * 10_000)) < 600


def test_a_worker_gone_astray_is_a_death(lasting, monkeypatch):
    for frame in (b"", struct.pack("<Q", 99) + b"{}", struct.pack("<Q", 2) + b"[]",
                  struct.pack("<Q", 13) + b'{"items":[1]}'):
        with monkeypatch.context() as patch:
            assert lasting.call(math.isqrt, "x", 4) == 2
            patch.setattr(decoding, "unpacked", lambda _, frame=frame: unpacked(bytearray(frame)))
            with pytest.raises((Refused, ResourceError), match="went astray"):
                lasting.call(math.isqrt, "x", 4)
