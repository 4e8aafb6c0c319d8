"""Molecules, engines and searches small enough for every run of the tests."""

import pytest

from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.chem.starts import start_conformers
from pipeline_src.quantum.find_xtb import find_xtb
from pipeline_src.quantum.mmff_engine import Mmff
from pipeline_src.quantum.xtb_engine import Xtb
from pipeline_src.run.settings.reference import (
    ConformerSearch,
    Embeddings,
    MmffEngine,
    XtbEngine,
)


@pytest.fixture(autouse=True)
def _look_for_xtb_anew():
    find_xtb.cache_clear()
    yield
    find_xtb.cache_clear()


@pytest.fixture
def xtb() -> Xtb:
    return Xtb(XtbEngine())


@pytest.fixture
def mmff() -> Mmff:
    return Mmff(MmffEngine())


@pytest.fixture
def molecule():
    return lambda smiles: molecule_from_smiles(smiles, smiles)


@pytest.fixture
def embedded(molecule):
    """A molecule and ``n`` of its ETKDG conformers."""
    def make(smiles, n=1):
        made = molecule(smiles)
        return made, start_conformers(made, n, ["etkdg"], 1, [0])

    return make


@pytest.fixture
def quick() -> ConformerSearch:
    """Six starts, force field only."""
    return ConformerSearch(engine=MmffEngine(), embeddings=Embeddings(
        base=6, per_rotatable_bond=0, per_ring=0, per_polar_hydrogen=0))
