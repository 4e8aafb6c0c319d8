"""One Psi4 single point of one conformer: energy and HOMO-LUMO gap, or the reason of a failure."""

import hashlib
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline_src.quantum.find_psi4 import WORKER, find_psi4
from pipeline_src.run.settings.experiment import Properties
from pipeline_src.run.units import HARTREE_TO_EV

CLOSEST_ANGSTROM = 0.5  # H2 is 0.74; atoms 0.2 Å apart converge to an absurd energy (quantum.md)
FARTHEST_ANGSTROM = 4.0  # twice the longest usual bond; scattered atoms take minutes of SCF
THREADS = 1  # several jobs of one thread beat one of several (quantum.md)
_ONE_THREAD = {
    name: str(THREADS)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
}


@dataclass(frozen=True)
class Result:
    """What came of one conformer; numbers are None when ``reason`` says why it failed."""

    energy_hartree: float | None = None
    homo_hartree: float | None = None
    lumo_hartree: float | None = None
    reason: str = ""
    seconds: float | None = None  # where they are asked for

    @property
    def gap_ev(self) -> float | None:
        """HOMO-LUMO gap in eV: |E_HOMO - E_LUMO| of the alpha orbitals (models.md 5.3)."""
        if self.homo_hartree is None or self.lumo_hartree is None:
            return None
        return abs(self.lumo_hartree - self.homo_hartree) * HARTREE_TO_EV


def single_point(
    numbers: np.ndarray, charges: np.ndarray, positions: np.ndarray,
    properties: Properties, scratch_root: Path | None = None,
    options: Mapping[str, object] | None = None,
) -> Result:
    """Energy, HOMO and LUMO of one conformer as it stands: no relaxation, singlet, gas phase.

    Args:
        numbers: atomic numbers  # (N,)
        charges: formal charges; their sum is the molecule's charge  # (N,)
        positions: Å  # (N, 3)
        properties: method, basis, memory and time limit.
        scratch_root: folder for Psi4's scratch files, emptied again; None: the system's.
        options: of Psi4, over those of the property task.

    Raises:
        InputError: no Psi4 on this machine.
    """
    reason = unsound(numbers, charges, positions)
    if reason:
        return Result(reason=reason)
    python, _ = find_psi4()
    with tempfile.TemporaryDirectory(prefix="psi4-", dir=scratch_root) as scratch:
        job = {
            "numbers": numbers.tolist(), "positions": positions.astype(float).ravel().tolist(),
            "charge": int(charges.sum()), "multiplicity": 1, "threads": THREADS,
            "method": properties.method, "basis": properties.basis,
            "memory_mb": properties.memory_mb, "scratch": scratch, "options": dict(options or {}),
        }
        return _run_worker(python, job, Path(scratch), properties.timeout_s)


def psi4_level(properties: Properties, version: str) -> list:
    """All but the conformer that a single point depends on, our worker's text among it."""
    return [version, hashlib.sha256(WORKER.read_bytes()).hexdigest(), properties.method,
            properties.basis, properties.memory_mb, properties.timeout_s]


def unsound(numbers: np.ndarray, charges: np.ndarray, positions: np.ndarray) -> str:
    """Why this conformer must not be given to a program, or '' when it may."""
    if not np.isfinite(positions).all():
        return "coordinates are not finite"
    electrons = int(numbers.sum() - charges.sum())
    if electrons % 2:
        return f"odd number of electrons ({electrons}): a singlet is impossible"
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=-1)  # (N, N)
    np.fill_diagonal(distances, np.inf)
    if distances.min() < CLOSEST_ANGSTROM:
        i, j = np.unravel_index(distances.argmin(), distances.shape)
        return (f"atoms {i + 1} and {j + 1} are {distances.min():.3f} angstrom apart "
                f"(less than {CLOSEST_ANGSTROM:g})")
    loneliest = distances.min(axis=1)
    if len(numbers) > 1 and loneliest.max() > FARTHEST_ANGSTROM:
        atom = int(loneliest.argmax())
        return (f"atom {atom + 1} is {loneliest[atom]:.2f} angstrom from all others "
                f"(more than {FARTHEST_ANGSTROM:g}): the molecule has come apart")
    return ""


def _run_worker(python: str, job: dict, scratch: Path, timeout_s: int) -> Result:
    """Run the worker in ``scratch``; it dies with us, and with the time limit.

    A session of its own keeps a SIGTERM to our process group from being taken for a failure.
    """
    job_file, result_file, log_file = (scratch / n for n in ("job.json", "result.json", "log"))
    job_file.write_text(json.dumps(job), encoding="utf-8")
    with open(log_file, "wb") as log:
        worker = subprocess.Popen(
            [python, "-I", str(WORKER), str(job_file), str(result_file)], cwd=scratch,
            stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, **_ONE_THREAD, "PSI_SCRATCH": str(scratch)},
        )
    try:
        code = worker.wait(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        return Result(reason=f"no result within {timeout_s} s")
    finally:
        worker.kill()  # does nothing once it has ended
        worker.wait()
        worker.stdin.close()
    if not result_file.is_file():
        return Result(reason=f"Psi4 ended without a result: {_ending(code)}")
    result = json.loads(result_file.read_text(encoding="utf-8"))
    if "error" in result:
        return Result(reason=result["error"].replace(str(scratch), "scratch"))
    return _checked(result)


def _checked(result: dict) -> Result:
    values = [result[f"{name}_hartree"] for name in ("energy", "homo", "lumo")]
    if not np.isfinite(values).all():
        return Result(reason="Psi4 gave an energy that is not finite")
    return Result(*values)


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    return f"killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
