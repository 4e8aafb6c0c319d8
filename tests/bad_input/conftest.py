"""Data files of seven small shipped molecules, made by the steps themselves; one thread."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

for folder in ("stages", "workflow"):  # small stages and copies of the project are made there
    sys.path.append(str(Path(__file__).resolve().parents[1] / folder))

from step_commands import RESOURCES, command  # noqa: E402

from pipeline_src.embed_rdkit import embed_rdkit  # noqa: E402
from pipeline_src.extract_hierarchy import extract_hierarchy  # noqa: E402
from pipeline_src.import_ensembles import import_ensembles  # noqa: E402
from pipeline_src.split_dataset import split_dataset  # noqa: E402

torch.set_num_threads(1)
SMOKE = {"kind": "sdf", "paths": [str(RESOURCES / "mini_qm9/smoke.sdf.gz")]}


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """Paths of the smoke dataset: three train, one val, three test; two RDKit samples each."""
    root = tmp_path_factory.mktemp("data")
    paths = SimpleNamespace(
        ensembles=root / "ensembles", rejected=root / "rejected.csv", split=root / "split.csv",
        hierarchies=root / "hierarchy.parquet", levels=root / "levels.csv",
        samples=root / "samples.parquet")
    command(import_ensembles, settings={"reader": SMOKE}, out=paths.ensembles,
            rejected=paths.rejected)
    command(split_dataset, settings={"split": {"kind": "random", "train": 0.43, "val": 0.14}},
            ensembles=paths.ensembles, out=paths.split)
    command(extract_hierarchy, ensembles=paths.ensembles, out=paths.hierarchies,
            levels=paths.levels)
    command(embed_rdkit, settings={"source": "rdkit", "samples": {"count": 2}, "seed": 1},
            hierarchies=paths.hierarchies, split=paths.split, shard=0, out=paths.samples)
    return paths
