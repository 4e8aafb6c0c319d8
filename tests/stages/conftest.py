"""Data files of the seven smallest shipped molecules, written once; one thread everywhere."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "graphs"))

from small_fragments import fragmented  # noqa: E402
from small_stages import SUBSETS, methane, read_smoke, write_dataset  # noqa: E402

from pipeline_src.ensembles.store import read_hierarchies, write_hierarchies  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[1] / "graphs"))  # hand_made.py
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


@pytest.fixture(scope="session")
def fragments(data, tmp_path_factory):
    """The smoke dataset with fragments among its levels."""
    path = tmp_path_factory.mktemp("fragments") / "hierarchies.parquet"
    write_hierarchies(path, [fragmented(h) for h in read_hierarchies(data.hierarchies)])
    return SimpleNamespace(**{**vars(data), "hierarchies": path})
