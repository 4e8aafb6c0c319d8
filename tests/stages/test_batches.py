"""Which conformers each training step and each validation batch sees."""

from types import SimpleNamespace

import numpy as np
import pytest
from small_stages import stage, train, train_settings

from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.run.errors import InputError
from pipeline_src.stages.batches import StepBatches, batches_in_order, check_atom_budget
from pipeline_src.stages.dataset import load_conformers

SIZES = np.array([3, 9, 5, 5, 20, 4, 12, 7, 3, 16, 5])


def batches(start=0, stop=40, n=10, size=4, seed=5, **place):
    return list(StepBatches(np.full(n, 5), size, seed, start, stop, **place))


def test_each_epoch_is_another_permutation():
    flat = [item for step in batches() for item in step]  # 160 items: 16 epochs of 10
    epochs = [tuple(flat[k : k + 10]) for k in range(0, 160, 10)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len(set(epochs)) == len(epochs)
    assert all(len(step) == 4 for step in batches())


def test_a_later_start_is_the_tail():
    for start in (1, 2, 5, 23, 39, 40):
        assert batches(start) == batches()[start:]
        assert len(StepBatches(np.full(10, 5), 4, 5, start, 40)) == 40 - start


def test_processes_share_each_step():
    shares = [batches(size=5, rank=rank, world=3) for rank in range(3)]
    for step, whole in enumerate(batches(size=5)):
        assert sorted(i for share in shares for i in share[step]) == sorted(whole)
        assert shares[1][step] == whole[1::3]


def test_seeds_differ_and_a_seed_repeats():
    assert batches() == batches()
    assert batches(seed=6) != batches()


def test_a_batch_larger_than_the_dataset_runs_over_epochs():
    (step,) = batches(stop=1, n=3, size=7)
    assert sorted(step[:3]) == sorted(step[3:6]) == [0, 1, 2]


def test_fewer_items_than_processes_is_refused():
    with pytest.raises(InputError, match="batch_size"):
        StepBatches(np.full(10, 5), 2, 5, 0, 1, rank=0, world=3)


def bounded(start=0, stop=60, budget=24, size=5, **place):
    return list(StepBatches(SIZES, size, 5, start, stop, budget, **place))


def test_the_order_of_a_seed_stays():
    """The batches of runs without a budget are those of earlier versions."""
    assert batches(stop=3) == [[7, 6, 1, 3], [2, 4, 0, 9], [5, 8, 6, 7]]


def test_a_step_takes_all_that_fit_the_atom_budget_and_no_more():
    steps = bounded()
    flat = [item for step in steps for item in step]
    assert len({len(step) for step in steps}) > 2  # bounded by atoms and by conformers
    for number, step in enumerate(steps[:-1]):
        atoms = SIZES[step].sum()
        assert step and atoms <= 24
        assert len(step) == 5 or atoms + SIZES[steps[number + 1][0]] > 24
    epochs = [flat[k : k + len(SIZES)] for k in range(0, len(flat) - len(SIZES) + 1, len(SIZES))]
    assert len(epochs) > 10
    assert all(sorted(epoch) == list(range(len(SIZES))) for epoch in epochs)


def test_the_order_is_that_without_a_budget():
    flat = [item for step in bounded() for item in step]
    plain = [item for step in StepBatches(SIZES, 5, 5, 0, 60) for item in step]
    assert flat == plain[: len(flat)]


def test_with_a_budget_a_later_start_is_the_tail():
    for start in (1, 2, 7, 33, 59, 60):
        assert bounded(start) == bounded()[start:]


def test_a_budget_that_never_binds_changes_nothing():
    assert bounded(budget=1000) == list(StepBatches(SIZES, 5, 5, 0, 60))


def test_processes_share_the_steps_of_a_budget_and_none_is_without():
    shares = [bounded(budget=40, rank=rank, world=2) for rank in range(2)]
    for one, other, whole in zip(*shares, bounded(budget=40), strict=True):
        assert one == whole[::2] and other == whole[1::2] and other


def test_validation_batches_come_in_order_under_the_same_bounds():
    assert batches_in_order(SIZES, 4, None, 9) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]
    assert batches_in_order(SIZES, 4, None, 2) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert batches_in_order(SIZES, 3, 24, 9) == [[0, 1, 2], [3], [4, 5], [6, 7, 8], [9, 10]]


def test_a_molecule_beyond_the_budget_is_named_before_training(data, tmp_path):
    chosen = load_conformers(stage(), data.ensembles, data.hierarchies, data.split, "train")
    largest = max(data.all[:3], key=lambda e: e.molecule.n_atoms).molecule
    check_atom_budget(chosen, largest.n_atoms, 1)
    check_atom_budget(chosen, None, 9)
    with pytest.raises(InputError, match="2 devices"):
        check_atom_budget(chosen, 2 * largest.n_atoms - 1, 2)
    with pytest.raises(InputError, match=rf"atom_budget.*'{largest.id}' has {largest.n_atoms} "):
        train(tmp_path, data, train_settings(atom_budget=largest.n_atoms - 1))
    assert not (tmp_path / "rolling" / "state.pt").exists()


def test_a_molecule_of_the_validation_beyond_the_budget_is_named_as_well(data, tmp_path):
    *others, last = [e.molecule for e in data.all]
    assert last.n_atoms > max(m.n_atoms for m in others)
    write_split(tmp_path / "split.csv", [SplitRow(others[0].id, "train", 0, 3, 1),
                                         SplitRow(last.id, "val", 0, 3, 1)])
    paths = SimpleNamespace(**{**vars(data), "split": tmp_path / "split.csv"})
    with pytest.raises(InputError, match=f"atom_budget.*'{last.id}'"):
        train(tmp_path, paths, train_settings(atom_budget=others[0].n_atoms))
