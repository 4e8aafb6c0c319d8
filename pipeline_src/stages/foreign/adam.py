"""What an Adam optimiser's state tells of the training: which parameters it ever had to change.

Adam keeps a mean of squared gradients for each number. A parameter without any gradient has no
state; a row of an embedding that was never read has squares of exactly zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from pipeline_src.stages.foreign.tensors import is_plain


@dataclass(frozen=True)
class AdamStates:
    """States by the names of the parameters.

    Attributes:
        squares: name -> mean of squared gradients; None: the parameter never had a gradient.
        decays: whether weights decay, so that squares of numbers that are not read are not zero.
    """

    squares: dict[str, Tensor | None]
    decays: bool

    @classmethod
    def of(cls, optimizer: object, state: Mapping[str, Tensor], listed: str) -> "AdamStates | None":
        """The states of the parameters below ``listed``; None if the file does not tell them.

        Args:
            optimizer: ``state_dict`` of an optimiser of all these parameters, in order.
            state: ``state_dict`` of the network; buffers named ``eps`` are no parameters.
        """
        names = [name for name in state
                 if name.startswith(f"{listed}.") and not name.endswith(".eps")]
        try:
            groups, states = optimizer["param_groups"], optimizer["state"]
            places = [place for group in groups for place in group["params"]]
            decays = any(group.get("weight_decay", 0) != 0 for group in groups)
            squares = [states[place]["exp_avg_sq"] if place in states else None
                       for place in places]
        except (TypeError, LookupError, AttributeError, RuntimeError):
            return None
        fits = len(places) == len(names) and all(
            one is None or is_plain(one) and one.shape == state[name].shape
            for one, name in zip(squares, names, strict=True))
        told = fits and any(one is not None for one in squares)
        return cls(dict(zip(names, squares, strict=True)), decays) if told else None

    def unused(self, prefix: str) -> bool | None:
        """Whether no parameter of that prefix ever had a gradient; None if some had, some not."""
        had = {self.squares[name] is not None for name in self.squares if name.startswith(prefix)}
        return None if len(had) != 1 else not had.pop()

    def rows_seen(self, name: str, decoupled: bool = False) -> frozenset[int] | None:
        """Rows of an embedding that were trained; None if the state does not tell.

        Args:
            name: of the embedding.
            decoupled: whether decay leaves the squares alone, as AdamW's does.
        """
        squares = self.squares[name]
        if squares is None or self.decays and not decoupled:
            return None
        seen = squares.ne(0).any(dim=1)
        return None if seen.all() else frozenset(torch.nonzero(seen).flatten().tolist()) - {0}
