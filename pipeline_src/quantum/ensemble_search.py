"""The search of one molecule's reference ensemble, as GEOM's were made but with ETKDG for CREST.

1. Embed (ETKDGv3, for drug-like molecules KDG too) and take each embedding twice: at its MMFF94
   minimum, and after 30 MMFF94 steps. Minima alone are cheapest but merge what GFN2 tells apart:
   in the trials (``resources/*/search_trials.csv``) they found 168 conformers of 13 QM9 molecules
   where both together found 209, at a third of the time.
2. Leave out starts within 0.2 Å (drugs 0.4 Å) of one before.
3. Optimise until ``patience`` starts in a row gave nothing new. Minima of ``normal`` convergence
   are told apart as well as those of ``tight`` (the same 64 of 64 in three molecules).
4. Drop what reacted or lost its stereo, duplicates as CREST does, what lies above the window; the
   rest gets Boltzmann weights, each conformer counted once (GEOM's weights have degeneracies).

Budgets count embeddings, optimisations and their steps, so an ensemble does not depend on the
speed of the machine. A clock that cut the search short would: here it only fails the molecule,
which is tried again when its chunk is run again. Numbers of conformers can exceed GEOM's or stay
below: GEOM's search is longer, and its thresholds were other ones.
"""

import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from pipeline_src.chem.bonding import changed_bond
from pipeline_src.chem.duplicates import DistinctConformers, distinct
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.starts import apart, n_embeddings, start_conformers, with_stereo_of
from pipeline_src.chem.stereo import stereo_kept, without_imine_stereo
from pipeline_src.ensembles import Ensemble, Molecule
from pipeline_src.quantum.engines import Engine, Optimised
from pipeline_src.run.errors import ConvergenceError, ResourceError
from pipeline_src.run.settings.reference import ConformerSearch
from pipeline_src.run.units import BOLTZMANN_KCAL_MOL_K, HARTREE_TO_KCAL_MOL

COUNTS = ("n_embeddings", "n_starts", "n_apart", "n_loose", "n_optimised", "n_failed",
          "n_reacted", "n_stereo_lost", "n_conformers")


@dataclass(eq=False)
class _Search:
    """One molecule on its way through the search.

    Attributes:
        molecule: with all stereo settled.
        settings: of the search.
        engine: what optimises.
        deadline: of ``time.monotonic``, a safety net.
        counts: how many conformers reached or left each part of the search.
        first_reason: of the first conformer that failed.
    """

    molecule: Molecule
    settings: ConformerSearch
    engine: Engine
    deadline: float
    counts: Counter = field(default_factory=Counter)
    first_reason: str = ""

    def optimise(self, positions: np.ndarray, level: str) -> Optimised:
        """Optimised and checked for its bonds and stereo; a failure is counted.

        Raises:
            ResourceError: the machine ended it: time is up, or it was killed.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise ResourceError(f"not done within {self.settings.timeout_s} s")
        result = self.engine.optimise(self.molecule, positions, level, left)
        if result.of_machine:
            raise ResourceError(result.reason)
        if result.reason:
            return self._failed("n_failed", result.reason)
        changed = changed_bond(self.molecule, result.positions)
        if changed:
            return self._failed("n_reacted", changed)
        if not stereo_kept(to_rdkit(self.molecule), result.positions[None])[0]:
            return self._failed("n_stereo_lost", "the stereo changed")
        return result

    def _failed(self, count: str, reason: str) -> Optimised:
        self.counts[count] += 1
        self.first_reason = self.first_reason or reason
        return Optimised(reason=reason)


def search_ensemble(molecule: Molecule, settings: ConformerSearch,
                    engine: Engine) -> tuple[Ensemble, dict[str, int]]:
    """The molecule's reference ensemble, lowest energy first, and the ``COUNTS`` of its search.

    Stereo that the molecule leaves open is that of the first embedding; E/Z of =N-H, which inverts
    easily, is left open in any case, as in GEOM.

    Depends on the molecule's id and graph, the settings and the engine's version only.

    Raises:
        ConvergenceError: no conformer is left; the message is the reason.
        ResourceError: the machine ended the search; another try may pass.
    """
    deadline = time.monotonic() + settings.timeout_s
    molecule = without_imine_stereo(molecule)
    wanted = n_embeddings(molecule, settings.embeddings)
    starts = start_conformers(molecule, wanted, settings.embeddings.kinds, settings.seed,
                              settings.mmff_steps)
    if not len(starts):
        raise ConvergenceError(f"no conformer could be embedded in {wanted} attempts")
    search = _Search(with_stereo_of(molecule, starts[0]), settings, engine, deadline)
    search.counts.update(n_embeddings=wanted, n_starts=len(starts))
    if search.molecule is not molecule:
        starts = starts[stereo_kept(to_rdkit(search.molecule), starts)]
    starts = starts[apart(search.molecule, starts, settings.start_rmsd_angstrom)]
    search.counts["n_apart"] = len(starts)
    if settings.loose:
        starts = _loose_pass(search, starts)
    positions, energies = _last_pass(search, starts)
    if not len(energies):
        raise ConvergenceError("no conformer is left of "
                               f"{search.counts['n_apart']}: {search.first_reason}")
    ensemble = _ensemble(search, positions, energies)
    search.counts["n_conformers"] = ensemble.n_conformers
    return ensemble, {name: search.counts[name] for name in COUNTS}


def _loose_pass(search: _Search, starts: np.ndarray) -> np.ndarray:
    """The starts after a coarse optimisation: the low and distinct ones, lowest first  # (K, N, 3)

    A start that the coarse pass cannot treat is not tried again.
    """
    rule = search.settings.loose
    done = [r for p in starts if not (r := search.optimise(p, rule.level)).reason]
    search.counts["n_loose"] = len(done)
    if not done:
        return starts[:0]
    energies = np.array([r.energy_hartree for r in done]) * HARTREE_TO_KCAL_MOL
    order = np.argsort(energies, kind="stable")
    order = order[energies[order] <= energies.min() + rule.window_kcal_mol]
    positions = np.array([done[c].positions for c in order])
    return positions[apart(search.molecule, positions, rule.rmsd_angstrom)][:rule.most]


def _last_pass(search: _Search, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Minima and energies in hartree of the starts, until patience ends  # (C, N, 3), (C,)"""
    settings, in_vain = search.settings, 0
    if settings.most_optimised_times_atoms2:
        most = settings.most_optimised_times_atoms2 // search.molecule.n_atoms ** 2
        starts = starts[:max(1, most)]
    found = DistinctConformers(search.molecule, settings.duplicates)
    positions, energies = [], []
    for start in starts:
        if settings.patience and in_vain >= settings.patience:
            break
        result = search.optimise(start, settings.level)
        search.counts["n_optimised"] += 1
        in_vain += 1
        if result.reason:
            continue
        positions.append(result.positions)
        energies.append(result.energy_hartree)
        above = (result.energy_hartree - min(energies)) * HARTREE_TO_KCAL_MOL
        if above <= settings.window_kcal_mol and found.add(
                result.positions, result.energy_hartree * HARTREE_TO_KCAL_MOL):
            in_vain = 0
    return np.array(positions), np.array(energies)


def _ensemble(search: _Search, positions: np.ndarray, energies: np.ndarray) -> Ensemble:
    """Distinct conformers within the window, with weights."""
    settings = search.settings
    relative = (energies - energies.min()) * HARTREE_TO_KCAL_MOL
    inside = np.flatnonzero(relative <= settings.window_kcal_mol)
    kept = inside[distinct(search.molecule, positions[inside], relative[inside],
                           settings.duplicates)]
    return Ensemble(search.molecule, positions[kept], energies_hartree=energies[kept],
                    weights=boltzmann_weights(relative[kept], settings.temperature_kelvin))


def boltzmann_weights(relative_kcal_mol: np.ndarray, temperature_kelvin: float) -> np.ndarray:
    """Weights exp(-E / kT) that sum to 1, each conformer counted once  # (C,)"""
    factors = np.exp(-relative_kcal_mol / (BOLTZMANN_KCAL_MOL_K * temperature_kelvin))
    return factors / factors.sum()
