"""The chain of data steps on shipped molecules, run once."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline_src.extract_hierarchy import extract_hierarchy
from pipeline_src.import_ensembles import import_ensembles
from pipeline_src.run.settings import Dataset
from pipeline_src.split_dataset import split_dataset

RESOURCES = Path(__file__).parents[2] / "resources"


def dataset(**changes):
    """Settings of the shipped GEOM molecules, all test."""
    return Dataset.model_validate({
        "geometry": "GFN2-xTB",
        "reader": {"kind": "sdf", "paths": [str(RESOURCES / "geom_drugs/test.sdf.gz")],
                   "id_property": "mol_id"},
        "split": {"kind": "random", "train": 0, "val": 0}, "parts": 3, "shards": 2,
        "max_conformers": 5, **changes})


@pytest.fixture(scope="session")
def resources():
    return RESOURCES


@pytest.fixture(scope="session")
def drugs(tmp_path_factory):
    """Paths of the data files of ten drugs."""
    root = tmp_path_factory.mktemp("drugs")
    paths = SimpleNamespace(
        ensembles=root / "ensembles", rejected=root / "rejected.csv", split=root / "split.csv",
        hierarchies=root / "hierarchy.parquet", levels=root / "levels.csv")
    import_ensembles(dataset(), paths.ensembles, paths.rejected)
    split_dataset(dataset(), paths.ensembles, paths.split)
    extract_hierarchy(paths.ensembles, paths.hierarchies, paths.levels)
    return paths


@pytest.fixture(scope="session")
def make_dataset():
    return dataset
