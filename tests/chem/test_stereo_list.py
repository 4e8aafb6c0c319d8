"""The shipped list of the stereo study is what its drawing gives, and has what it is for."""

from collections import Counter

import pytest
from stereo_list import LIST, drawn_list

from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.readers.smiles import read_smiles
from pipeline_src.chem.stereo import find_stereo
from pipeline_src.run.settings.readers import SmilesReader


@pytest.fixture(scope="module")
def stereos():
    found = list(read_smiles(SmilesReader(paths=(str(LIST),))))
    return [find_stereo(to_rdkit(item.molecule)) for item in found]


def test_it_is_drawn_by_its_seed():
    assert LIST.read_text(encoding="utf-8") == drawn_list()


def test_one_to_four_centres_and_double_bonds(stereos):
    assert len(stereos) == 237 and all(len(stereo) for stereo in stereos)
    centres = Counter(len(stereo.centres) for stereo in stereos)
    assert all(centres[k] >= 43 for k in (1, 2, 3, 4)) and max(centres) == 4
    assert sum(len(stereo.bonds) > 0 for stereo in stereos) == 35
    assert sum(len(stereo.accepted) > 1 for stereo in stereos) == 23
