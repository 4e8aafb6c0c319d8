"""ET-Flow's processed folder: the ensembles that other readers give, and reasons."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from foreign_files import assert_same, etflow_data, only_ensembles, saved

from pipeline_src.chem.base import WHOLE, Rejection, Share
from pipeline_src.chem.readers.etflow_folder import read_etflow_folder
from pipeline_src.chem.reasons import OTHER, reason_kind
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import molecule_ids
from pipeline_src.import_ensembles import import_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.dataset import ImportSettings
from pipeline_src.run.settings.readers import EtflowFolderReader

pytestmark = pytest.mark.usefixtures("one_worker")


def save(folder: Path, **files: object) -> None:
    for name, data in files.items():
        path = folder / f"{name.replace('_', '/')}.pt"
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(data, path)


def read(folder, share=WHOLE, **settings) -> list:
    return list(read_etflow_folder(EtflowFolderReader(paths=(str(folder),), **settings), share))


@pytest.fixture(scope="module")
def wanted(ensembles) -> list[Ensemble]:
    """Two with charges, and stereo."""
    charged = [e for e in ensembles if e.molecule.charges.any()][:2]
    return [replace(e, weights=None) for e in
            (*charged, *[e for e in ensembles if "@" in e.molecule.smiles][:2])]


@pytest.mark.parametrize("first_map", [0, 1])
def test_the_ensembles_are_those_of_the_sdf_sorted_by_subset_and_name(
        wanted, first_map, tmp_path):
    a, b, c, d = (etflow_data(e, first_map) for e in wanted)
    save(tmp_path, test_9=d, val_10=c, train_2=b, train_10=a)
    got = only_ensembles(read(tmp_path))
    assert [e.molecule.id for e in got] == ["train/10", "train/2", "val/10", "test/9"]
    assert_same(got, wanted)
    shares = [read(tmp_path, Share(k, 3)) for k in range(3)]
    assert [e.molecule.id for share in shares for e in share] == [e.molecule.id for e in got]
    (only,) = read(tmp_path, subsets=("test",))
    assert only.molecule.id == "test/9"


def test_what_cannot_be_used_is_a_row_with_a_reason(wanted, tmp_path):
    whole = wanted[2]
    good, smiles = etflow_data(whole), etflow_data(whole).smiles
    positions = torch.tensor(whole.positions[:1]).repeat(3, 1, 1)
    positions[1] *= torch.tensor([1.0, 1.0, -1.0])
    positions[2, -1] += 3.0
    save(tmp_path, test_a=etflow_data(whole, pos=positions, energy=None),
         test_b=etflow_data(whole, smiles=None), test_c=etflow_data(whole, smiles="C.C"),
         test_d=etflow_data(whole, smiles="CO"),
         test_e=etflow_data(whole, charges=good.charges + 1),
         test_f=etflow_data(whole, smiles=smiles.replace(":1]", ":2]")),
         test_g=etflow_data(whole, energy=torch.full((len(whole.positions), 1), torch.nan)),
         test_h=etflow_data(whole, pos=good.pos[0]), test_i={"pos": 1}, test_j=good)
    (tmp_path / "test/k.pt").write_bytes(b"PK\3\4 no zip file")
    (tmp_path / "test/l.pt").mkdir()
    (tmp_path / "test/notes.txt").touch()
    turned, stretched, ensemble, *others = read(tmp_path, subsets=("test",))
    assert (turned.molecule, turned.conformer) == ("test/a", 1)
    assert "other stereo" in turned.reason and "reacted" in stretched.reason
    assert stretched.conformer == 2 and ensemble.n_conformers == 1
    words = {"b": "no readable SMILES", "c": "2 separate parts", "d": "atomic_numbers",
             "e": "charges are not", "f": "twice or not at all", "g": "not a finite",
             "h": "'pos' is a tensor", "i": "a dict, not a Data", "k": "not a readable zip",
             "l": "IsADirectoryError"}
    reasons = {r.molecule[-1]: r.reason for r in others if isinstance(r, Rejection)}
    assert reasons.keys() == words.keys()
    assert not {name: reasons[name] for name in words if words[name] not in reasons[name]}
    assert OTHER not in map(reason_kind, reasons.values())


class Call:
    def __reduce__(self):
        return os.system, ("touch harm",)


def test_a_file_of_something_else_is_a_row_and_nothing_of_it_is_run(
        wanted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save(tmp_path, test_a=Call(), test_b=etflow_data(wanted[2]))
    rejection, ensemble = read(tmp_path, subsets=("test",))
    assert "system, which is none of the classes" in rejection.reason
    assert np.array_equal(ensemble.positions, wanted[2].positions)
    assert os.listdir(tmp_path) == ["test"]


def test_a_missing_subset_is_an_error(tmp_path):
    with pytest.raises(InputError, match="subsets names"):
        read(tmp_path)


def test_file_names_that_are_no_text_are_imported_and_told(tmp_path, ensembles):
    (tmp_path / "test").mkdir()
    for name, content in ((b"a\xff.pt", saved(etflow_data(ensembles[0]))), (b"b\xff.pt", b"")):
        with open(os.path.join(os.fsencode(tmp_path / "test"), name), "wb") as file:
            file.write(content)
    reader = {"kind": "etflow_folder", "paths": [str(tmp_path)], "subsets": ["test"]}
    out, rejected = tmp_path / "out", tmp_path / "rejected.csv"
    import_ensembles(ImportSettings(reader=reader), out, rejected)
    assert molecule_ids(out) == ["test/a\\udcff"]
    assert "\ntest/b\\udcff,," in rejected.read_text()
