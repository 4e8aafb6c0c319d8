"""PyTorch Geometric's ``Data`` in files, of its 1.x and later layouts, without it or torch."""

import numpy as np

from pipeline_src.chem.base import Refused
from pipeline_src.chem.readers.torch_storage import TORCH, Tensor
from pipeline_src.chem.readers.unpickling import NUMPY, Allowed, StandIn, stand_in

Data = stand_in("Data")
PYG: Allowed = TORCH | NUMPY | {
    ("torch_geometric.data.data", "Data"): Data,
    **{("torch_geometric.data.data", name): stand_in(name)
       for name in ("DataEdgeAttr", "DataTensorAttr")},
    ("torch_geometric.data.storage", "GlobalStorage"): stand_in("GlobalStorage")}


def fields(data: object) -> dict[str, object]:
    """Attribute -> value of a ``Data``: in 1.x its ``__dict__``, later the mapping of its store.

    Raises:
        Refused: it is none, or damaged.
    """
    if not isinstance(data, Data):
        raise Refused(f"a {type(data).__name__}, not a Data of PyTorch Geometric")
    held = data.state
    if isinstance(held, dict) and isinstance(held.get("_store"), StandIn):
        held = held["_store"].state
        held = held.get("_mapping") if isinstance(held, dict) else None
    if not isinstance(held, dict) or not all(isinstance(key, str) for key in held):
        raise Refused("a Data of PyTorch Geometric without attributes")
    return held


def numbers(held: dict[str, object], name: str, kind: str, shape: tuple[int | None, ...],
            ) -> np.ndarray:
    """The tensor ``name`` as int64 (kind 'i') or float64 ('f'); None in ``shape`` is any length.

    Raises:
        Refused: it is missing or is not such a tensor.
    """
    tensor = held.get(name)
    if not isinstance(tensor, Tensor):
        raise Refused(f"no tensor '{name}'")
    array = tensor.array()
    if array.dtype.kind not in {"i": "iu", "f": "iuf"}[kind] or len(array.shape) != len(shape) \
            or any(want not in (None, n) for want, n in zip(shape, array.shape, strict=True)):
        words = ", ".join("any" if n is None else str(n) for n in shape)
        raise Refused(f"'{name}' is a tensor of {array.dtype}, shape {array.shape}, not of "
                      f"{'whole ' if kind == 'i' else ''}numbers, shape ({words})")
    with np.errstate(invalid="ignore"):  # signalling NaN, which checks of the values refuse
        return array.astype({"i": np.int64, "f": np.float64}[kind])
