"""Trained weights on disk: a ``state_dict`` loaded with ``weights_only=True``."""

import io
import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from pipeline_src.run.errors import InputError
from pipeline_src.run.files import replacing


def save_atomically(path: Path, content: dict) -> None:
    """Write ``content`` (tensors and plain data) with ``torch.save``, atomically."""
    whole = io.BytesIO()  # torch's own writer does not say why it failed
    torch.save(content, whole)
    with replacing(path) as temporary:
        temporary.write_bytes(whole.getbuffer())


def load_safely(path: Path, device: torch.device | str = "cpu", *,
                stand_ins: Mapping[str, type] | None = None,
                hint: str = "Delete it and run again.") -> dict:
    """What a file of ``torch.save`` holds; never runs code from the file.

    Args:
        path: the file.
        device: where its tensors go.
        stand_ins: full name of a class -> the inert type of ours that is made in its place.
        hint: what to do about a bad file.

    Raises:
        InputError: the file is missing or damaged, or holds more than tensors, plain data and
            stand-ins.
    """
    known = [(inert, name) for name, inert in (stand_ins or {}).items()]
    try:
        if not path.is_file() and path.exists():
            raise OSError("it is not a file")
        with torch.serialization.safe_globals(known):
            content = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, ValueError, LookupError, EOFError, TypeError, AttributeError,
            ArithmeticError, pickle.UnpicklingError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {_reason(error)}",
                         "a readable file of weights", hint) from None
    if not isinstance(content, dict):
        raise InputError(str(path), type(content).__name__, "a dictionary of weights", hint)
    return dict(dict.items(content))  # an OrderedDict of a file may hide its own methods


def _reason(error: Exception) -> str:
    """The sentence that says why: torch's are followed or preceded by advice."""
    foreign = re.search(r"GLOBAL (\S+) was not an allowed", str(error))
    if foreign:
        return f"it holds {foreign[1]}, which is no tensor and no plain data; nothing of it was run"
    return str(error).partition("\n")[0]


def load_weights(backbone: nn.Module, path: Path) -> None:
    """Put the weights of ``path`` into ``backbone``.

    Raises:
        InputError: the weights belong to another architecture; the first differences are named.
    """
    state = load_safely(path)
    differences = _differences(backbone.state_dict(), state)
    if differences:
        raise InputError(str(path), "; ".join(differences[:5]),
                         f"weights of this {type(backbone).__name__}",
                         "Train the stage again, or correct its backbone settings.")
    backbone.load_state_dict(state)


def _differences(wanted: dict[str, Tensor], found: dict[str, Tensor]) -> list[str]:
    lines = [f"no '{name}'" for name in wanted if name not in found]
    lines += [f"unknown '{name}'" for name in found if name not in wanted]
    lines += [f"'{name}' has shape {tuple(found[name].shape)}, not {tuple(tensor.shape)}"
              for name, tensor in wanted.items()
              if name in found and found[name].shape != tensor.shape]
    return lines
