"""Shipped files of foreign formats, and a worker process that lasts."""

import json
from pathlib import Path

import pytest
from fuzz import WITH_WORKERS, LastingDecoder

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def data():
    return DATA


@pytest.fixture(scope="session")
def lasting():
    decoder = LastingDecoder(memory_mb=400, cpu_seconds=10)
    yield decoder
    decoder.end()


@pytest.fixture
def one_worker(lasting, monkeypatch):
    """All readers share one worker, with little memory and time."""
    for module in WITH_WORKERS:
        monkeypatch.setattr(module, "Decoder", lambda: lasting)


@pytest.fixture
def make_folder(tmp_path):
    """Make an rdkit_folder of a summary; returns it."""
    def make(summary):
        folder = tmp_path / "rdkit_folder"
        (folder / "drugs").mkdir(parents=True, exist_ok=True)
        (folder / "summary_drugs.json").write_text(json.dumps(summary))
        return folder

    return make
