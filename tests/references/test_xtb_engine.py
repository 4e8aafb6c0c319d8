"""The program xtb: found or not, its numbers, and every way it can end."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from pipeline_src.quantum.find_xtb import VARIABLE, find_xtb
from pipeline_src.quantum.xtb_engine import Xtb
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.reference import XtbEngine

WATER = np.array([[0, 0, 0.117], [0, 0.763, -0.467], [0, -0.763, -0.467]], dtype=np.float32)


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Makes a program that says it is xtb and then does as ``body`` says."""
    def make(body: str) -> Xtb:
        program = tmp_path / "xtb"
        program.write_text(f"#!{sys.executable}\nimport os, sys, time, pathlib\n"
                           "if '--version' in sys.argv:\n"
                           "    print('* xtb version 6.9.9 (x)'); sys.exit()\n" + body + "\n")
        program.chmod(0o755)
        monkeypatch.setenv(VARIABLE, str(program))
        return Xtb(XtbEngine())

    return make


def test_water_single_point_and_minimum(xtb, molecule):
    water = molecule("O")
    start = xtb.single_point(water, WATER)
    assert start.energy_hartree == pytest.approx(-5.0702, abs=5e-4)
    assert start.positions is not None and np.array_equal(start.positions, WATER)
    minimum = xtb.optimise(water, WATER, "tight", 60)
    assert minimum.energy_hartree == pytest.approx(-5.070544, abs=2e-6)
    bonds = np.linalg.norm(minimum.positions[1:] - minimum.positions[0], axis=1)
    assert bonds == pytest.approx([0.959, 0.959], abs=0.003)
    assert minimum.positions.dtype == np.float32


def test_energy_is_that_of_the_stored_positions(xtb, embedded):
    molecule, (start,) = embedded("OCC#N")
    done = xtb.optimise(molecule, start, "normal", 60)
    fresh = xtb.single_point(molecule, done.positions)
    assert fresh.energy_hartree == pytest.approx(done.energy_hartree, abs=1e-7)


def test_charge_comes_from_the_formal_charges(xtb, embedded):
    """Ammonia binds a proton; GFN2's bare proton lies 0.26 Eh off, so this is less than 0.33 Eh."""
    energies = [xtb.optimise(m, p[0], "normal", 60).energy_hartree
                for m, p in (embedded("N"), embedded("[NH4+]"))]
    assert 0.05 < energies[0] - energies[1] < 0.1


def test_too_few_steps_are_a_failure_of_the_conformer(molecule, embedded):
    made, (start,) = embedded("OCCO")
    short = Xtb(XtbEngine(cycles=2)).optimise(made, start, "tight", 60)
    assert (short.reason, short.of_machine) == ("xtb: the optimisation did not converge", False)
    assert short.positions is None and short.energy_hartree is None


@pytest.mark.parametrize(("positions", "words"), [
    (np.full((3, 3), np.nan, dtype=np.float32), "not finite"),
    (np.zeros((3, 3), dtype=np.float32), "apart"),
])
def test_unsound_conformers_do_not_reach_xtb(xtb, molecule, positions, words):
    assert words in xtb.single_point(molecule("O"), positions).reason


def test_missing_program_is_an_input_error_with_a_hint(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nothing"))
    with pytest.raises(InputError, match="make xtb") as caught:
        find_xtb()
    assert caught.value.field == VARIABLE
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("pipeline_src.quantum.find_xtb._ROOT", tmp_path)
    find_xtb.cache_clear()
    with pytest.raises(InputError, match="engine `mmff` needs none"):
        find_xtb()


def test_time_limit_ends_it_and_is_the_machines(stand_in, molecule):
    engine = stand_in("time.sleep(60)")
    started = time.monotonic()
    result = engine.optimise(molecule("O"), WATER, "normal", 1)
    assert time.monotonic() - started < 20
    assert (result.reason, result.of_machine) == ("xtb had no result within 1 s", True)
    assert _children() == []


@pytest.mark.parametrize(("body", "reason", "of_machine"), [
    ("os.kill(os.getpid(), 9)", "xtb was killed by SIGKILL", True),
    ("sys.exit(3)", "xtb: ended without a message", False),
    (r"print('#\n[ERROR] Program stopped\n-2- outer\n-1- (scf) no convergence\n#',"
     "file=sys.stderr); sys.exit(1)", "xtb: (scf) no convergence", False),
    ("print('nothing')", "xtb gave no energy", False),
])
def test_how_xtb_may_end(stand_in, molecule, body, reason, of_machine):
    result = stand_in(body).optimise(molecule("O"), WATER, "normal", 60)
    assert (result.reason, result.of_machine) == (reason, of_machine)


def test_one_thread_and_no_configuration_of_the_users(stand_in, molecule, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    stand_in(f"pathlib.Path({str(tmp_path / 'seen')!r}).write_text(' '.join([os.environ["
             "'OMP_NUM_THREADS'], os.environ['HOME'], os.getcwd()]))").single_point(
        molecule("O"), WATER)
    threads, home, folder = (tmp_path / "seen").read_text().split()
    assert threads == "1" and Path(home).name == Path(folder).name
    assert not os.path.exists(folder)


def test_killed_process_leaves_no_xtb_behind(stand_in, tmp_path):
    pid_file = tmp_path / "pid"
    stand_in(f"pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid())); time.sleep(60)")
    code = ("import numpy as np\n"
            "from pipeline_src.chem.readers.smiles import molecule_from_smiles\n"
            "from pipeline_src.quantum.xtb_engine import Xtb\n"
            "from pipeline_src.run.settings.reference import XtbEngine\n"
            "water = molecule_from_smiles('O', 'water')\n"
            f"Xtb(XtbEngine()).single_point(water, np.array({WATER.tolist()}))\n")
    ours = subprocess.Popen([sys.executable, "-c", code])
    _wait_for(lambda: pid_file.exists() and pid_file.read_text())
    ours.kill()
    ours.wait()
    _wait_for(lambda: not _runs(int(pid_file.read_text())))


def _wait_for(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited for a minute"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _children() -> list:
    return [p for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE]
