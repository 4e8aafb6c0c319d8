"""Tensors of torch's files and pickles as NumPy arrays; nothing of torch is run or imported.

Three layouts hold the same storages (torch/serialization.py, torch/storage.py, torch/_utils.py):
zip files as ``torch.save`` writes since 1.6; its older files, a row of pickles with the raw bytes
behind them; and such an older stream as a byte string within a plain pickle of tensors.
"""

from collections.abc import Iterable
from io import BytesIO
from math import prod
from typing import BinaryIO

import numpy as np

from pipeline_src.chem.base import Refused
from pipeline_src.chem.readers.unpickling import (
    PLAIN,
    Allowed,
    Constructor,
    StandIn,
    load_stream,
)

LARGEST_BYTES = 1 << 30  # of one file's tensors; a molecule's ensemble has a few MB
_MAGIC = 0x1950A86A20F9469CFC6C  # of the older files; 1001 is their only version
_DTYPES = {"DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2",
           "LongStorage": "<i8", "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1",
           "ByteStorage": "u1", "BoolStorage": "?"}


class _StorageType(Constructor):
    """A storage class of torch, which files name but never call."""

    __slots__ = ("dtype",)

    def __init__(self, name: str) -> None:
        super().__init__(_refuse_call)
        self.dtype = np.dtype(_DTYPES[name])


def _refuse_call(*args: object) -> None:
    raise Refused("the file makes a torch storage as no writer does")


class Storage:
    """The numbers that tensors are views of; without them until their place in the file is read.

    Attributes:
        values: as the file has them, read-only; None: not read yet  # (numel,)
    """

    __slots__ = ("dtype", "key", "numel", "values")

    def __init__(self, pid: object) -> None:
        """Of a persistent id ('storage', type, key, location, numel[, None])."""
        parts = pid if isinstance(pid, tuple) else ()
        if (len(parts) not in (5, 6) or parts[0] != "storage"
                or not isinstance(parts[1], _StorageType) or not isinstance(parts[2], str)
                or not _is_count(parts[4])):
            raise Refused(f"the file refers to a torch storage as no writer does: {pid!r:.80}")
        if parts[5:] not in ((), (None,)):
            raise Refused("the file holds a view of a torch storage as torch wrote before 0.4")
        self.dtype, self.key, self.numel = parts[1].dtype, parts[2], parts[4]
        self.values: np.ndarray | None = None
        if self.n_bytes > LARGEST_BYTES:
            raise Refused(f"a torch storage claims {self.numel} numbers, {self.n_bytes} bytes; at"
                          f" most {LARGEST_BYTES} are read")

    def __setstate__(self, state: object) -> None:
        _refuse_call()

    @property
    def n_bytes(self) -> int:
        """What its numbers take in the file."""
        return self.numel * self.dtype.itemsize

    def fill(self, data: bytes) -> None:
        """Take the numbers; raises ``Refused`` unless there are as many as the storage claims."""
        if len(data) != self.n_bytes:
            raise Refused(f"a torch storage claims {self.numel} numbers, {self.n_bytes} bytes, but "
                          f"the file has {len(data)} bytes of it")
        self.values = np.frombuffer(data, self.dtype)


class EmbeddedStorage(StandIn):
    """A storage within a plain pickle: one byte string, an older file of torch."""

    __slots__ = ()

    def storage(self) -> Storage:
        """The storage; raises ``Refused`` if the bytes are no such file."""
        if len(self.args) != 1 or not isinstance(self.args[0], bytes):
            _refuse_call()
        found = load_rows(BytesIO(self.args[0]), STORAGES)
        if not isinstance(found, Storage):
            raise Refused("the bytes of a torch storage hold something else")
        return found


class Tensor(StandIn):
    """A tensor as torch describes it: storage, offset, sizes, strides, and what is not used."""

    __slots__ = ()

    def array(self) -> np.ndarray:
        """Its numbers.

        Raises:
            Refused: they do not lie within the storage, or are more than the storage has.
        """
        if len(self.args) not in (6, 7):
            raise Refused("the file makes a torch tensor as no writer does")
        storage, offset, size, stride = self.args[:4]
        if isinstance(storage, EmbeddedStorage):
            storage = storage.storage()
        if not isinstance(storage, Storage) or storage.values is None:
            raise Refused("the file holds a torch tensor without numbers")
        if (not isinstance(size, tuple) or not isinstance(stride, tuple)
                or len(size) != len(stride) or len(size) > 8
                or not all(map(_is_count, (offset, *size, *stride)))):
            raise Refused("the sizes or strides of a torch tensor are damaged")
        last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        if prod(size) and (last >= storage.numel or prod(size) > storage.numel):
            raise Refused(f"a torch tensor of size {size} reaches beyond its storage of "
                          f"{storage.numel} numbers")
        if not prod(size):
            return np.zeros(size, storage.dtype)
        return np.lib.stride_tricks.as_strided(
            storage.values[offset:], size, [s * storage.dtype.itemsize for s in stride],
            writeable=False)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 62


def _dict(*args: object) -> dict:
    if args:
        raise Refused("the file makes an OrderedDict as no writer does")
    return {}


STORAGES: Allowed = {("torch", name): _StorageType(name) for name in _DTYPES}
TORCH: Allowed = PLAIN | STORAGES | {
    ("torch._utils", "_rebuild_tensor_v2"): Tensor,
    ("torch.storage", "_load_from_bytes"): EmbeddedStorage,
    ("collections", "OrderedDict"): Constructor(_dict)}


def load_rows(file: BinaryIO, allowed: Allowed) -> object:
    """What an older file of torch holds: magic number, version, system, object, keys, numbers.

    Raises:
        Refused: another class than ``allowed``, or numbers that are not there or too many.
    """
    if load_stream(file, {}) != _MAGIC or load_stream(file, {}) != 1001:
        raise Refused("not a file of torch: its magic number or version is another")
    system = load_stream(file, {})
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise Refused("written on a big-endian machine")
    known: dict[str, Storage] = {}
    held = load_stream(file, allowed, lambda pid: one_of(known, Storage(pid)))
    keys = load_stream(file, {})
    if not isinstance(keys, list) or sorted(map(str, keys)) != sorted(known):
        raise Refused("the torch storages of the file are not those that it refers to")
    _fill(file, [known[str(key)] for key in keys])
    return held


def _fill(file: BinaryIO, storages: Iterable[Storage]) -> None:
    left = LARGEST_BYTES
    for storage in storages:
        count = int.from_bytes(file.read(8), "little")
        left -= storage.n_bytes
        if count != storage.numel or left < 0:
            raise Refused(f"a torch storage claims {storage.numel} numbers, the file says {count} "
                          f"of it; at most {LARGEST_BYTES} bytes are read")
        storage.fill(file.read(storage.n_bytes))


def one_of(known: dict[str, Storage], found: Storage) -> Storage:
    """The storage that ``known`` has of the same key, or ``found``, which is known from now on.

    Raises:
        Refused: both are described otherwise.
    """
    first = known.setdefault(found.key, found)
    if (first.dtype, first.numel) != (found.dtype, found.numel):
        raise Refused("a torch storage that is described in two ways")
    return first
