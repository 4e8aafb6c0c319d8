"""torsional-diffusion's pickles, and the same molecules through other readers."""

import json
import pickle

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from pipeline_src.chem.base import Rejection, Share, select_conformers
from pipeline_src.chem.readers.geom_rdkit_folder import read_geom_rdkit_folder
from pipeline_src.chem.readers.parquet import read_parquet
from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.chem.readers.torsional_pickle import read_torsional_pickle
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import (
    GeomRdkitFolderReader,
    ParquetReader,
    SdfReader,
    TorsionalPickleReader,
)

pytestmark = pytest.mark.usefixtures("one_worker")


def read(*paths, share=None):
    arguments = [] if share is None else [share]
    return list(read_torsional_pickle(
        TorsionalPickleReader(paths=tuple(map(str, paths))), *arguments))


def ensembles(items):
    return [item for item in items if isinstance(item, Ensemble)]


def molecule(smiles):
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=1) == 0
    return mol


def assert_equal(first, second, atol=0.0):
    """The same atoms, bonds, stereo, conformers and their order; ids may differ."""
    assert first.molecule.smiles == second.molecule.smiles
    for name in ("numbers", "charges", "bonds", "orders"):
        np.testing.assert_array_equal(getattr(first.molecule, name),
                                      getattr(second.molecule, name))
    assert first.positions.shape == second.positions.shape
    np.testing.assert_allclose(first.positions, second.positions, rtol=0, atol=atol)


def sorted_by_position(ensemble):
    """The conformers in an order of their own: the layouts order equal energies differently."""
    order = sorted(range(ensemble.n_conformers), key=lambda c: ensemble.positions[c].tolist())
    return select_conformers(ensemble, np.array(order))


def test_the_same_molecules_through_four_readers(data, tmp_path):
    real = data / "geom_real"
    folder = ensembles(read_geom_rdkit_folder(
        GeomRdkitFolderReader(paths=(str(real / "rdkit_folder_rewrapped"),))))
    torsional = ensembles(read(real / "original/true_conformers_train_first_10smis.pkl"))
    sdf = ensembles(read_sdf(SdfReader(paths=(str(real / "geom_drugs_conformers.sdf.gz"),),
                                       id_property="mol_id")))
    write_ensembles(tmp_path / "e.parquet", folder)
    parquet = ensembles(read_parquet(ParquetReader(paths=(str(tmp_path / "e.parquet"),))))
    assert len(folder) == len(torsional) == len(sdf) == len(parquet) == 10
    for one, two, three, four in zip(folder, torsional, sdf, parquet, strict=True):
        assert one.molecule.id == two.molecule.id == four.molecule.id
        assert_equal(sorted_by_position(one), sorted_by_position(two))
        assert_equal(one, four)
        np.testing.assert_array_equal(one.weights, four.weights)
        assert_equal(one, three, atol=6e-5)  # SDF has four decimals
        np.testing.assert_allclose(one.energies_hartree, three.energies_hartree, atol=1e-5)


def test_a_plain_list_is_gathered_by_what_the_coordinates_show(data):
    real = data / "geom_real"
    listed = read(real / "derived_list_of_mols_t01-t03.pkl")
    whole = read(real / "original/true_conformers_train_first_10smis.pkl")
    assert [e.n_conformers for e in listed] == [14, 45, 24]
    for one, two in zip(listed, ensembles(whole)[:3], strict=True):
        assert_equal(one, two)


def test_shares_and_several_files(data):
    files = [data / "geom_real/derived_list_of_mols_t01-t03.pkl",
             data / "geom_real/original/true_conformers_train_first_10smis.pkl"]
    whole = read(*files)
    shares = [item for k in range(3) for item in read(*files, share=Share(k, 3))]
    ids = [getattr(item.molecule, "id", item.molecule) for item in whole]
    assert len(whole) == 14 and len(set(ids)) == 11  # two names come in both files
    assert sum(isinstance(i, Rejection) and "same name" in i.reason for i in whole) == 2
    assert [getattr(i.molecule, "id", i.molecule) for i in shares] == ids


@pytest.mark.parametrize(("content", "words"), [
    ({3: []}, "a key of its dict is a int"), ({"": []}, "a key"), (3, "it holds a int"),
    ((1, 2), "it holds a tuple")])
def test_another_layout_is_an_error(tmp_path, content, words):
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(content))
    with pytest.raises(InputError, match="m.pkl.*" + words):
        read(tmp_path / "m.pkl")
    with pytest.raises(InputError, match=r"absent\.pkl"):
        read(tmp_path / "absent.pkl")


def test_bad_molecules_are_rows(tmp_path):
    good, other = molecule("C/C=C/C"), molecule(r"C/C=C\C")
    (tmp_path / "m.pkl").write_bytes(pickle.dumps({
        "C_C=C_C": [good, other, None, good], "CC": [], "CCC": None, "CCCC": [good]}))
    items = read(tmp_path / "m.pkl")
    assert [(getattr(i.molecule, "id", i.molecule), getattr(i, "conformer", None))
            for i in items] == [("C_C=C_C", 1), ("C_C=C_C", 2), ("C_C=C_C", None), ("CC", None),
                                ("CCC", None), ("CCCC", None)]
    words = ["other stereo", "not an RDKit Mol", None, "none of its 0", "NoneType", "reacted"]
    for item, word in zip(items, words, strict=True):
        assert word is None or word in item.reason
    assert items[2].n_conformers == 2 and items[2].weights is None
    (tmp_path / "l.pkl").write_bytes(pickle.dumps([good, None, other, good, 3]))
    items = read(tmp_path / "l.pkl")
    assert [i.molecule.id for i in ensembles(items)] == ["C_C=C_C", "C_C=C\\C"]
    (rejection,) = [i for i in items if isinstance(i, Rejection)]
    assert rejection.molecule == "?" and "none of its 2" in rejection.reason


def test_summary_keys_and_names_agree(data):
    """What split recipes need: the name leads to the summary's key, and the other way round."""
    folder = data / "geom_real/rdkit_folder_rewrapped"
    summary = json.loads((folder / "summary_drugs.json").read_text())
    names = [e.molecule.id for e in ensembles(read_geom_rdkit_folder(
        GeomRdkitFolderReader(paths=(str(folder),))))]
    assert sorted(f"{name}.pickle" for name in names) == sorted(
        file.name for file in (folder / "drugs").glob("*.pickle"))
    assert names == [said["pickle_path"][6:-7] for said in summary.values()]
