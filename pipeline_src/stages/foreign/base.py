"""What a reader of another project's checkpoints gives."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from pipeline_src.run.settings import Stage


@dataclass
class ForeignWeights:
    """A checkpoint in our terms.

    Attributes:
        state: the ``state_dict`` of the stage's network.
        elements: atomic numbers that the file itself says were trained on; None: it does not say.
        described: what it says of its training, as plain data.
        notes: sentences for the log.
    """

    state: dict[str, Tensor]
    elements: frozenset[int] | None = None
    described: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class ForeignReader(Protocol):
    """The reader of one kind of checkpoint."""

    def __call__(self, path: Path, stage: Stage) -> ForeignWeights:
        """The weights of ``path`` for the network of ``stage``.

        Raises:
            InputError: the file cannot be read, holds more than tensors and plain data, or is of
                another network; the first differences are named.
        """
