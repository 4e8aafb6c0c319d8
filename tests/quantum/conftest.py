"""Water, its ensemble, and a stand-in for the Python that has Psi4."""

import sys
from pathlib import Path

import numpy as np
import pytest
from water_molecule import WATER

from pipeline_src.ensembles import Ensemble, Molecule
from pipeline_src.quantum.find_psi4 import VARIABLE, find_psi4
from pipeline_src.run.settings.experiment import Properties

# Called as `python -I worker.py job.json result.json` or with --probe. The energy is a function of
# the job, so that a result is recognised; each call is a line in the file `calls` beside it, and
# with a file `hang` there it hangs from its third call on.
_STAND_IN = """#!{python}
import json, pathlib, sys, time
if "--probe" in sys.argv:
    print("9.9")
    sys.exit()
here = pathlib.Path(__file__).parent
job = json.loads(pathlib.Path(sys.argv[3]).read_text())
with open(here / "calls", "a") as calls:
    calls.write("call\\n")
if (here / "hang").exists() and len((here / "calls").read_text().split()) > 2:
    time.sleep(60)
energy = -sum(job["numbers"]) - sum(job["positions"]) / 100
pathlib.Path(sys.argv[4]).write_text(json.dumps(
    {{"energy_hartree": energy, "homo_hartree": -0.5, "lumo_hartree": 0.25}}))
"""


@pytest.fixture(autouse=True)
def _look_for_psi4_anew():
    find_psi4.cache_clear()
    yield
    find_psi4.cache_clear()


@pytest.fixture
def properties() -> Properties:
    return Properties(dataset="toy", timeout_s=60, memory_mb=500)


@pytest.fixture
def water() -> Molecule:
    return Molecule(
        "water", "[O:1]([H:2])[H:3]", np.array([8, 1, 1]), np.zeros(3, dtype=np.int64),
        np.array([[0, 1], [0, 2]]), np.array([1, 1]))


@pytest.fixture
def waters(water) -> Ensemble:
    """Four conformers, each 0.01 Å wider than the last; the second was not sampled."""
    positions = np.stack([WATER * (1 + 0.01 * c) for c in range(4)])
    positions[1] = np.nan
    return Ensemble(water, positions, reasons=("", "diverged", "", ""))


@pytest.fixture
def stand_in(tmp_path, monkeypatch) -> Path:
    """Folder of an executable that answers as the worker does; every call leaves a line there."""
    folder = tmp_path / "stand_in"
    folder.mkdir()
    program = folder / "python"
    program.write_text(_STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(program))
    return folder
