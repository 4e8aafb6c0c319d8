"""Ensembles and rejections as JSON and raw arrays: what a worker process says is safe to read.

Nothing but text and numbers is in a frame, so a worker that was taken over by a hostile file can
tell its parent lies, but make it run nothing.
"""

import json
import math
import struct
from dataclasses import asdict

import numpy as np

from pipeline_src.chem.base import Refused, Rejection
from pipeline_src.ensembles import Ensemble, Molecule

_GRAPH = ("numbers", "charges", "bonds", "orders")
_VALUES = ("positions", "energies_hartree", "weights")
_DTYPES = {**dict.fromkeys(_GRAPH, np.dtype("<i8")), "positions": np.dtype("<f4"),
           "energies_hartree": np.dtype("<f8"), "weights": np.dtype("<f8")}
_HEAD = struct.Struct("<Q")
LONGEST_BYTES = 400_000_000  # of a frame; 2,000 conformers of 200 atoms take 5 MB
_LONGEST_TEXT = 500


def words(text: str) -> str:
    """``text`` from a foreign file as one printable line of bounded length."""
    cut = text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


def packed(content: object) -> bytes:
    """A frame of ``content``: a Refused, a list of Ensembles and Rejections, or plain JSON."""
    arrays: list[np.ndarray] = []
    if isinstance(content, Refused):
        head = {"refused": words(str(content))}
    elif isinstance(content, list) and all(
            isinstance(item, Ensemble | Rejection) for item in content):
        head = {"items": [_packed_item(item, arrays) for item in content]}
    else:
        head = {"value": content}
    text = json.dumps(head).encode()
    return b"".join([_HEAD.pack(len(text)), text, *(a.tobytes() for a in arrays)])


def _packed_item(item: Ensemble | Rejection, arrays: list[np.ndarray]) -> dict:
    if isinstance(item, Rejection):
        return {"rejection": asdict(item) | {"reason": words(item.reason)}}
    shapes = {}
    for name in _DTYPES:
        array = getattr(item.molecule if name in _GRAPH else item, name)
        shapes[name] = None if array is None else array.shape
        if array is not None:
            arrays.append(np.ascontiguousarray(array, dtype=_DTYPES[name]))
    return {"id": item.molecule.id, "smiles": item.molecule.smiles, "level": item.level,
            "reasons": item.reasons, "notes": item.notes, "shapes": shapes}


def unpacked(frame: bytearray) -> object:
    """What ``packed`` was given.

    Raises:
        ValueError, TypeError, LookupError, RecursionError, struct.error, InputError: it is not
            one of ours.
    """
    (length,) = _HEAD.unpack_from(frame)
    start = _HEAD.size + length
    head = json.loads(frame[_HEAD.size:start].decode())
    if "refused" in head:
        return Refused(str(head["refused"]))
    if "value" in head:
        return head["value"]
    items = []
    for item in head["items"]:
        if "rejection" in item:
            items.append(Rejection(**item["rejection"]))
            continue
        arrays = {}
        for name, dtype in _DTYPES.items():
            arrays[name], start = _array(frame, start, dtype, item["shapes"][name])
        items.append(_ensemble(item, arrays))
    return items


def _array(frame: bytearray, start: int, dtype: np.dtype,
           shape: list[int] | None) -> tuple[np.ndarray | None, int]:
    """The array at ``start`` and where the next one stands."""
    if shape is None:
        return None, start
    count = math.prod(shape)
    array = np.frombuffer(frame, dtype, count, start).reshape(shape) if count else \
        np.zeros(shape, dtype)
    return array, start + count * dtype.itemsize


def _ensemble(item: dict, arrays: dict[str, np.ndarray]) -> Ensemble:
    molecule = Molecule(str(item["id"]), str(item["smiles"]), *(arrays[name] for name in _GRAPH))
    return Ensemble(molecule, arrays["positions"], item["level"], arrays["energies_hartree"],
                    arrays["weights"], tuple(item["reasons"]), tuple(item["notes"]))
