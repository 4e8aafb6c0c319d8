"""Level brics: a molecule cut at the bonds that BRICS breaks."""

from dataclasses import replace

import numpy as np
from rdkit import Chem
from rdkit.Chem import BRICS

from pipeline_src.chem.level_files import LevelFiles
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.partition import numbered
from pipeline_src.ensembles import Hierarchy
from pipeline_src.run.settings.levels import MOST_KINDS, LevelOptions


def add_brics(hierarchy: Hierarchy, options: LevelOptions, files: LevelFiles) -> Hierarchy:
    """The hierarchy with the groups 'brics'; the kind of a bead is its number of heavy atoms."""
    group, kinds = brics_groups(to_rdkit(hierarchy.molecule))
    return replace(hierarchy, groups={**hierarchy.groups, "brics": group},
                   kinds={**hierarchy.kinds, "brics": kinds})


def brics_groups(mol: Chem.Mol) -> tuple[np.ndarray, np.ndarray]:
    """Bead number of each atom and kind of each bead, int64  # (N,), (F,)

    Bonds of the 16 BRICS environments are cut (Degen, Wegscheid-Gerlach, Zaliani, Rarey,
    ChemMedChem 2008, 3, 1503, as RDKit reads it). A hydrogen is where its neighbour is. Kinds are
    numbers of heavy atoms, as fragments have no end; more than fit an embedding count as the most.
    """
    cut = brics_bonds(mol)
    owner = np.arange(mol.GetNumAtoms())
    for bond in mol.GetBonds():
        i, j = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if frozenset((i, j)) not in cut:
            one, other = owner[i], owner[j]
            owner[owner == max(one, other)] = min(one, other)
    group, _ = numbered(owner)
    heavy = np.array([atom.GetAtomicNum() > 1 for atom in mol.GetAtoms()])
    kinds = np.bincount(group, weights=heavy).astype(np.int64)
    return group, np.minimum(kinds, MOST_KINDS)


def brics_bonds(mol: Chem.Mol) -> set[frozenset[int]]:
    """The bonds BRICS cuts, as pairs of atoms; its patterns count neighbours without hydrogens."""
    marked = Chem.Mol(mol)
    for atom in marked.GetAtoms():
        atom.SetIntProp("_origin", atom.GetIdx())
    bare = Chem.RemoveHs(marked)
    origin = [atom.GetIntProp("_origin") for atom in bare.GetAtoms()]
    return {frozenset(origin[atom] for atom in pair) for pair, _ in BRICS.FindBRICSBonds(bare)}
