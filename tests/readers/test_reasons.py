"""Every reason of the readers is of a kind that can be counted."""

import shutil

import pytest
from hostile import PICKLES, write

from pipeline_src.chem.base import Rejection
from pipeline_src.chem.readers.geom_rdkit_folder import read_geom_rdkit_folder
from pipeline_src.chem.readers.smiles import read_smiles
from pipeline_src.chem.reasons import OTHER, count_kinds, reason_kind
from pipeline_src.run.settings.readers import GeomRdkitFolderReader, SmilesReader


@pytest.mark.usefixtures("one_worker")
def test_kinds_of_a_folder(make_folder, tmp_path, data):
    files = write(tmp_path / "rdkit_folder/drugs", tmp_path / "flag")
    real = data / "geom_real/rdkit_folder_rewrapped/drugs"
    shutil.copytree(real, tmp_path / "rdkit_folder/drugs", dirs_exist_ok=True)
    summary = {f"{'C' * k}": {"pickle_path": f"drugs/{name}.pickle"}
               for k, name in enumerate(files, start=1)}
    summary |= {"C": {"pickle_path": "drugs/S=C(NCc1ccc2c(c1)OCO2)NC1CC1.pickle"}, "O": {},
                "[NH3+]CCCP(=O)(O)CCc1ccccc1":
                    {"pickle_path": "drugs/[NH3+]CCCP(=O)(O)CCc1ccccc1.pickle"},
                "N": {"pickle_path": "drugs/absent.pickle"}, "S": {"pickle_path": "../x.pickle"}}
    items = read_geom_rdkit_folder(GeomRdkitFolderReader(paths=(str(make_folder(summary)),)))
    rows = [item.row() for item in items if isinstance(item, Rejection)]
    kinds = count_kinds(rows)
    assert OTHER not in kinds, [row for row in rows if reason_kind(row["reason"]) == OTHER]
    assert kinds["foreign class in a pickle"][0] > 20 and kinds["reacted"] == (1, 0)
    assert kinds["separate parts"] == (0, 1) and kinds["missing file"] == (1, 0)
    assert kinds["missing key"] == (2, 0) and kinds["path out of the folder"] == (1, 0)
    assert sum(map(sum, kinds.values())) == len(rows) >= len(PICKLES) + 4
    assert list(kinds)[0] == "foreign class in a pickle"


def test_kinds_of_smiles(tmp_path):
    (tmp_path / "a.smi").write_text("C1CC a\nC(C)(C)(C)(C)C b\nC* c\n[CH3] d\nCC e\nCC e\n[Og] f\n")
    items = read_smiles(SmilesReader(paths=(str(tmp_path / "a.smi"),)))
    kinds = [reason_kind(item.reason) for item in items if isinstance(item, Rejection)]
    assert kinds == ["not a SMILES", "impossible chemistry", "pattern, not a molecule", "radical",
                     "name came before", "element out of range"]
    assert reason_kind("no words of ours") == OTHER
