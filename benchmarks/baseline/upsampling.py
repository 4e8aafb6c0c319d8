"""Upsampling one conformer after the other, one atom after the other."""

import torch
from torch import Tensor


def upsample_plainly(n_atoms: int, bonds: list[tuple[int, int]], coarse: list[int],
                     positions: Tensor, directions: Tensor, tau: float) -> Tensor:
    """One conformer's guide: new atoms at tau from the mean of their placed neighbours  # (N, 3)

    Args:
        n_atoms: N.
        bonds: bonded pairs.
        coarse: atoms whose positions are known.
        positions: theirs, Å  # (M, 3)
        directions: standard normal vectors  # (N, 3)
        tau: Å.
    """
    neighbours: dict[int, list[int]] = {atom: [] for atom in range(n_atoms)}
    for i, j in bonds:
        neighbours[i].append(j)
        neighbours[j].append(i)
    guide = torch.zeros(n_atoms, 3)
    placed, queue = set(coarse), list(coarse)
    for atom, position in zip(coarse, positions, strict=True):
        guide[atom] = position
    for here in queue:  # grows while it is walked through
        for atom in sorted(neighbours[here]):
            if atom in placed:
                continue
            anchors = [j for j in neighbours[atom] if j in placed]
            anchor = torch.stack([guide[j] for j in anchors]).mean(dim=0)
            guide[atom] = anchor + tau * directions[atom] / directions[atom].norm()
            placed.add(atom)
            queue.append(atom)
    return guide
