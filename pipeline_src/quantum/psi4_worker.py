"""One Psi4 single point: ``python -I psi4_worker.py job.json result.json``.

Runs in the Python that has Psi4, which need not be ours: only the standard library and Psi4 are
imported, and nothing newer than Python 3.8 is used. The result file holds energies and orbitals,
or ``error``: type and first line of what went wrong. ``--probe`` prints Psi4's version instead.
"""

import glob
import importlib.util
import json
import os
import subprocess
import sys
import threading


def main(arguments):
    """Exit code: 0 when the result holds energies, 1 when it holds an error."""
    if arguments == ["--probe"]:
        print(_import_psi4().__version__, flush=True)
        os._exit(0)  # on a regular exit Psi4 leaves a timer.dat in the working folder
    scratch = []
    threading.Thread(target=_end_with_parent, args=(scratch,), daemon=True).start()
    job_file, result_file = arguments
    with open(job_file) as opened:
        job = json.load(opened)
    scratch.append(job["scratch"])
    try:
        result = _single_point(job)
    except Exception as error:  # the border to another program: every type becomes a row's reason
        result = {"error": _one_line(error)}
    with open(result_file + ".part", "w") as opened:
        json.dump(result, opened)
    os.replace(result_file + ".part", result_file)
    return 1 if "error" in result else 0


def _import_psi4():
    """The psi4 module; Debian keeps it in /usr/lib/<triplet>, which is not on Python's path."""
    if importlib.util.find_spec("psi4") is None:
        for pattern in ("lib/psi4", "lib/*/psi4"):
            for found in glob.glob(os.path.join(sys.prefix, pattern, "__init__.py")):
                sys.path.append(os.path.dirname(os.path.dirname(found)))
    import psi4

    return psi4


def _end_with_parent(scratch):
    """End this process when the parent goes away: its end of our standard input closes.

    A parent that was killed leaves the scratch folder to us; it is removed when Psi4, in the other
    thread, has ended and writes no more.
    """
    sys.stdin.buffer.read()
    if scratch:
        subprocess.Popen(["sh", "-c", 'sleep 1; rm -rf -- "$1"', "sh", scratch[0]])
    os._exit(1)


def _single_point(job):
    """Energy and frontier orbitals in hartree of a closed-shell molecule, nothing moved.

    ``scf_type df`` (density fitting) is Psi4's own default for HF and DFT, made explicit; the
    job's ``options`` go over it.
    """
    psi4 = _import_psi4()
    psi4.core.IOManager.shared_object().set_default_path(job["scratch"])
    psi4.core.set_output_file(os.path.join(job["scratch"], "psi4.out"), False)
    psi4.set_num_threads(job["threads"])
    psi4.set_memory(job["memory_mb"] * 1000 * 1000)
    options = {"reference": "rhf", "scf_type": "df"}
    options.update(job.get("options", {}))
    psi4.set_options(options)
    molecule = psi4.core.Molecule.from_arrays(
        geom=job["positions"], elez=job["numbers"], units="Angstrom",
        fix_com=True, fix_orientation=True, fix_symmetry="c1",
        molecular_charge=job["charge"], molecular_multiplicity=job["multiplicity"],
    )
    energy, wavefunction = psi4.energy(
        job["method"] + "/" + job["basis"], molecule=molecule, return_wfn=True
    )
    orbitals = wavefunction.epsilon_a_subset("AO", "ALL").to_array()
    occupied = wavefunction.nalpha()
    if not 0 < occupied < len(orbitals):
        raise ValueError("no empty orbital in basis " + job["basis"])
    homo, lumo = float(orbitals[occupied - 1]), float(orbitals[occupied])
    return {
        "energy_hartree": float(energy), "homo_hartree": homo, "lumo_hartree": lumo,
        "gap_hartree": abs(lumo - homo),
        "versions": {"psi4": psi4.__version__, "python": sys.version.split()[0]},
    }


def _one_line(error):
    """Type and first line of an error, the second too where the first ends in a colon."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    wanted = 2 if lines and lines[0].endswith(":") else 1
    return ": ".join([type(error).__name__, " ".join(lines[:wanted])]) if lines else repr(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
