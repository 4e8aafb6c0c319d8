"""Which conformers each training step and each validation batch sees."""

from collections.abc import Iterator

import numpy as np

from pipeline_src.run.errors import InputError
from pipeline_src.stages.dataset import ConformerDataset


class StepBatches:
    """The items of each training step from ``start`` on: shuffled epochs keyed by (seed, epoch).

    A step takes ``batch_size`` items in the shuffled order, or fewer where their atoms would
    exceed the budget; the next step goes on with the rest, over the end of an epoch as well. What
    a step sees depends on its number only, never on how often the job started. Of several
    processes each takes every ``world``-th item, so that together they see the same step.

    Args:
        sizes: atoms of each item, int64  # (items,)
        batch_size: items a step, at most.
        seed: of the order.
        start: the first step.
        stop: the step after the last.
        atom_budget: atoms a step, at most; None: no bound. See ``check_atom_budget``.
        rank: this process's number of ``world``.
        world: number of processes.

    Raises:
        InputError: fewer items a step than processes.
    """

    def __init__(self, sizes: np.ndarray, batch_size: int, seed: int, start: int, stop: int,
                 atom_budget: int | None = None, rank: int = 0, world: int = 1):
        if batch_size < world:
            raise InputError("training.batch_size", batch_size, f"{world} or more, one a device")
        self.sizes, self.batch_size, self.atom_budget = sizes, batch_size, atom_budget
        self.seed, self.start, self.stop = seed, start, stop
        self.rank, self.world = rank, world

    def __len__(self) -> int:
        return self.stop - self.start

    def __iter__(self) -> Iterator[list[int]]:
        # where a step begins is known without a budget, else counted from the first one
        step = self.start if self.atom_budget is None else 0
        epoch, begin = divmod(step * self.batch_size, len(self.sizes))
        waiting = self._order(epoch)[begin:]
        while step < self.stop:
            while len(waiting) < self.batch_size:
                epoch += 1
                waiting = np.concatenate([waiting, self._order(epoch)])
            count = how_many(self.sizes[waiting[: self.batch_size]], self.atom_budget)
            if step >= self.start:
                yield waiting[:count].tolist()[self.rank :: self.world]
            waiting = waiting[count:]
            step += 1

    def _order(self, epoch: int) -> np.ndarray:
        """All items, shuffled  # (items,)"""
        return np.random.default_rng([self.seed, epoch]).permutation(len(self.sizes))


def batches_in_order(sizes: np.ndarray, batch_size: int, atom_budget: int | None,
                     most: int) -> list[list[int]]:
    """The first batches, ``most`` at most, under the same bounds, of the items as they come."""
    batches: list[list[int]] = []
    begin = 0
    while begin < len(sizes) and len(batches) < most:
        count = how_many(sizes[begin : begin + batch_size], atom_budget)
        batches.append(list(range(begin, begin + count)))
        begin += count
    return batches


def how_many(sizes: np.ndarray, atom_budget: int | None) -> int:
    """How many of the items, from the first on, stay within the budget."""
    if atom_budget is None:
        return len(sizes)
    return int(np.searchsorted(sizes.cumsum(), atom_budget, side="right"))


def check_atom_budget(data: ConformerDataset, atom_budget: int | None, devices: int) -> None:
    """Refuse a budget under which a step would not hold any ``devices`` conformers of the data.

    Raises:
        InputError: names the largest molecule.
    """
    largest = max(range(len(data.graphs)), key=lambda k: data.graphs[k].num_nodes)
    atoms = data.graphs[largest].num_nodes
    if atom_budget is not None and devices * atoms > atom_budget:
        raise InputError(
            "training.atom_budget", atom_budget,
            f"{devices * atoms} or more: molecule '{data.names[largest]}' has {atoms} atoms"
            + (f", and each of {devices} devices takes a conformer a step" if devices > 1 else ""),
            "Raise the budget or leave the molecule out of the dataset.")
