"""Conformers by RDKit: ETKDGv3 (Wang et al., JCIM 2020, 60, 2044), MMFF94, distance geometry."""

import hashlib
from collections.abc import Callable

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.ensembles import Ensemble, Molecule

MMFF_STEPS = 2000
NOT_EMBEDDED = "ETKDG found no conformer"
DG_STEPS = 5000  # tries at most, as EBD's
NOT_BY_DISTANCES = "distance geometry found no conformer"
NO_PARAMETERS = "MMFF has no parameters for this molecule"
NOT_CONVERGED = f"MMFF did not converge in {MMFF_STEPS} steps"


def embed_etkdg(molecule: Molecule, n: int, seed: int) -> Ensemble:
    """``n`` ETKDGv3 conformers of all atoms; those not found are NaN with a reason, at the end.

    Stated stereo is kept; stereo left open is drawn conformer by conformer. Randomness is keyed by
    ``seed`` and the molecule's id.
    """
    return _ensemble(molecule, _embed(molecule, n, seed), n)


def embed_kdg(molecule: Molecule, n: int, seed: int) -> Ensemble:
    """As ``embed_etkdg`` without the torsion preferences of crystal structures.

    KDG (Riniker and Landrum, JCIM 2015, 55, 2562) knows flat rings and linear groups only, so
    torsions that are rare in crystals come up too.
    """
    return _ensemble(molecule, _embed(molecule, n, seed, rdDistGeom.KDG), n)


def embed_distance_geometry(molecule: Molecule, n: int, seed: int) -> Ensemble:
    """As ``embed_etkdg`` from bounds of distances alone, as EBD starts (models.md 2.4).

    Neither torsion preferences nor what RDKit knows of flat rings and linear groups.
    """
    mol = _embed(molecule, n, seed, _distances_alone)
    return _ensemble(molecule, mol, n, not_found=NOT_BY_DISTANCES)


def embed_etkdg_mmff(molecule: Molecule, n: int, seed: int) -> Ensemble:
    """The conformers of ``embed_etkdg`` after MMFF94 minimisation.

    A conformer that MMFF cannot treat, or not minimise in ``MMFF_STEPS`` steps, is NaN with the
    reason.
    """
    mol = _embed(molecule, n, seed)
    if not mol.GetNumConformers():
        return _ensemble(molecule, mol, n)
    with rdBase.BlockLogs():
        if not rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
            return _ensemble(molecule, mol, n, [NO_PARAMETERS] * mol.GetNumConformers())
        outcomes = rdForceFieldHelpers.MMFFOptimizeMoleculeConfs(
            mol, numThreads=1, maxIters=MMFF_STEPS)
    words = {0: "", 1: NOT_CONVERGED}
    return _ensemble(molecule, mol, n, [words.get(o, "MMFF failed") for o, _ in outcomes])


def _embed(molecule: Molecule, n: int, seed: int,
           parameters: Callable[[], rdDistGeom.EmbedParameters] = rdDistGeom.ETKDGv3) -> Chem.Mol:
    """The molecule with at most ``n`` conformers; random start coordinates for those that fail."""
    mol = to_rdkit(molecule)
    settings = parameters()
    settings.numThreads = 1
    settings.clearConfs = False
    settings.randomSeed = _key(seed, molecule.id)
    with rdBase.BlockLogs():
        for random_start in (False, True):
            missing = n - mol.GetNumConformers()
            settings.useRandomCoords = random_start
            if missing > 0:
                rdDistGeom.EmbedMultipleConfs(mol, missing, settings)
    return mol


def _distances_alone() -> rdDistGeom.EmbedParameters:
    """RDKit's parameters without its knowledge, which are its plain ones."""
    parameters = rdDistGeom.EmbedParameters()
    parameters.useExpTorsionAnglePrefs = parameters.useBasicKnowledge = False
    parameters.maxIterations = DG_STEPS
    return parameters


def _key(seed: int, id: str) -> int:
    """A positive 31-bit seed from ``seed`` and the molecule's id."""
    digest = hashlib.sha256(f"{seed}:{id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % (2**31 - 1) + 1


def _ensemble(molecule: Molecule, mol: Chem.Mol, n: int, reasons: list[str] = (),
              not_found: str = NOT_EMBEDDED) -> Ensemble:
    found = mol.GetNumConformers()
    reasons = [*(reasons or [""] * found), *[not_found] * (n - found)]
    positions = np.full((n, molecule.n_atoms, 3), np.nan, dtype=np.float32)
    for c, conformer in enumerate(mol.GetConformers()):
        if not reasons[c]:
            positions[c] = conformer.GetPositions()
    return Ensemble(molecule, positions, reasons=tuple(reasons))
