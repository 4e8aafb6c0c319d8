"""What is counted of a molecule and its conformers for the statistics of a dataset."""

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors
from rdkit.Chem.Scaffolds import MurckoScaffold

from pipeline_src.chem.levels import scaffold_atoms
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.units import HARTREE_TO_KCAL_MOL

DESCRIPTION_COLUMNS = (
    "molecule", "subset", "n_atoms", "n_heavy", "n_bonds", "n_heavy_bonds", "n_scaffold",
    "scaffold", "rotatable_bonds", "charge", "elements", "n_conformers", "n_failed",
    "energy_window_kcal_mol", "rings", "ring_systems", "linker_bonds")


def describe(ensemble: Ensemble, subset: str) -> dict:
    """The row of a molecule, with ``DESCRIPTION_COLUMNS``.

    Bonds count once each. ``n_scaffold`` counts the heavy atoms of the Murcko scaffold and
    ``scaffold`` is its SMILES without stereo, 0 and '' if acyclic. Rotatable bonds are RDKit's
    strict ones. The energy window is highest minus lowest of the conformers that did not fail; None
    below two energies. Rings are those of the smallest set; rings that share an atom are one ring
    system; linker bonds are those on the ways from one ring system to another.

    Args:
        ensemble: all atoms.
        subset: train, val or test; '' where the split leaves the molecule out.
    """
    molecule = ensemble.molecule
    mol = to_rdkit(molecule)
    plain = Chem.RemoveHs(mol)
    heavy = molecule.numbers > 1
    ok = ensemble.ok
    return {
        "molecule": molecule.id, "subset": subset, "n_atoms": molecule.n_atoms,
        "n_heavy": int(heavy.sum()), "n_bonds": len(molecule.bonds),
        "n_heavy_bonds": int(heavy[molecule.bonds].all(axis=1).sum()),
        "n_scaffold": len(scaffold_atoms(mol)), "scaffold": _scaffold(plain),
        "rotatable_bonds": rdMolDescriptors.CalcNumRotatableBonds(plain),
        "charge": int(molecule.charges.sum()),
        "elements": " ".join(sorted({atom.GetSymbol() for atom in mol.GetAtoms()})),
        "n_conformers": int(ok.sum()), "n_failed": int((~ok).sum()),
        "energy_window_kcal_mol": _window(ensemble.energies_hartree, ok),
        "rings": plain.GetRingInfo().NumRings(), "ring_systems": len(_ring_systems(plain)),
        "linker_bonds": _linker_bonds(plain)}


def _scaffold(plain: Chem.Mol) -> str:
    return Chem.MolToSmiles(MurckoScaffold.GetScaffoldForMol(plain), isomericSmiles=False)


def _ring_systems(plain: Chem.Mol) -> list[set[int]]:
    """Atoms of each ring system."""
    systems: list[set[int]] = []
    for ring in map(set, plain.GetRingInfo().AtomRings()):
        joined = [system for system in systems if system & ring]
        systems = [system for system in systems if not system & ring] + [ring.union(*joined)]
    return systems


def _linker_bonds(plain: Chem.Mol) -> int:
    """Bonds outside rings that are left when atoms with one neighbour are taken off for ever."""
    neighbours = {atom.GetIdx(): {other.GetIdx() for other in atom.GetNeighbors()}
                  for atom in plain.GetAtoms()}
    while ends := [atom for atom, others in neighbours.items() if len(others) < 2]:
        for atom in ends:
            for other in neighbours.pop(atom):
                neighbours.get(other, set()).discard(atom)
    return sum(not bond.IsInRing() and {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()}
               <= neighbours.keys() for bond in plain.GetBonds())


def _window(energies_hartree: np.ndarray | None, ok: np.ndarray) -> float | None:
    """kcal/mol between the lowest and the highest energy; None if there are no two."""
    if energies_hartree is None:
        return None
    known = energies_hartree[ok & np.isfinite(energies_hartree)]
    return float(np.ptp(known)) * HARTREE_TO_KCAL_MOL if len(known) > 1 else None
