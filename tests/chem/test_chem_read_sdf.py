"""The SDF reader: shipped files whole, and every kind of bad record named, none fatal."""

import gzip

import numpy as np
import pytest
from rdkit import Chem

from pipeline_src.chem.base import Rejection
from pipeline_src.chem.embed import embed_etkdg
from pipeline_src.chem.molecules import canonical_smiles, to_rdkit, with_conformers
from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import SdfReader


def record(smiles, name="m", seed=1, **properties):
    """One SDF record of an embedded conformer."""
    molecule = molecule_from_smiles(smiles, name)
    ensemble = embed_etkdg(molecule, 1, seed)
    mol = with_conformers(to_rdkit(molecule), ensemble.positions)
    return text(Chem.MolToMolBlock(mol), molecule_id=name, **properties)


def text(block, **properties):
    fields = "".join(f">  <{k}>\n{v}\n\n" for k, v in properties.items())
    return f"{block}{fields}$$$$\n"


def read(tmp_path, *records, name="x.sdf"):
    path = tmp_path / name
    path.write_text("".join(records))
    return list(read_sdf(SdfReader(paths=(str(path),))))


def test_shipped_files_read_without_any_rejection(shipped):
    counts = {name: (len(items), sum(e.n_conformers for e in items))
              for name, items in shipped.items()}
    assert counts == {"mini_qm9/train.sdf.gz": (476, 3111), "mini_qm9/test.sdf.gz": (83, 505),
                      "geom_drugs/test.sdf.gz": (10, 112)}
    for name, items in shipped.items():
        assert all(isinstance(e, Ensemble) for e in items)
        assert all((np.diff(e.energies_hartree) >= 0).all() for e in items)
        assert all((e.weights is not None) == name.startswith("mini") for e in items)


def test_shipped_smoke_and_lists_fit(resources, shipped):
    smoke = list(read_sdf(SdfReader(paths=(str(resources / "mini_qm9/smoke.sdf.gz"),))))
    assert [e.n_conformers for e in smoke] == [3] * 7
    lists = {s: (resources / f"mini_qm9/{s}.txt").read_text().split() for s in
             ("train", "val", "test")}
    assert {s: len(ids) for s, ids in lists.items()} == {"train": 429, "val": 47, "test": 12}
    train = {e.molecule.id for e in shipped["mini_qm9/train.sdf.gz"]}
    test = {e.molecule.id: e for e in shipped["mini_qm9/test.sdf.gz"]}
    assert set(lists["train"]) | set(lists["val"]) == train
    assert all(test[id].n_conformers >= 5 for id in lists["test"])
    assert {e.molecule.id for e in smoke} <= train


def test_no_molecule_is_both_in_train_and_test(shipped):
    names = [{canonical_smiles(to_rdkit(e.molecule)) for e in shipped[f"mini_qm9/{s}.sdf.gz"]}
             for s in ("train", "test")]
    assert not names[0] & names[1]


def test_good_records_keep_positions_energies_and_weights(tmp_path):
    records = [record("CCO", seed=k, energy_hartree=-k / 3, boltzmann_weight=0.5) for k in (1, 2)]
    (ensemble,) = read(tmp_path, *records)
    assert ensemble.positions.shape == (2, 9, 3)
    assert ensemble.energies_hartree.tolist() == [-1 / 3, -2 / 3]
    assert ensemble.weights.tolist() == [0.5, 0.5]


def test_energies_are_dropped_if_one_lacks(tmp_path):
    (ensemble,) = read(tmp_path, record("CCO", energy_hartree=-1.0), record("CCO", seed=2))
    assert ensemble.energies_hartree is None and ensemble.n_conformers == 2


BAD = {
    "other elements": record("CCO", "m").replace(" H   0", " F   0"),
    "atoms, the molecule's first": record("CCCO", "m"),
    "other stereo": record("C[C@@H](O)F", "m"),
    "damaged": record("CCO", "m").replace(record("CCO", "m").splitlines()[4][:10], "       abc", 1),
    "coordinates of atom 1": record("CCO", "m").replace(
        record("CCO", "m").splitlines()[4][:10], "       nan", 1),
    "not a finite number": record("CCO", "m", energy_hartree="low"),
    "closer than": record("CCO", "m"),
    "impossible chemistry": record("CCO", "m").replace("  1  2  1  0", "  1  2  3  0"),
    "separate parts": text(Chem.MolToMolBlock(Chem.AddHs(Chem.MolFromSmiles("O.O"))),
                           molecule_id="m"),
    "hydrogens": record("CCO", "m").replace(" H   0", " O   0", 1),
    "2D drawing": text(Chem.MolToMolBlock(Chem.MolFromSmiles("CCO")), molecule_id="m"),
}


def _spoil(reason, bad):
    if reason == "closer than":  # the second atom on top of the first
        lines = bad.splitlines(keepends=True)
        lines[5] = lines[4][:30] + lines[5][30:]
        return "".join(lines)
    return bad


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_record_is_named_and_the_others_are_kept(tmp_path, reason):
    good = "C[C@H](O)F" if reason == "other stereo" else "CCO"
    rejection, ensemble, last = read(
        tmp_path, record(good), _spoil(reason, BAD[reason]), record(good, seed=2),
        record("CC", "n"))
    assert (rejection.molecule, rejection.conformer) == ("m", 1)
    assert reason in rejection.reason and "record 2 of x.sdf" in rejection.reason
    assert ensemble.n_conformers == 2 and last.molecule.id == "n"


def test_another_atom_order_is_refused(tmp_path):
    mol = Chem.AddHs(Chem.MolFromSmiles("CCO"))
    molecule = molecule_from_smiles("CCO", "m")
    mol = with_conformers(mol, embed_etkdg(molecule, 1, 3).positions)
    turned = text(Chem.MolToMolBlock(Chem.RenumberAtoms(mol, [2, 1, 0, *range(3, 9)])),
                  molecule_id="m")
    rejection, ensemble = read(tmp_path, record("CCO"), turned)
    assert "another atom order" in rejection.reason and ensemble.n_conformers == 1


def test_a_molecule_without_a_usable_record_is_one_rejection(tmp_path):
    rejection, other = read(tmp_path, BAD["separate parts"], record("CC", "n"))
    assert rejection.molecule == "m" and rejection.conformer is None
    assert "none of its 1 conformers" in rejection.reason
    assert "salt" in rejection.reason and other.molecule.id == "n"


def test_duplicate_and_missing_names_are_rejected(tmp_path):
    nameless = record("CCO").replace("<molecule_id>", "<name>")
    first, second, third, fourth = read(
        tmp_path, record("CCO"), record("CC", "n"), nameless, record("CCO", seed=4))
    assert isinstance(first, Ensemble) and isinstance(second, Ensemble)
    assert third == Rejection("record 3 of x.sdf", None, third.reason)
    assert "molecule_id" in third.reason
    assert fourth.molecule == "m" and "same name" in fourth.reason


def test_imines_that_differ_in_the_place_of_the_hydrogen_are_one_molecule(tmp_path):
    (ensemble,) = read(tmp_path, record("[H]/N=C(/C)CC"), record("[H]/N=C(\\C)CC"),
                       record("[H]/N=C(/C)CC", seed=3))
    assert ensemble.n_conformers == 3
    assert "/" not in ensemble.molecule.smiles and "\\" not in ensemble.molecule.smiles


def test_the_mirror_image_of_a_meso_molecule_is_a_conformer_of_it(tmp_path):
    meso = "O[C@H](F)[C@@H](O)F"
    molecule = molecule_from_smiles(meso, "m")
    mirror = with_conformers(to_rdkit(molecule), -embed_etkdg(molecule, 1, 2).positions)
    (ensemble,) = read(tmp_path, record(meso), text(Chem.MolToMolBlock(mirror), molecule_id="m"))
    assert ensemble.n_conformers == 2


def test_truncated_gzip_and_missing_file_name_the_file(tmp_path):
    path = tmp_path / "cut.sdf.gz"
    path.write_bytes(gzip.compress((record("CCO") * 50).encode())[:-20])
    with pytest.raises(InputError, match="cut.sdf.gz"):
        list(read_sdf(SdfReader(paths=(str(path),))))
    path.write_bytes(b"no gzip at all")
    with pytest.raises(InputError, match="cut.sdf.gz"):
        list(read_sdf(SdfReader(paths=(str(path),))))
    with pytest.raises(InputError, match="absent.sdf"):
        list(read_sdf(SdfReader(paths=(str(tmp_path / "absent.sdf"),))))


def test_garbage_is_a_rejection_not_a_crash(tmp_path):
    for garbage in ("hello\n", "\n\n\n\n$$$$\n", "M  END\n$$$$\n", record("CCO")[:300]):
        items = read(tmp_path, garbage)
        assert all(isinstance(item, Rejection) for item in items) and items
    assert read(tmp_path, "") == []
