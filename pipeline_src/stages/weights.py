"""Trained weights on disk: a ``state_dict`` loaded with ``weights_only=True``."""

import io
import pickle
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


def load_safely(path: Path, device: torch.device | str = "cpu") -> dict:
    """What ``save_atomically`` wrote; never runs code from the file.

    Raises:
        InputError: the file is missing or damaged, or holds more than tensors and plain data.
    """
    try:
        content = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, ValueError, LookupError, EOFError,
            pickle.UnpicklingError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {str(error).partition(chr(10))[0]}",
                         "a readable file of weights", "Delete it and run again.") from None
    if not isinstance(content, dict):
        raise InputError(str(path), type(content).__name__, "a dictionary of weights",
                         "Delete it and run again.")
    return content


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
