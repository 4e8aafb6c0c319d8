"""A foreign ``state_dict`` against the names and shapes it should have."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from pipeline_src.run.errors import InputError

MOST_NAMED = 5  # differences in one message
Shape = tuple[int, ...]


def check_names(path: Path, state: object, wanted: Mapping[str, Shape], network: str,
                last: str = "") -> dict[str, Tensor]:
    """The state, which must be finite numbers of exactly the wanted names and shapes.

    Args:
        path: for the message.
        state: of the file.
        wanted: name -> shape; a -1 stands for any length.
        network: whose it should be, in words.
        last: names that begin so are shown after the others; they only repeat them.

    Raises:
        InputError: the first differences, each with the name, what was found and what expected.
    """
    if not isinstance(state, dict):
        refuse(path, [f"its weights: found {_told(state)}, expected a dictionary"], network)
    found = dict(dict.items(state))
    lines = [f"'{name}': missing, expected shape {shape}"
             for name, shape in wanted.items() if name not in found]
    lines += [f"'{name}': unknown, found {_told(value)}"
              for name, value in found.items() if name not in wanted]
    lines += [f"'{name}': found {_told(found[name])}, expected shape {shape}"
              for name, shape in wanted.items()
              if name in found and not _fits(found[name], shape)]
    lines += [f"'{name}': found numbers that are not finite" for name in wanted
              if name in found and _fits(found[name], wanted[name])
              and not torch.isfinite(found[name]).all()]
    refuse(path, sorted(lines, key=lambda line: bool(last) and line.startswith(f"'{last}")),
           network)
    return found


def check_copies(path: Path, state: Mapping[str, Tensor], copies: Mapping[str, str],
                 network: str) -> None:
    """Refuse modules that are stored twice and differ.

    Args:
        copies: name of the second -> name of the first.

    Raises:
        InputError: names the first ones that differ.
    """
    refuse(path, [f"'{second}' and '{first}': found different numbers, expected the same twice"
                  for second, first in copies.items()
                  if not torch.equal(state[second], state[first])], network)


def refuse(path: Path, differences: list[str], network: str) -> None:
    """Raise ``InputError`` if there are differences; it shows the first ones."""
    if differences:
        more = len(differences) - MOST_NAMED
        shown = "; ".join(differences[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
        raise InputError(str(path), shown, network,
                         "Name the right file, or correct the stage's weights and backbone.")


def is_plain(value: object) -> bool:
    """Whether it is a dense tensor of real numbers."""
    return (type(value) in (Tensor, torch.nn.Parameter) and value.layout == torch.strided
            and value.device.type == "cpu" and value.is_floating_point())


def _fits(value: object, shape: Shape) -> bool:
    return is_plain(value) and value.dim() == len(shape) and all(
        wanted in (-1, length) for wanted, length in zip(shape, value.shape, strict=True))


def _told(value: object) -> str:
    if not isinstance(value, Tensor):
        return f"a {type(value).__name__}"
    return f"shape {tuple(value.shape)}" + (
        "" if value.is_floating_point() else f" of {value.dtype}")
