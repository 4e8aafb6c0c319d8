"""Two programs at one level of theory: which conformers, a row per pair of results, a verdict."""

from collections.abc import Iterable, Mapping, Sequence

from pipeline_src.ensembles import Ensemble
from pipeline_src.quantum.conformer_jobs import ConformerJob
from pipeline_src.quantum.single_point import Result
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.quantum_check import CheckedLevel, QuantumCheck

ENGINES = ("psi4", "pyscf")
COLUMNS = (
    "molecule", "conformer", "n_atoms", "method", "psi4_hartree", "pyscf_hartree",
    "energy_difference_hartree", "psi4_gap_ev", "pyscf_gap_ev", "gap_difference_ev",
    "psi4_seconds", "pyscf_seconds", "within_limits", "status", "reason")
SUMMARY_COLUMNS = (
    "method", "n_conformers", "n_failed", "energy_max_hartree", "energy_mean_hartree",
    "energy_limit_hartree", "gap_max_ev", "gap_mean_ev", "gap_limit_ev", "verdict")


def chosen(ensembles: Iterable[Ensemble], settings: QuantumCheck) -> list[ConformerJob]:
    """The conformers that are compared, of different molecules and of every size there is.

    Of the neutral molecules with ``smallest`` to ``largest`` atoms, sorted by id, the first of
    each number of atoms is taken, then the second of each, and so on; of each its conformer of
    lowest energy (without energies its first).

    Raises:
        InputError: the dataset has too few of them.
    """
    of_size = {n: [] for n in range(settings.smallest, settings.largest + 1)}
    for ensemble in ensembles:
        molecule = ensemble.molecule
        if molecule.n_atoms in of_size and ensemble.ok.any() and not molecule.charges.sum():
            of_size[molecule.n_atoms].append(_lowest(ensemble))
    ranked = sorted((rank, n, job.name) for n, jobs in of_size.items()
                    for rank, job in enumerate(sorted(jobs, key=lambda job: job.name)))
    if len(ranked) < settings.conformers:
        raise InputError("conformers", settings.conformers,
                         f"at most the {len(ranked)} molecules of {settings.dataset} with "
                         f"{settings.smallest} to {settings.largest} atoms")
    by_name = {job.name: job for jobs in of_size.values() for job in jobs}
    return [by_name[name] for _, _, name in ranked[:settings.conformers]]


def _lowest(ensemble: Ensemble) -> ConformerJob:
    energies = ensemble.energies_hartree
    sound = [c for c, fine in enumerate(ensemble.ok) if fine]
    best = sound[0] if energies is None else min(sound, key=lambda c: energies[c])
    return ConformerJob(ensemble.molecule.id, best, ensemble.molecule, ensemble.positions[best])


def compared_row(job: ConformerJob, level: CheckedLevel, results: Mapping[str, Result],
                 gap_limit_ev: float) -> dict:
    """One row; ``results`` has each engine's. Differences are Psi4 minus PySCF."""
    psi4, other = (results[name] for name in ENGINES)
    reason = "; ".join(f"{name}: {results[name].reason}" for name in ENGINES
                       if results[name].reason)
    energy = gap = None
    if not reason:
        energy, gap = psi4.energy_hartree - other.energy_hartree, psi4.gap_ev - other.gap_ev
    within = not reason and abs(energy) <= level.energy_limit_hartree and abs(gap) <= gap_limit_ev
    return {
        "molecule": job.name, "conformer": job.conformer, "n_atoms": job.molecule.n_atoms,
        "method": level.name, "energy_difference_hartree": energy, "gap_difference_ev": gap,
        **{f"{name}_hartree": _digits(results[name].energy_hartree, 10) for name in ENGINES},
        **{f"{name}_gap_ev": _digits(results[name].gap_ev, 7) for name in ENGINES},
        **{f"{name}_seconds": _digits(results[name].seconds, 1) for name in ENGINES},
        "within_limits": "yes" if within else "no",
        "status": "failed" if reason else "ok", "reason": reason}


def summary_rows(rows: Sequence[Mapping], settings: QuantumCheck) -> list[dict]:
    """A row per level with ``SUMMARY_COLUMNS``; differences without their sign.

    The verdict is ``agree`` when every conformer has both results and lies within the limits.
    """
    return [_summary([row for row in rows if row["method"] == level.name], level,
                     settings.gap_limit_ev) for level in settings.levels]


def _summary(rows: Sequence[Mapping], level: CheckedLevel, gap_limit_ev: float) -> dict:
    ok = [row for row in rows if row["status"] == "ok"]
    agree = bool(rows) and all(row["within_limits"] == "yes" for row in rows)
    cells = {"method": level.name, "n_conformers": len(rows), "n_failed": len(rows) - len(ok),
             "energy_limit_hartree": level.energy_limit_hartree, "gap_limit_ev": gap_limit_ev,
             "verdict": "agree" if agree else "differ"}
    for what, column in (("energy", "hartree"), ("gap", "ev")):
        values = [abs(row[f"{what}_difference_{column}"]) for row in ok]
        cells |= {f"{what}_max_{column}": max(values, default=None),
                  f"{what}_mean_{column}": sum(values) / len(values) if values else None}
    return cells


def summary_text(summary: Sequence[Mapping]) -> str:
    """The summary in words, a line a level."""
    return "\n".join(
        f"{row['method']}: Psi4 and PySCF {row['verdict']}; {row['n_conformers']} conformers, "
        f"{row['n_failed']} failed"
        + ("" if row["energy_max_hartree"] is None else
           f"; energies differ by {row['energy_max_hartree']:.1e} hartree at most "
           f"(mean {row['energy_mean_hartree']:.1e}, limit {row['energy_limit_hartree']:.0e}), "
           f"gaps by {row['gap_max_ev']:.1e} eV (mean {row['gap_mean_ev']:.1e}, "
           f"limit {row['gap_limit_ev']:g})")
        for row in summary)


def _digits(value: float | None, digits: int) -> str | None:
    """All digits that are compared; the tables' usual ten are too few for a total energy."""
    return None if value is None else f"{value:.{digits}f}"
