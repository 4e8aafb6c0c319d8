"""Small molecules with their conformers, as files that the steps read."""

from pathlib import Path

import numpy as np
import pytest

from pipeline_src.chem.embed import embed_etkdg
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.ensembles.store import write_ensembles


@pytest.fixture(scope="session")
def embedded():
    """A function: name, SMILES and how many conformers to an ensemble of ETKDG's."""
    def make(name: str, smiles: str, count: int = 2) -> Ensemble:
        return embed_etkdg(molecule_from_smiles(smiles, name), count, 2021)

    return make


@pytest.fixture(scope="session")
def samples(embedded) -> list[Ensemble]:
    """Five molecules: the second has a failed conformer, the fourth no MMFF parameters."""
    some = [embedded("ethanol", "CCO", 3), embedded("amide", "CC(=O)NC", 2),
            embedded("ring", "C1CCOCC1", 2), embedded("boron", "CB(O)O", 2),
            embedded("chiral", "C[C@H](O)F", 3)]
    amide = some[1]
    positions = amide.positions.copy()
    positions[0] = np.nan
    some[1] = Ensemble(amide.molecule, positions, reasons=("diverged", ""), notes=("", "noted"))
    return some


@pytest.fixture
def written(tmp_path):
    """A function that writes ensembles, and a split that tests them all; their two paths."""
    def write(ensembles: list[Ensemble], missing: tuple[str, ...] = ()) -> tuple[Path, Path]:
        names = [*(e.molecule.id for e in ensembles), *missing]
        write_ensembles(tmp_path / "samples.parquet", ensembles)
        write_split(tmp_path / "split.csv", [SplitRow(n, "test", 0, 1, 1) for n in names])
        return tmp_path / "samples.parquet", tmp_path / "split.csv"

    return write
