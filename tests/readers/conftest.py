"""Shipped files of foreign formats, and a worker process that lasts."""

import json
from pathlib import Path

import pytest
from fuzz import WITH_WORKERS, LastingDecoder

from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.run.settings.readers import SdfReader

DATA = Path(__file__).parents[1] / "data"
RESOURCES = Path(__file__).parents[2] / "resources"


@pytest.fixture(scope="session")
def data():
    return DATA


@pytest.fixture(scope="module")  # what one format leaves behind is no matter of the next
def lasting():
    decoder = LastingDecoder(memory_mb=400, cpu_seconds=10)
    yield decoder
    decoder.end()


@pytest.fixture
def one_worker(lasting, monkeypatch):
    """All readers share one worker, with little memory and time."""
    for module in WITH_WORKERS:
        monkeypatch.setattr(module, "Decoder", lambda **limits: lasting)


@pytest.fixture
def make_folder(tmp_path):
    """Make an rdkit_folder of a summary; returns it."""
    def make(summary):
        folder = tmp_path / "rdkit_folder"
        (folder / "drugs").mkdir(parents=True, exist_ok=True)
        (folder / "summary_drugs.json").write_text(json.dumps(summary))
        return folder

    return make


@pytest.fixture(scope="session")
def resources():
    return RESOURCES


@pytest.fixture(scope="session")
def ensembles():
    """The shipped test parts as the SDF reader gives them."""
    return [ensemble for file, name in (("mini_qm9/test.sdf.gz", "molecule_id"),
                                        ("geom_drugs/test.sdf.gz", "mol_id"))
            for ensemble in read_sdf(SdfReader(paths=(str(RESOURCES / file),), id_property=name))]
