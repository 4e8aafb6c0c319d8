"""Atom embeddings that know the neighbours, as TorchMD-NET's; with a guide as MSGEN's eq. 16."""

import torch
from torch import Tensor, nn

from pipeline_src.backbones.edges import N_ELEMENTS


class NeighbourEmbedding(nn.Module):
    """x <- Linear([x, n]), n_i = sum_j Emb(z_j) g_ij, one n for each set of radial functions.

    g = C(d) Linear([bases(d), kind]); a guide's distances are a second set (models.md 4.7).

    Args:
        width: H.
        pair_width: of [bases, kind].
        sets: of radial functions, 1 or 2.
    """

    def __init__(self, width: int, pair_width: int, sets: int):
        super().__init__()
        self.atoms = nn.Embedding(N_ELEMENTS, width)
        self.filters = nn.ModuleList(nn.Linear(pair_width, width) for _ in range(sets))
        self.combine = nn.Linear((1 + sets) * width, width)
        for layer in (*self.filters, self.combine):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, numbers: Tensor, pair_index: Tensor,
                sets: list[tuple[Tensor, Tensor]]) -> Tensor:
        """New features  # (N, H)

        Args:
            x: features  # (N, H)
            numbers: atomic numbers  # (N,)
            pair_index: undirected pairs  # (2, P)
            sets: [bases, kind] and fade of each set  # (P, E), (P,)
        """
        atoms, (first, second) = self.atoms(numbers), pair_index
        found = [x]
        for layer, (features, fade) in zip(self.filters, sets, strict=True):
            strength = layer(features).to(x.dtype) * fade.unsqueeze(-1)
            total = torch.zeros_like(x)
            total = total.index_add(0, first, atoms[second] * strength)
            found.append(total.index_add(0, second, atoms[first] * strength))
        return self.combine(torch.cat(found, -1)).to(x.dtype)
