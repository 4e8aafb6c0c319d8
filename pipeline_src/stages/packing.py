"""Many molecules and conformers packed into batches under an atom budget."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Draw:
    """One conformer to draw: which molecule (position in the shard), which conformer, its size."""

    molecule: int
    conformer: int
    n_atoms: int


def pack(draws: list[Draw], atom_budget: int) -> list[list[Draw]]:
    """Batches of at most ``atom_budget`` atoms, large molecules first.

    A molecule larger than the budget gets a batch of its own.
    """
    batches: list[list[Draw]] = []
    used = 0
    for draw in sorted(draws, key=lambda d: (-d.n_atoms, d.molecule, d.conformer)):
        if not batches or used + draw.n_atoms > atom_budget:
            batches.append([])
            used = 0
        batches[-1].append(draw)
        used += draw.n_atoms
    return batches
