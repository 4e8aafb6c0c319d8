"""GeoMol's ``split*.npy``: positions of the train, val and test molecules in a sorted list."""

from pathlib import Path

import numpy as np

from pipeline_src.chem.base import Refused
from pipeline_src.chem.readers.unpickling import NUMPY, Array, load_stream
from pipeline_src.run.errors import InputError


def read_indices(path: Path) -> list[np.ndarray]:
    """The three arrays of positions, int64; the file's pickle part is never run.

    Raises:
        InputError: the file cannot be read, or holds anything but three arrays of whole numbers,
            each position once.
    """
    try:
        with open(path, "rb") as file:
            arrays = _content(file)
    except (OSError, ValueError, Refused) as error:
        raise InputError(f"split.indices: {path}", f"{type(error).__name__}: {error}",
                         "a readable NumPy file of three arrays of positions") from None
    kinds = [f"{array.dtype} {array.shape}" for array in arrays]
    if len(arrays) != 3 or any(a.dtype.kind not in "iu" or a.ndim != 1 for a in arrays):
        raise InputError(f"split.indices: {path}", kinds, "three lists of whole numbers")
    arrays = [array.astype(np.int64) for array in arrays]
    together = np.concatenate(arrays)
    if len(np.unique(together)) != len(together) or (together < 0).any():
        raise InputError(f"split.indices: {path}", "a position twice, or below 0",
                         "each position in one subset, from 0")
    return arrays


class _Arrays(Array):
    """An array of numbers, or one that holds such arrays as objects."""

    __slots__ = ("held",)

    def __setstate__(self, state: tuple) -> None:
        self.held = state[4] if isinstance(state[4], list) else None
        super().__setstate__(state)


_ALLOWED = NUMPY | {(f"numpy.{core}.multiarray", "_reconstruct"): _Arrays
                    for core in ("core", "_core")}


def _content(file: object) -> list[np.ndarray]:
    """The arrays of an opened .npy file: rows of a plain one, the objects of an object array."""
    version = np.lib.format.read_magic(file)
    read = {(1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError(f"version {version} of the .npy format")
    _, _, dtype = read(file)
    if not dtype.hasobject:
        file.seek(0)
        return list(np.load(file, allow_pickle=False))
    content = load_stream(file, _ALLOWED)
    held = content.held if isinstance(content, _Arrays) else None
    if held is None or not all(isinstance(item, _Arrays) for item in held):
        raise Refused("the file holds something else than arrays")
    return [item.array() for item in held]
