"""Where a flow starts: random positions of all atoms of a batch, by name."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.utils import to_dense_adj, to_dense_batch

from pipeline_src.graphs.centering import centre
from pipeline_src.graphs.stage_graph import HOP_KINDS


def gaussian(batch: Data, noise: Tensor) -> Tensor:
    """N(0, 1 Å) for each coordinate, each graph centred  # (N, 3)"""
    return centre(noise, batch.batch, batch.num_graphs)


def harmonic(batch: Data, noise: Tensor) -> Tensor:
    """Beads on springs along the bonds, each graph centred; see ``harmonic_precision``  # (N, 3)

    With M = C C^T, C^-T times the noise has covariance M^-1. That needs neither eigenvectors,
    which are not unique where a molecule is symmetric, nor a threshold for what counts as zero,
    and molecules of all sizes are padded and done at once. A molecule's sample depends on its own
    noise only.
    """
    dense, present = to_dense_batch(noise.double(), batch.batch, batch_size=batch.num_graphs)
    root = torch.linalg.cholesky(harmonic_precision(batch, present))
    found = torch.linalg.solve_triangular(root.mT, dense, upper=True)
    return centre(found[present].to(noise.dtype), batch.batch, batch.num_graphs)


def harmonic_precision(batch: Data, present: Tensor) -> Tensor:
    """M = L + sum_c 1_c 1_c^T / n_c of each molecule, float64  # (G, n, n)

    L is the Laplacian of the bonds, in 1 / Å², and c its components of n_c atoms. L alone has a
    zero mode for each component, along which it holds nothing; here each has variance 1 Å². What
    is left of M^-1 once a molecule is centred is, if it is connected, the pseudo-inverse of L, as
    in ET-Flow. If it is not, each part is that of its own bonds, and the parts' centres lie as
    those of Gaussian atoms would: near, but apart, as a flow cannot part what coincides.

    Args:
        present: atoms that are no padding, bool; padding has ones on the diagonal  # (G, n)
    """
    bonds = batch.local_pair_index[:, batch.local_pair_kind < min(HOP_KINDS.values())]
    both = torch.cat([bonds, bonds.flip(0)], dim=1)
    n = present.shape[1]
    bonded = to_dense_adj(both, batch.batch, max_num_nodes=n, batch_size=batch.num_graphs).double()
    itself = torch.eye(n, dtype=torch.float64, device=present.device).expand_as(bonded)
    linked, reach = bonded + itself, 1
    while reach < n:  # one bond, then two, four ... bonds apart
        linked, reach = ((linked @ linked) > 0).double(), 2 * reach
    together = linked / linked.sum(-1, keepdim=True)
    return torch.diag_embed(bonded.sum(-1)) - bonded + together


PRIORS: dict[str, Callable[[Data, Tensor], Tensor]] = {"gaussian": gaussian, "harmonic": harmonic}
