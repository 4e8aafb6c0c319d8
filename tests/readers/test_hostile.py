"""Hostile pickles are refused with file and class, nothing of them is run, the others are read."""

import math
import os
import shutil

import pytest
from hostile import PICKLES, write

from pipeline_src.chem.base import Refused, Rejection
from pipeline_src.chem.readers.decoding import Decoder
from pipeline_src.chem.readers.geom_rdkit_folder import read_geom_rdkit_folder
from pipeline_src.chem.readers.torsional_entry import list_molecules
from pipeline_src.chem.readers.torsional_pickle import read_torsional_pickle
from pipeline_src.chem.readers.unpickling import NUMPY, RDKIT, load_pickle
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import GeomRdkitFolderReader, TorsionalPickleReader

AS_A_CONFORMER = {"nested-in-a-conformer", *(name for name in PICKLES if "molecule-of" in name),
                  "conformers-are-no-list", "conformer-is-no-dict", "entry-is-a-number",
                  "entry-without-conformers", "list-of-itself"}


def test_an_rdkit_folder_of_hostile_pickles(one_worker, make_folder, tmp_path, data):
    flag = tmp_path / "flag"
    files = write(tmp_path / "rdkit_folder" / "drugs", flag)
    good = next((data / "geom_real/rdkit_folder_rewrapped/drugs").glob("S=C*"))
    shutil.copyfile(good, tmp_path / "rdkit_folder/drugs/good.pickle")
    summary = {f"{'C' * k}{good.stem}": {"pickle_path": f"drugs/{name}.pickle", "uniqueconfs": 1}
               for k, name in enumerate(files, start=1)}
    summary[good.stem] = {"pickle_path": "drugs/good.pickle", "uniqueconfs": 24}
    folder = make_folder(summary)
    items = list(read_geom_rdkit_folder(GeomRdkitFolderReader(paths=(str(folder),))))
    reasons = {item.molecule: item.reason for item in items if isinstance(item, Rejection)}
    assert list(reasons) == list(PICKLES) and len(reasons) >= 50
    for name, (_, words) in PICKLES.items():
        assert f"{name}.pickle" in reasons[name] or name in reasons[name], reasons[name]
        assert words in reasons[name], (name, reasons[name])
        assert len(reasons[name]) < 1500 and reasons[name].isprintable()
    assert isinstance(items[-1], Ensemble) and items[-1].n_conformers == 24
    assert not flag.exists()


def test_a_key_that_overflows_the_stack_costs_a_worker_no_more(tmp_path):
    file = write(tmp_path, tmp_path / "flag")["key-a-million-deep"]
    with Decoder() as decoder:
        with pytest.raises(Refused, match=r"^a: it crashed .*\(SIGSEGV\)"):
            decoder.call(list_molecules, "a", str(file))
        assert decoder.call(math.isqrt, "b", 9) == 3


@pytest.mark.parametrize("name", sorted(set(PICKLES) - AS_A_CONFORMER))
def test_a_hostile_file_of_molecules(one_worker, tmp_path, name):
    flag = tmp_path / "flag"
    file = write(tmp_path, flag)[name]
    try:
        items = list(read_torsional_pickle(TorsionalPickleReader(paths=(str(file),))))
    except InputError as error:
        words = str(error)
    else:  # a list, though of no molecules
        (rejection,) = items
        words = rejection.reason
    assert file.name in words
    assert not flag.exists()


def test_a_named_pipe_is_not_waited_for(one_worker, make_folder, tmp_path):
    (tmp_path / "rdkit_folder/drugs").mkdir(parents=True)
    for place in ("rdkit_folder/drugs/pipe.pickle", "pipe.pkl"):
        os.mkfifo(tmp_path / place)
    folder = make_folder({"C": {"pickle_path": "drugs/pipe.pickle"}})
    (rejection,) = read_geom_rdkit_folder(GeomRdkitFolderReader(paths=(str(folder),)))
    assert "pipe.pickle is not a file" in rejection.reason
    with pytest.raises(InputError, match="not a file"):
        list(read_torsional_pickle(TorsionalPickleReader(paths=(str(tmp_path / "pipe.pkl"),))))


@pytest.mark.parametrize("name", [name for name in PICKLES if "." in PICKLES[name][1]])
def test_the_class_is_named_and_nothing_of_it_imported(tmp_path, name):
    flag = tmp_path / "flag"
    file = write(tmp_path, flag)[name]
    with pytest.raises(Refused, match="nothing of it was run") as caught:
        load_pickle(file, NUMPY | RDKIT)
    assert PICKLES[name][1] in ascii(str(caught.value)) and file.name in str(caught.value)
    assert not flag.exists()
