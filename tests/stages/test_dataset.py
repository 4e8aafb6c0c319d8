"""Training examples, and which of them each step sees."""

import multiprocessing
import os
import signal

import numpy as np
import pytest
import torch
from small_stages import stage

from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import read_hierarchies, write_ensembles, write_hierarchies
from pipeline_src.run.errors import InputError
from pipeline_src.stages.dataset import StepBatches, load_conformers
from pipeline_src.stages.training import make_loader


def batches(start=0, stop=40, n=10, size=4, seed=5, **place):
    return list(StepBatches(n, size, seed, start, stop, **place))


def test_each_epoch_is_another_permutation():
    flat = [item for step in batches() for item in step]  # 160 items: 16 epochs of 10
    epochs = [tuple(flat[k : k + 10]) for k in range(0, 160, 10)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len(set(epochs)) == len(epochs)
    assert all(len(step) == 4 for step in batches())


def test_a_later_start_is_the_tail():
    for start in (1, 2, 5, 23, 39, 40):
        assert batches(start) == batches()[start:]
        assert len(StepBatches(10, 4, 5, start, 40)) == 40 - start


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
        StepBatches(10, 2, 5, 0, 1, rank=0, world=3)


def test_examples_hold_the_level_s_atoms(data):
    chosen = load_conformers(stage(guided=True), data.ensembles, data.hierarchies, data.split,
                             "train")
    assert len(chosen) == 9
    molecule = data.all[1]
    item = chosen[4]  # second molecule, second conformer
    np.testing.assert_array_equal(item.pos.numpy(), molecule.positions[1])
    heavy = load_conformers(stage(level="heavy"), data.ensembles, data.hierarchies, data.split,
                            "train")[4]
    np.testing.assert_array_equal(heavy.pos.numpy(),
                                  molecule.positions[1][molecule.molecule.numbers > 1])
    assert item.coarse_index.numel() == heavy.num_nodes
    assert chosen.graphs[1].get("pos") is None  # the static part is not touched


def test_failed_conformers_are_left_out(data, tmp_path):
    first = data.all[0]
    positions = first.positions.copy()
    positions[1] = np.nan
    write_ensembles(tmp_path / "e" / "part.parquet", [
        Ensemble(first.molecule, positions, reasons=("", "failed", ""))])
    found = load_conformers(stage(), tmp_path / "e", data.hierarchies, data.split, "train")
    assert len(found) == 2
    assert all(torch.isfinite(item.pos).all() for item in found)


@pytest.mark.parametrize("weights, energies, kept", [
    (None, None, [0, 2]), (None, [-1.0, -9.0, -2.0, -3.0], [2, 3]),
    ([0.1, 0.5, 0.15, 0.25], [-9.0, 0.0, 0.0, 0.0], [2, 3]), ([0.2, 0.5, 0.1, 0.2], None, [0, 3])])
def test_the_best_sound_conformers_are_kept_in_order(data, tmp_path, weights, energies, kept):
    first = data.all[0]
    positions = np.stack([first.positions[0] + c for c in range(4)])
    positions[1] = np.nan
    write_ensembles(tmp_path / "e" / "part.parquet", [Ensemble(
        first.molecule, positions, reasons=("", "failed", "", ""),
        weights=None if weights is None else np.array(weights),
        energies_hartree=None if energies is None else np.array(energies))])
    for most, expected in ((2, kept), (None, [0, 2, 3]), (9, [0, 2, 3])):
        found = load_conformers(stage(max_conformers=most), tmp_path / "e", data.hierarchies,
                                data.split, "train")
        np.testing.assert_array_equal(found.positions[0], positions[expected])


def test_five_conformers_are_the_default():
    assert stage().training.max_conformers == 5


def test_training_and_validation_never_see_the_test_subset(data):
    """Each subset holds the positions of its own molecules and of no other."""
    for subset, numbers in (("train", [0, 1, 2]), ("val", [3])):
        found = load_conformers(stage(), data.ensembles, data.hierarchies, data.split, subset)
        assert [p.tobytes() for p in found.positions] == [
            data.all[k].positions.tobytes() for k in numbers]


def test_what_training_reads_does_not_change_with_the_test_molecules(data, tmp_path):
    write_ensembles(tmp_path / "e" / "part.parquet", data.all[:4])
    write_hierarchies(tmp_path / "h.parquet", list(read_hierarchies(data.hierarchies))[:4])
    for subset in ("train", "val"):
        whole = load_conformers(stage(), data.ensembles, data.hierarchies, data.split, subset)
        without = load_conformers(stage(), tmp_path / "e", tmp_path / "h.parquet", data.split,
                                  subset)
        assert len(whole) == len(without) and all(
            torch.equal(a.pos, b.pos) for a, b in zip(whole, without, strict=True))


def test_elements_are_those_of_the_level(data):
    for level, hydrogen in (("all", True), ("heavy", False)):
        found = load_conformers(stage(level=level), data.ensembles, data.hierarchies, data.split,
                                "train").elements()
        expected = {int(z) for e in data.all[:3] for z in e.molecule.numbers}
        assert found == sorted(expected if hydrogen else expected - {1})


def test_an_empty_subset_and_missing_levels_are_input_errors(data, tmp_path):
    write_ensembles(tmp_path / "e" / "part.parquet", data.all[:3])
    with pytest.raises(InputError, match="subset 'val'"):
        load_conformers(stage(), tmp_path / "e", data.hierarchies, data.split, "val")
    write_hierarchies(tmp_path / "h.parquet", list(read_hierarchies(data.hierarchies))[:1])
    with pytest.raises(InputError, match=data.all[1].molecule.id):
        load_conformers(stage(), data.ensembles, tmp_path / "h.parquet", data.split, "train")


def test_helper_processes_make_the_same_batches(data):
    chosen = load_conformers(stage(guided=True), data.ensembles, data.hierarchies, data.split,
                             "train")
    steps = StepBatches(len(chosen), 4, 1, 2, 8)
    alone, helped = list(make_loader(chosen, steps, 0)), list(make_loader(chosen, steps, 2))
    assert len(alone) == len(helped) == 6
    for one, other in zip(alone, helped, strict=True):
        first, second = one.to_dict(), other.to_dict()
        assert first.keys() == second.keys()
        assert all(torch.equal(torch.as_tensor(first[k]), torch.as_tensor(second[k]))
                   for k in first)


def test_helper_processes_outlive_a_stop_sent_to_the_whole_group(data):
    chosen = load_conformers(stage(), data.ensembles, data.hierarchies, data.split, "train")
    loader = iter(make_loader(chosen, StepBatches(len(chosen), 4, 1, 0, 30), 2))
    next(loader), next(loader)  # both helpers are up
    helpers = multiprocessing.active_children()
    assert len(helpers) == 2
    for helper in helpers:
        os.kill(helper.pid, signal.SIGTERM)
    assert len(list(loader)) == 28
