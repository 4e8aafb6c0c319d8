"""What files of ``torch.save`` hold, zipped or older, without torch."""

import struct
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pipeline_src.chem.base import Refused
from pipeline_src.chem.readers.torch_storage import (
    LARGEST_BYTES,
    TORCH,
    Storage,
    load_rows,
    one_of,
)
from pipeline_src.chem.readers.unpickling import Allowed, load_stream


def load_torch(path: Path, allowed: Allowed) -> object:
    """What a file of ``torch.save`` holds: builtins, tensors as ``Tensor``, what is ``allowed``.

    Raises:
        Refused: another class, numbers that are not there or too many, or the file is unreadable;
            names the file.
    """
    try:
        with open(path, "rb") as file:
            zipped = file.read(2) == b"PK"
            file.seek(0)
            return (_load_zip if zipped else load_rows)(file, allowed | TORCH)
    except Refused as error:
        raise Refused(f"{path.name}: {error}") from None
    except OSError as error:
        raise Refused(f"{path.name}: {type(error).__name__}: {error.strerror}") from None


def _load_zip(file: BinaryIO, allowed: Allowed) -> object:
    try:
        with zipfile.ZipFile(file) as archive:
            return _load_archive(archive, allowed)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError,
            LookupError, struct.error) as error:  # what zipfile raises of damaged files
        raise Refused(f"not a readable zip file of torch: {error}") from None


def _load_archive(archive: zipfile.ZipFile, allowed: Allowed) -> object:
    entries = archive.infolist()
    if any(e.compress_type != zipfile.ZIP_STORED for e in entries):
        raise Refused("a zip file with compressed entries, which torch does not write")
    if sum(e.file_size for e in entries) > LARGEST_BYTES:
        raise Refused(f"its entries claim more than {LARGEST_BYTES} bytes")
    names = {e.filename for e in entries}
    pickles = [name for name in names if name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise Refused("a zip file without torch's data.pkl")
    folder = pickles[0].removesuffix("data.pkl")
    if (f"{folder}byteorder" in names
            and archive.read(f"{folder}byteorder").strip() != b"little"):
        raise Refused("written on a big-endian machine")
    read = _once_a_key(lambda key: _entry(archive, names, f"{folder}data/{key}"))
    return load_stream(BytesIO(archive.read(pickles[0])), allowed, read)


def _entry(archive: zipfile.ZipFile, names: set[str], name: str) -> bytes:
    if name not in names:
        raise Refused("a torch storage that the file does not have")
    return archive.read(name)


def _once_a_key(data_of: Callable[[str], bytes]) -> Callable[[object], Storage]:
    """What a persistent id stands for: the same storage for the same key, filled at once."""
    known: dict[str, Storage] = {}

    def storage(pid: object) -> Storage:
        found = Storage(pid)
        if found.key not in known:
            found.fill(data_of(found.key))
        return one_of(known, found)

    return storage
