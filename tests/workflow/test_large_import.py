"""The synthetic GEOM-Drugs folder of ``large_import.py``, small."""

import subprocess
import sys

import pytest
from large_import import make_folder
from snakemake_project import ROOT

from pipeline_src.chem.base import Rejection
from pipeline_src.chem.readers.geom_rdkit_folder import read_geom_rdkit_folder
from pipeline_src.run.digest import imported_files
from pipeline_src.run.parts import part_module
from pipeline_src.run.settings.readers import GeomRdkitFolderReader


def test_a_small_folder_has_what_the_large_one_has(tmp_path):
    assert make_folder(tmp_path / "raw", 8) == 14 + 45 + 24 + 151 + 50 + 9 + 7 + 84
    settings = GeomRdkitFolderReader(paths=(str(tmp_path / "raw"),))
    assert settings.files() == [str(tmp_path / "raw/summary_drugs.json")]
    items = list(read_geom_rdkit_folder(settings))
    rejections = [item for item in items if isinstance(item, Rejection)]
    assert [r.reason[:12] for r in rejections] == ["missing key:", "missing file", "conformer 77"]
    ensembles = [item for item in items if not isinstance(item, Rejection)]
    assert [e.n_conformers for e in ensembles] == [14, 24, 151, 9, 7, 83]
    assert [e.notes[0] for e in ensembles[:3]] == [
        "", "missing key: uniqueconfs", "uniqueconfs is 152, the list has 151"]


def test_an_edit_of_what_the_worker_runs_imports_anew():
    files = {file.name for file in imported_files(part_module("reader", "geom_rdkit_folder"))}
    assert {"worker.py", "geom_entry.py", "unpickling.py", "rdkit_binary.py", "gathering.py",
            "entry_smiles.py", "frames.py"} < files


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_an_import_by_snakemake_killed_and_resumed_is_the_same(tmp_path):
    done = subprocess.run(
        [sys.executable, "tests/workflow/large_import.py", "--molecules", "800", "--parts", "8",
         "--folder", str(tmp_path / "large")], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "files equal" in done.stdout
