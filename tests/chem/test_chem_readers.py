"""SMILES and Parquet readers."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline_src.chem.base import Rejection
from pipeline_src.chem.readers.parquet import read_parquet
from pipeline_src.chem.readers.smiles import molecule_from_smiles, read_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import ParquetReader, SmilesReader


def read_text(tmp_path, content, *more):
    paths = []
    for k, lines in enumerate((content, *more)):
        path = tmp_path / f"list{k}.smi"
        path.write_text(lines)
        paths.append(str(path))
    return list(read_smiles(SmilesReader(paths=tuple(paths))))


def test_smiles_names_comments_and_hydrogens(tmp_path):
    items = read_text(tmp_path, "# molecules\n\nCCO ethanol\nc1ccccc1\nCC(=O)O\tacetic acid\r\n")
    assert [e.molecule.id for e in items] == ["ethanol", "line-4", "acetic acid"]
    assert [e.positions.shape for e in items] == [(0, 9, 3), (0, 12, 3), (0, 8, 3)]


def test_default_names_differ_between_files(tmp_path):
    items = read_text(tmp_path, "C\n", "CC\n")
    assert [e.molecule.id for e in items] == ["list0-line-1", "list1-line-1"]


@pytest.mark.parametrize(("smiles", "words"), [
    ("C1CC", "not a valid SMILES"), ("CXC", "not a valid SMILES"), ("CC(", "not a valid SMILES"),
    ("C(C)(C)(C)(C)C", "impossible chemistry"), ("c1cccc1", "impossible chemistry"),
    ("[Na+].[Cl-]", "2 separate parts"), ("C*", "dummy"), ("[CH3]", "radical"),
    ("[O][O]", "radical"), ("[C]", "radical"),
])
def test_bad_smiles_are_rejected_with_line_and_reason(tmp_path, smiles, words):
    good, rejection, last = read_text(tmp_path, f"CC\n{smiles} bad\nCCC\n")
    assert rejection.molecule == "bad" and rejection.conformer is None
    assert words in rejection.reason
    assert "line 2" in rejection.reason and smiles in rejection.reason
    assert isinstance(good, Ensemble) and isinstance(last, Ensemble)


def test_duplicate_names_and_map_numbers(tmp_path):
    first, second, third = read_text(tmp_path, "CC a\nCCC a\n[CH3:7][OH:3] b\n")
    assert isinstance(second, Rejection) and "same name" in second.reason
    assert first.molecule.n_atoms == 8 and third.molecule.n_atoms == 6


def test_missing_smiles_file(tmp_path):
    with pytest.raises(InputError, match="absent.smi"):
        list(read_smiles(SmilesReader(paths=(str(tmp_path / "absent.smi"),))))


def parquet(tmp_path, *ensembles):
    write_ensembles(tmp_path / "e.parquet", ensembles)
    return list(read_parquet(ParquetReader(paths=(str(tmp_path / "e.parquet"),))))


def test_parquet_gives_back_what_was_written(tmp_path, shipped):
    written = shipped["geom_drugs/test.sdf.gz"]
    for before, after in zip(written, parquet(tmp_path, *written), strict=True):
        assert before.molecule.smiles == after.molecule.smiles
        assert np.array_equal(before.positions, after.positions)
        assert np.array_equal(before.energies_hartree, after.energies_hartree)


def test_parquet_bad_molecules_and_conformers_are_rejections(tmp_path, ensembles):
    good = next(e for e in ensembles if e.n_conformers >= 3)
    positions = good.positions.copy()
    positions[0, 1] = positions[0, 0]
    positions[1] = np.nan
    numbers = good.molecule.numbers.copy()
    numbers[-1] = 9
    items = parquet(
        tmp_path,
        replace(good, positions=positions, reasons=("", "diverged", *good.reasons[2:])),
        Ensemble(replace(good.molecule, id="b", numbers=numbers), good.positions),
        Ensemble(good.molecule.induced(np.arange(3)), good.positions[:, :3], "heavy"),
        Ensemble(replace(good.molecule, id="c"), positions[:2], reasons=("", "diverged")),
        good)
    assert [(type(i).__name__, getattr(i, "conformer", None)) for i in items] == [
        ("Rejection", 0), ("Rejection", 1), ("Ensemble", None), ("Rejection", None),
        ("Rejection", None), ("Rejection", None), ("Rejection", None)]
    assert items[2].n_conformers == good.n_conformers - 2
    assert np.array_equal(items[2].energies_hartree, good.energies_hartree[2:])
    words = ("closer", "diverged", None, "numbers", "level 'heavy'", "none of its 2", "same name")
    assert all(w is None or w in i.reason for w, i in zip(words, items, strict=True))


def test_methane_has_all_its_hydrogens():
    assert molecule_from_smiles("C", "x").numbers.tolist() == [6, 1, 1, 1, 1]
