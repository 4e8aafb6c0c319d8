"""The same random numbers in each test; the molecules of ``tests/graphs/hand_made.py``."""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "graphs"))


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)
