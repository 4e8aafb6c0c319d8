"""Training examples, and the processes that make batches of them."""

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
from pipeline_src.stages.batches import StepBatches
from pipeline_src.stages.dataset import load_conformers
from pipeline_src.stages.training import make_loader


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
    steps = StepBatches(chosen.sizes, 4, 1, 2, 8)
    alone, helped = list(make_loader(chosen, steps, 0)), list(make_loader(chosen, steps, 2))
    assert len(alone) == len(helped) == 6
    for one, other in zip(alone, helped, strict=True):
        first, second = one.to_dict(), other.to_dict()
        assert first.keys() == second.keys()
        assert all(torch.equal(torch.as_tensor(first[k]), torch.as_tensor(second[k]))
                   for k in first)


def test_helper_processes_outlive_a_stop_sent_to_the_whole_group(data):
    chosen = load_conformers(stage(), data.ensembles, data.hierarchies, data.split, "train")
    loader = iter(make_loader(chosen, StepBatches(chosen.sizes, 4, 1, 0, 30), 2))
    next(loader), next(loader)  # both helpers are up
    helpers = multiprocessing.active_children()
    assert len(helpers) == 2
    for helper in helpers:
        os.kill(helper.pid, signal.SIGTERM)
    assert len(list(loader)) == 28
