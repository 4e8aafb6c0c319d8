"""GFN2-xTB by the program xtb: one process of one thread for each conformer."""

import ctypes
import os
import re
import resource
import signal
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from pipeline_src.ensembles import Molecule
from pipeline_src.ensembles.elements import element_symbol
from pipeline_src.quantum.engines import Optimised
from pipeline_src.quantum.find_xtb import find_xtb
from pipeline_src.quantum.single_point import unsound
from pipeline_src.run.settings.reference import XtbEngine

_ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "OMP_STACKSIZE": "1G",
}
_PDEATHSIG = 1  # prctl's option, linux/prctl.h
_ENERGY = re.compile(r"TOTAL ENERGY\s+(-?\d+\.\d+) Eh")
_NOT_CONVERGED = "FAILED TO CONVERGE GEOMETRY"


class Xtb:
    """The engine ``xtb``: GFN2-xTB of a closed shell in the gas phase.

    Results do not depend on the machine's load or on which conformers came before: every run has
    one thread, an empty folder and no configuration of the user's.

    Raises:
        InputError: no xtb on this machine.
    """

    label = "GFN2-xTB"

    def __init__(self, settings: XtbEngine):
        self.settings = settings
        self.program, self.version = find_xtb()
        self._prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux

    def optimise(self, molecule: Molecule, positions: np.ndarray, level: str,
                 seconds: float) -> Optimised:
        """The minimum; see ``Engine``. A run that did not converge is a failure."""
        return self._run(molecule, positions, seconds, [
            "--opt", level, "--cycles", str(self.settings.cycles)])

    def single_point(self, molecule: Molecule, positions: np.ndarray) -> Optimised:
        """The energy; see ``Engine``."""
        return self._run(molecule, positions, self.settings.timeout_s, [])

    def _run(self, molecule: Molecule, positions: np.ndarray, seconds: float,
             options: list[str]) -> Optimised:
        reason = unsound(molecule.numbers, molecule.charges, positions)
        if reason:
            return Optimised(reason=reason)
        with tempfile.TemporaryDirectory(prefix="xtb-") as name:
            folder = Path(name)
            (folder / "m.xyz").write_text(xyz_text(molecule.numbers, positions), encoding="ascii")
            command = [self.program, "m.xyz", "--gfn", "2", "--parallel", "1", "--uhf", "0",
                       "--chrg", str(int(molecule.charges.sum())), *options]
            limit = min(seconds, self.settings.timeout_s)
            return self._wait(command, folder, limit) or _result(folder, bool(options), positions)

    def _wait(self, command: list[str], folder: Path, seconds: float) -> Optimised | None:
        """Run to the end; None or how it failed. It dies with us, and with the time limit.

        A session of its own keeps a SIGTERM to our process group from being taken for a failure.
        """
        with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err:
            process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                start_new_session=True, preexec_fn=self._prepare,  # noqa: PLW1509
                env={**os.environ, **_ENVIRONMENT, "HOME": str(folder), "XTBPATH": str(folder)})
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return Optimised(reason=f"xtb had no result within {seconds:.0f} s", of_machine=True)
        finally:
            process.kill()  # does nothing once it has ended
            process.wait()
        if code < 0:
            name = signal.Signals(-code).name
            return Optimised(reason=f"xtb was killed by {name}", of_machine=True)
        return Optimised(reason=f"xtb: {_error(folder)}") if code else None

    def _prepare(self) -> None:
        """In the child: die with the parent, and have all the stack that is allowed."""
        if self._prctl:
            self._prctl(_PDEATHSIG, signal.SIGKILL)
        _, hard = resource.getrlimit(resource.RLIMIT_STACK)
        resource.setrlimit(resource.RLIMIT_STACK, (hard, hard))


def xyz_text(numbers: np.ndarray, positions: np.ndarray) -> str:
    """The conformer as an XYZ file, Å, with digits enough for float32 to come back the same."""
    lines = [f"{element_symbol(z)} {x:.9f} {y:.9f} {w:.9f}" for z, (x, y, w) in zip(
        numbers.tolist(), np.asarray(positions, dtype=np.float64).tolist(), strict=True)]
    return "\n".join([str(len(lines)), "", *lines, ""])


def _result(folder: Path, moved: bool, positions: np.ndarray) -> Optimised:
    text = (folder / "out").read_text(encoding="utf-8", errors="replace")
    energies = _ENERGY.findall(text)
    if not energies:
        return Optimised(reason="xtb gave no energy")
    if moved and _NOT_CONVERGED in text:
        return Optimised(reason="xtb: the optimisation did not converge")
    if moved:
        positions = _read_xyz(folder / "xtbopt.xyz")
        if not np.isfinite(positions).all():
            return Optimised(reason="xtb gave coordinates that are not finite")
    return Optimised(np.asarray(positions, dtype=np.float32), float(energies[-1]))


def _read_xyz(file: Path) -> np.ndarray:
    """Positions  # (N, 3)"""
    lines = file.read_text(encoding="ascii").splitlines()
    return np.array([[float(word) for word in line.split()[1:4]]
                     for line in lines[2:2 + int(lines[0])]])


def _error(folder: Path) -> str:
    """The innermost of the messages that xtb ends with, short."""
    text = (folder / "err").read_text(encoding="utf-8", errors="replace")
    messages = re.findall(r"^-\d+- (.+)$", text, flags=re.MULTILINE)
    return messages[-1].strip()[:200] if messages else "ended without a message"
