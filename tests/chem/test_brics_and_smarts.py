"""Levels brics and smarts on molecules whose parts are known."""

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import BRICS

from pipeline_src.chem.brics import add_brics, brics_groups
from pipeline_src.chem.level_files import LevelFiles, read_atom_lists
from pipeline_src.chem.levels import extract_levels
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.chem.smarts import add_smarts
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.levels import LevelOptions, SmartsLevel


def hierarchy(smiles: str):
    return extract_levels(molecule_from_smiles(smiles, "x"))


@pytest.mark.parametrize("smiles, heavy", [
    ("CC(=O)Nc1ccc(O)cc1", [3, 1, 7]),  # paracetamol: acetyl, NH, phenol
    ("COc1ccccc1", [2, 6]),  # anisole: methoxy stays whole
    ("c1ccc(-c2ccccc2)cc1", [6, 6]),  # biphenyl
    ("CCO", [3]), ("C", [1]), ("[H][H]", [0]),
])
def test_known_molecules_fall_into_their_brics_parts(smiles, heavy):
    made = add_brics(hierarchy(smiles), LevelOptions(), LevelFiles())
    assert made.kinds["brics"].tolist() == heavy
    numbers, group = made.molecule.numbers, made.groups["brics"]
    for i, j in made.molecule.bonds.tolist():
        assert group[i] == group[j] or min(numbers[i], numbers[j]) > 1  # no hydrogen is cut off


def test_parts_are_those_rdkit_breaks(ensembles):
    for ensemble in ensembles:
        mol = to_rdkit(ensemble.molecule)
        group, kinds = brics_groups(mol)
        broken = BRICS.BreakBRICSBonds(Chem.RemoveHs(mol))
        sizes = [sum(a.GetAtomicNum() > 1 for a in part.GetAtoms())
                 for part in Chem.GetMolFrags(broken, asMols=True, sanitizeFrags=False)]
        assert sorted(kinds.tolist()) == sorted(sizes)
        assert len(group) == mol.GetNumAtoms() and kinds.sum() == (
            ensemble.molecule.numbers > 1).sum()


def test_smarts_pick_all_atoms_of_all_matches():
    options = LevelOptions(smarts=SmartsLevel(patterns=("[OX2][#1]", "[F,Cl]")))
    made = add_smarts(hierarchy("OCC(F)CO"), options, LevelFiles())
    atoms = made.levels["smarts"]
    assert made.molecule.numbers[atoms].tolist() == [8, 9, 8, 1, 1]
    assert made.coarse_index("smarts", "all").tolist() == atoms.tolist()
    assert not made.collapsed.get("smarts")


@pytest.mark.parametrize("pattern, reason", [("[Fe]", "no atom matches"),
                                             ("*", "every atom matches")])
def test_smarts_of_none_or_all_collapse(pattern, reason):
    made = add_smarts(hierarchy("CCO"), LevelOptions(smarts=SmartsLevel(patterns=(pattern,))),
                      LevelFiles())
    assert made.collapsed["smarts"] == reason
    assert np.array_equal(made.levels["smarts"], np.arange(9))


def test_a_pattern_that_is_no_smarts_is_refused():
    options = LevelOptions(smarts=SmartsLevel(patterns=("C(",)))
    with pytest.raises(InputError, match="SMARTS"):
        add_smarts(hierarchy("CCO"), options, LevelFiles())


def test_listed_atoms_are_beads_beside_those_that_match(tmp_path):
    table = tmp_path / "atoms.csv"
    table.write_text("molecule,atoms,note\nx,4 0 4,mine\nother,99,\n")
    files = LevelFiles(atoms=read_atom_lists(table))
    some = SmartsLevel(patterns=("[OX2]",), atoms="atoms.csv")
    made = add_smarts(hierarchy("CCO"), LevelOptions(smarts=some), files)
    assert made.levels["smarts"].tolist() == [0, 2, 4]
    table.write_text("molecule,atoms\nx,0 9\n")
    with pytest.raises(InputError, match="from 0 to 8"):
        add_smarts(hierarchy("CCO"), LevelOptions(smarts=some),
                   LevelFiles(atoms=read_atom_lists(table)))


@pytest.mark.parametrize("text, words", [
    ("molecule,atom\nx,1\n", "lacks atoms"), ("molecule,atoms\nx,one\n", "ValueError"),
    ("molecule,atoms\nx,1\nx,2\n", "twice"),
])
def test_a_table_of_atoms_that_is_none_is_refused(tmp_path, text, words):
    (tmp_path / "atoms.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        read_atom_lists(tmp_path / "atoms.csv")
    with pytest.raises(InputError, match="missing"):
        read_atom_lists(tmp_path / "missing.csv")
