"""Starting conformers of a search, by ETKDGv3 or KDG; how many, and which are near-duplicates."""

from collections.abc import Sequence

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdForceFieldHelpers, rdMolDescriptors

from pipeline_src.chem.duplicates import Nearness
from pipeline_src.chem.embed import embed_etkdg, embed_kdg
from pipeline_src.chem.molecules import from_rdkit, to_rdkit, with_conformers
from pipeline_src.chem.stereo import perceive_stereo, without_imine_stereo
from pipeline_src.ensembles import Molecule
from pipeline_src.run.settings.reference import Embeddings

_EMBED = {"etkdg": embed_etkdg, "kdg": embed_kdg}
_POLAR_HYDROGEN = Chem.MolFromSmarts("[#1;$([#1][#7,#8])]")


def n_embeddings(molecule: Molecule, rule: Embeddings) -> int:
    """How many conformers the rule embeds of this molecule."""
    mol = to_rdkit(molecule)
    heavy = Chem.RemoveHs(mol)
    rings = sum(not all(mol.GetBondWithIdx(b).GetIsAromatic() for b in ring)
                for ring in mol.GetRingInfo().BondRings())
    wanted = (rule.base
              + rule.per_rotatable_bond * rdMolDescriptors.CalcNumRotatableBonds(heavy)
              + rule.per_ring * rings
              + rule.per_polar_hydrogen * len(mol.GetSubstructMatches(_POLAR_HYDROGEN)))
    return min(wanted, rule.most)


def start_conformers(molecule: Molecule, n: int, kinds: Sequence[str], seed: int,
                     mmff_steps: Sequence[int]) -> np.ndarray:
    """Those of ``n`` embedded conformers that were found, dealt out among kinds  # (C, N, 3)

    All of them after the first number of MMFF94 steps, then all after the second, and so on. Where
    MMFF94 has no parameters the conformers stay as they are, and come once.
    """
    shares = [(n + k) // len(kinds) for k in range(len(kinds))]
    found = [_EMBED[kind](molecule, share, seed) for kind, share in zip(kinds, shares, strict=True)]
    positions = np.concatenate([ensemble.positions[ensemble.ok] for ensemble in found])
    mol = with_conformers(to_rdkit(molecule), positions)
    with rdBase.BlockLogs():
        if not rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
            return positions
        return np.concatenate([_relaxed(mol, positions, steps) for steps in mmff_steps])


def _relaxed(mol: Chem.Mol, positions: np.ndarray, steps: int) -> np.ndarray:
    if not steps or not len(positions):
        return positions
    moved = Chem.Mol(mol)
    rdForceFieldHelpers.MMFFOptimizeMoleculeConfs(moved, numThreads=1, maxIters=steps)
    return np.array([c.GetPositions() for c in moved.GetConformers()], dtype=np.float32)


def apart(molecule: Molecule, positions: np.ndarray, rmsd_angstrom: float) -> np.ndarray:
    """Indices of conformers that are farther than ``rmsd_angstrom`` from all before  # int (K,)"""
    if not rmsd_angstrom or not len(positions):
        return np.arange(len(positions))
    nearness, kept = Nearness(molecule), [0]
    for c in range(1, len(positions)):
        if nearness.rmsd(positions[kept], positions[c]).min() > rmsd_angstrom:
            kept.append(c)
    return np.array(kept, dtype=np.int64)


def with_stereo_of(molecule: Molecule, positions: np.ndarray) -> Molecule:
    """The molecule with stereo that it leaves open as this conformer shows it  # (N, 3)

    E/Z of =N-H stays open: it inverts easily. A molecule whose stereo is whole comes back as it is.
    """
    mol = to_rdkit(molecule)
    potential = Chem.FindPotentialStereo(mol, cleanIt=True, flagPossible=True)
    if all(info.specified == Chem.StereoSpecified.Specified for info in potential):
        return molecule
    seen = with_conformers(mol, [positions])
    perceive_stereo(seen)
    return without_imine_stereo(from_rdkit(seen, molecule.id))
