"""What a process and a sampler of it are. The network comes in as an argument."""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor
from torch_geometric.data import Data

from pipeline_src.graphs.noise import StepNoise


class Process(Protocol):
    """What noise does, and how a network learns to undo it.

    Attributes:
        needs: what the backbone must predict.
        mean_over: 'atoms' or 'graphs': what its losses are means over, by which several training
            processes weigh their shares of a step.
    """

    needs: str
    mean_over: str

    def draw_times(self, n_graphs: int, uniforms: Tensor) -> Tensor:
        """One time a graph, in antithetic pairs, in the process's own terms  # (G,)

        Args:
            uniforms: numbers in [0, 1), one a pair  # (ceil(G / 2),)
        """

    def prior(self, batch: Data, noise: StepNoise, guide: Tensor | None) -> Tensor:
        """Where sampling starts, Å, each graph centred  # (N, 3)"""

    def loss(self, backbone: Callable, batch: Data, pos: Tensor, time: Tensor, noise: StepNoise,
             guide: Tensor | None) -> dict[str, Tensor]:
        """Weighted losses, each a scalar, by the backbone's groups of parameters.

        Args:
            backbone: predicts ``needs``.
            batch: stage graphs.
            pos: clean positions, Å  # (N, 3)
            time: of each atom, as ``draw_times`` gives it  # (N,)
            noise: the random vectors of this training step.
            guide: guide positions, Å, or None  # (N, 3)
        """


class Sampler(Protocol):
    """The walk from the prior to positions; made of its settings and the process.

    Attributes:
        second_try: what is done otherwise when a conformer that diverged is drawn again, in words
            that end the phrase 'drawn again ...'.
    """

    second_try: str

    def levels(self) -> list[tuple[int, int]]:
        """The steps in order, each as its own number and the next one's; the numbers are distinct,
        as they key the noise."""

    def advance(self, backbone: Callable, batch: Data, pos: Tensor, guide: Tensor | None,
                step: tuple[int, int], noise: Callable[[int], StepNoise], retry: bool) -> Tensor:
        """Positions after one step, Å, not centred  # (N, 3)

        Args:
            backbone: predicts what the process needs.
            batch: stage graphs.
            pos: positions before it, Å, each graph centred  # (N, 3)
            guide: guide positions, Å, or None  # (N, 3)
            step: one of ``levels``.
            noise: gives the random vectors of the step of a number, the same ones each time.
            retry: whether this is the second try of conformers that diverged.
        """
