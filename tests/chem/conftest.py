"""All shipped ensembles, read once."""

from pathlib import Path

import pytest

from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.run.settings.readers import SdfReader

RESOURCES = Path(__file__).parents[2] / "resources"
FILES = {"mini_qm9/train.sdf.gz": "molecule_id", "mini_qm9/test.sdf.gz": "molecule_id",
         "geom_drugs/test.sdf.gz": "mol_id"}


@pytest.fixture(scope="session")
def resources():
    return RESOURCES


@pytest.fixture(scope="session")
def shipped():
    """File -> what the reader gives for it, ensembles and rejections."""
    return {name: list(read_sdf(SdfReader(paths=(str(RESOURCES / name),), id_property=prop)))
            for name, prop in FILES.items()}


@pytest.fixture(scope="session")
def ensembles(shipped):
    return [item for items in shipped.values() for item in items]
