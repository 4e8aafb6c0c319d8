"""One Psi4 single point: ``python -I psi4_worker.py job.json result.json``.

Runs in the Python that has Psi4, which need not be ours: only the standard library and Psi4 are
imported, and nothing newer than Python 3.8 is used. The result file holds energies and orbitals,
or ``error``: type and first line of what went wrong. ``--probe`` prints Psi4's version instead.
"""

import glob
import importlib.util
import json
import os
import sys
import threading

_ELECTRONS_PER_ORBITAL = 2


def main(arguments):
    """Exit code: 0 when the result holds energies, 1 when it holds an error."""
    if arguments == ["--probe"]:
        print(_import_psi4().__version__)
        return 0
    threading.Thread(target=_end_with_parent, daemon=True).start()
    job_file, result_file = arguments
    with open(job_file) as opened:
        job = json.load(opened)
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


def _end_with_parent():
    """End this process when the parent goes away: its end of our standard input closes."""
    sys.stdin.buffer.read()
    os._exit(1)


def _single_point(job):
    """Energy and frontier orbitals in hartree; settings as in the job (restricted, singlet)."""
    psi4 = _import_psi4()
    psi4.core.IOManager.shared_object().set_default_path(job["scratch"])
    psi4.core.set_output_file(os.path.join(job["scratch"], "psi4.out"), False)
    psi4.set_num_threads(job["threads"])
    psi4.set_memory(job["memory_mb"] * 1000 * 1000)
    psi4.set_options({"reference": "rhf", "scf_type": "df"})  # Psi4's own default, made explicit
    molecule = psi4.geometry(_geometry(psi4, job))
    energy, wavefunction = psi4.energy(
        job["method"] + "/" + job["basis"], molecule=molecule, return_wfn=True)
    orbitals = [float(e) for e in wavefunction.epsilon_a_subset("AO", "ALL").to_array()]
    occupied = wavefunction.nalpha()
    if occupied < 1 or occupied >= len(orbitals):
        raise ValueError("no occupied or no empty orbital in basis " + job["basis"])
    homo, lumo = orbitals[occupied - 1], orbitals[occupied]
    return {
        "energy_hartree": float(energy), "homo_hartree": homo, "lumo_hartree": lumo,
        "gap_hartree": abs(lumo - homo),
        "versions": {"psi4": psi4.__version__, "python": sys.version.split()[0]},
    }


def _geometry(psi4, job):
    """Psi4's geometry block: charge, multiplicity, atoms in Å, nothing moved or symmetrised."""
    lines = ["%d %d" % (job["charge"], job["multiplicity"])]
    for number, position in zip(job["numbers"], job["positions"]):
        symbol = psi4.qcdb.periodictable.z2el[number] if False else _symbol(psi4, number)
        lines.append("%s %.10f %.10f %.10f" % ((symbol,) + tuple(position)))
    return "\n".join(lines + ["units angstrom", "symmetry c1", "no_com", "no_reorient"])
