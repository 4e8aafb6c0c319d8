"""Tensors without torch: as torch itself wrote them, and as no honest file has them."""

import io
import pickle
import zipfile

import numpy as np
import pytest
import torch
from foreign_files import saved

from pipeline_src.chem.base import Refused
from pipeline_src.chem.readers.torch_files import load_torch
from pipeline_src.chem.readers.torch_storage import TORCH
from pipeline_src.chem.readers.unpickling import load_stream

DTYPES = (torch.float64, torch.float32, torch.float16, torch.int64, torch.int32, torch.int16,
          torch.int8, torch.uint8, torch.bool)
BASE = torch.arange(24).reshape(2, 3, 4)
TENSORS = {
    **{str(dtype): BASE.to(dtype) for dtype in DTYPES},
    "view": BASE[1:, 1:, ::2], "transposed": BASE.transpose(0, 2), "scalar": torch.tensor(2.5),
    "empty": torch.zeros(0, 3), "leaf": torch.ones(3, requires_grad=True),
}


def read(file: bytes, tmp_path):
    (tmp_path / "x.pt").write_bytes(file)
    return load_torch(tmp_path / "x.pt", {})


def assert_same(read: dict):
    assert list(read) == list(TENSORS)
    for name, tensor in TENSORS.items():
        array, want = read[name].array(), tensor.detach().numpy()
        assert array.dtype == want.dtype and array.shape == want.shape, name
        assert np.array_equal(array, want), name


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "older"])
def test_files_of_torch_give_the_numbers_torch_wrote(zipped, tmp_path):
    assert_same(read(saved(TENSORS, zipped), tmp_path))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_tensors_in_a_plain_pickle_give_the_numbers_torch_wrote(protocol):
    assert_same(load_stream(io.BytesIO(pickle.dumps(TENSORS, protocol)), TORCH))


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "older"])
def test_tensors_that_share_a_storage_share_it_here(zipped, tmp_path):
    held = read(saved([BASE, BASE[1]], zipped), tmp_path)
    assert np.shares_memory(held[0].array(), held[1].array())


def rezipped(file: bytes, **changed: bytes) -> bytes:
    """The zip file with other entries: name without folder, '/' as '_' -> bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            key = entry.filename.split("/", 1)[1].replace("/", "_").replace(".", "_")
            new.writestr(entry.filename, changed.get(key, old.read(entry)))
    return target.getvalue()


def compressed(file: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, \
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
    return target.getvalue()


class Call:
    """Pickles as a call of ``function``."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


class Stored:
    """Pickles as a persistent id."""


def with_ids(held: object, swap) -> bytes:
    """A pickle whose persistent ids are ``swap`` of torch's, within a zip file with its data."""
    class Pickler(pickle.Pickler):
        def persistent_id(self, item):
            return swap if isinstance(item, Stored) else None

    file = io.BytesIO()
    Pickler(file, 2).dump(held)
    return rezipped(saved(torch.arange(6.0)), data_pkl=file.getvalue())


def rebuilt(size, stride, offset=0) -> bytes:
    call = Call(torch._utils._rebuild_tensor_v2, Stored(), offset, size, stride, False, {})
    return with_ids(call, ("storage", torch.FloatStorage, "0", "cpu", 6))


GOOD = saved(torch.arange(6.0))
LONG = torch.arange(6.0)
HOSTILE = {
    "big-endian zip": (rezipped(GOOD, byteorder=b"big"), "big-endian"),
    "big-endian": (saved(LONG, False).replace(b"little_endianq\x02\x88", b"little_endianq\x02\x89"),
                   "big-endian"),
    "fewer bytes": (rezipped(GOOD, data_0=b"\0" * 20), "claims 6 numbers, 24 bytes, but"),
    "compressed": (compressed(GOOD), "compressed entries"),
    "no data.pkl": (GOOD.replace(b"data.pkl", b"data.pk_"), "without torch's data.pkl"),
    "cut": (GOOD[:-30], "not a readable zip"),
    "cut, older": (saved(LONG, False)[:-4], "claims 6 numbers, 24 bytes, but"),
    "other count": (saved(LONG, False).replace(b"\6\0\0\0\0\0\0\0", b"\7\0\0\0\0\0\0\0"),
                    "the file says 7"),
    "no torch": (b"\x80\x02K\x01.", "not a file of torch"),
    "a call": (saved(Call(print, "run")), "__builtin__.print"),
    "bfloat16": (saved(LONG.to(torch.bfloat16)), "torch.BFloat16Storage"),
    **{f"persistent id {k}": (with_ids(Stored(), pid), words) for k, (pid, words) in enumerate([
        (("storage", torch.FloatStorage, "0", "cpu", 2_500_000_000), "claims 2500000000 numbers"),
        (("storage", torch.FloatStorage, "0", "cpu", -6), "as no writer does"),
        (("storage", torch.FloatStorage, "0", "cpu", True), "as no writer does"),
        (("storage", torch.FloatStorage, "../version", "cpu", 6), "does not have"),
        (("storage", torch.FloatStorage, ["0"], "cpu", 6), "as no writer does"),
        (("storage", "FloatStorage", "0", "cpu", 6), "as no writer does"),
        (("storage", torch.FloatStorage, "0", "cpu", 6, ("1", 0, 6)), "before 0.4"),
        (("module", torch.FloatStorage, "0", "cpu", 6), "as no writer does"),
        ("storage", "as no writer does"), (7, "as no writer does")])},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_torch_does_not_write_is_refused(name, tmp_path):
    file, words = HOSTILE[name]
    with pytest.raises(Refused, match=words):
        read(file, tmp_path)


@pytest.mark.parametrize("size, stride, offset", [
    ((7,), (1,), 0), ((6,), (1,), 1), ((3, 3), (2, 1), 0), ((1 << 40,), (0,), 0),
    ((2,), (1 << 61,), 0), ((0,), (1,), -1), ((-2, -3), (3, 1), 0), ((2, 3), (1,), 0),
    ([6], [1], 0), ((6.0,), (1,), 0), ((1,) * 9, (1,) * 9, 0)])
def test_a_tensor_stays_within_its_storage(size, stride, offset, tmp_path):
    held = read(rebuilt(size, stride, offset), tmp_path)
    with pytest.raises(Refused, match="reaches beyond|damaged"):
        held.array()


def test_a_tensor_within_its_storage_is_read_in_the_same_way(tmp_path):
    array = read(rebuilt((2, 2), (3, 1), 1), tmp_path).array()
    assert np.array_equal(array, [[1, 2], [4, 5]])


def test_embedded_bytes_that_are_no_storage_are_refused():
    for bytes_ in (saved({}, False), b"x", 7, saved(LONG, False)):
        call = Call(torch._utils._rebuild_tensor_v2, Call(torch.storage._load_from_bytes, bytes_),
                    0, (6,), (1,), False, {})
        with pytest.raises(Refused):
            load_stream(io.BytesIO(pickle.dumps(call)), TORCH).array()
