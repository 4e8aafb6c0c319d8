"""Data files of the seven smallest shipped molecules, written once; one thread everywhere."""

import pytest
import torch
from small_stages import SUBSETS, methane, read_smoke, write_dataset

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """Paths of the smoke dataset: three train, one val, three test in shards 0, 0, 1."""
    return write_dataset(tmp_path_factory.mktemp("data"), read_smoke(), SUBSETS)


@pytest.fixture(scope="session")
def methanes(tmp_path_factory):
    """Paths of a dataset of methane alone: no far pair, and one bead at level heavy."""
    subsets = [("train", 0), ("val", 0), ("test", 0)]
    return write_dataset(tmp_path_factory.mktemp("methane"),
                         [methane(f"methane-{subset}") for subset, _ in subsets], subsets)
