"""What a backbone is, what it returns, and how sampling holds it for one batch."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from torch import Tensor
from torch.nn import Parameter
from torch_geometric.data import Data

from pipeline_src.run.errors import InputError


class PairScores(NamedTuple):
    """One number for each undirected pair, in the order of the batch's pair indices.

    Attributes:
        local: scores of the local pairs  # (P_l,)
        far: scores of the far pairs, zero beyond the cutoff; None if not asked for, or if the
            network has none  # (P_f,)
        far_mask: far pairs within the cutoff, bool; None where ``far`` is  # (P_f,)
        nodes: branch name -> states after each layer, (N, H) each; None if not asked for.
    """

    local: Tensor
    far: Tensor | None
    far_mask: Tensor | None
    nodes: dict[str, list[Tensor]] | None = None


class NodeVectors(NamedTuple):
    """One vector for each atom: a velocity, or a position, as the backbone's ``predicts`` says.

    Attributes:
        vectors: Å for positions, Å per unit of time for velocities  # (N, 3)
        nodes: branch name -> states after each layer, (N, H) each; None if not asked for.
    """

    vectors: Tensor
    nodes: dict[str, list[Tensor]] | None = None


class Backbone(Protocol):
    """A network of noisy positions, per-atom time and, if ``takes_guide``, a guide.

    Attributes:
        predicts: what its output means; must equal the process's ``needs``.
        takes_guide: whether ``guide`` is needed.
    """

    predicts: str
    takes_guide: bool

    def __call__(
        self,
        batch: Data,
        pos: Tensor,
        time: Tensor,
        guide: Tensor | None = None,
        *,
        far: bool = True,
        return_nodes: bool = False,
    ) -> PairScores | NodeVectors:
        """What it predicts at the given positions, in their type, under autocast too.

        Args:
            batch: stage graphs of G molecules.
            pos: noisy positions, Å  # (N, 3)
            time: of each atom, as the process counts it: index of a noise level, int64, or a
                number in [0, 1]  # (N,)
            guide: guide positions, Å, or None  # (N, 3)
            far: whether far pairs are needed; without them a branch of their own is not run.
            return_nodes: whether to return the per-layer node states.
        """

    def parameter_groups(self) -> dict[str, list[Parameter]]:
        """All parameters by the names of the process's losses; each group has its optimiser."""


class DistanceBackbone(Backbone, Protocol):
    """A network of the distances of local pairs alone, which need not be those of any positions.

    Its call takes one more option: ``distances`` of the local pairs, Å ``(P_l,)``, in place of
    those of ``pos``, which then is not read. Its scores of far pairs are None.
    """


def check_guide(backbone: Backbone, guide: Tensor | None) -> None:
    """Refuse a guide that is missing, or given to a backbone that takes none.

    Raises:
        InputError: says which.
    """
    if (guide is not None) != backbone.takes_guide:
        raise InputError("guide", "none" if guide is None else "a guide",
                         f"{'a' if backbone.takes_guide else 'no'} guide: "
                         f"{type(backbone).__name__}")


class Holder(Protocol):
    """A backbone with its final weights, readied for many positions of one batch.

    Made of the backbone alone. The table of parts names one under the kind of a backbone that has
    a faster way when batch and guide stay the same; a backbone without one is called as it is.
    """

    def hold(self, batch: Data, guide: Tensor | None) -> Callable[..., PairScores]:
        """What is called as the backbone would be, with this batch and guide, for scores alone."""
