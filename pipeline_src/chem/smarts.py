"""Level smarts: the atoms that match any of a user's patterns, or that a table lists."""

from dataclasses import replace

import numpy as np
from rdkit import Chem, rdBase

from pipeline_src.chem.level_files import LevelFiles
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.ensembles import Hierarchy
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.levels import LevelOptions


def add_smarts(hierarchy: Hierarchy, options: LevelOptions, files: LevelFiles) -> Hierarchy:
    """The hierarchy with level 'smarts': atoms that match a pattern or are in the list of atoms.

    Where these are none, or all, it collapses onto 'all'.

    Raises:
        InputError: a pattern is no SMARTS, or a listed atom is not in the molecule.
    """
    every, name = hierarchy.levels["all"], hierarchy.molecule.id
    listed = (files.atoms or {}).get(name, every[:0])
    if not np.isin(listed, every).all():
        raise InputError(f"levels.smarts.atoms: {name}", listed.tolist(),
                         f"indices from 0 to {len(every) - 1}")
    atoms = np.union1d(
        matching_atoms(to_rdkit(hierarchy.molecule), options.smarts.patterns), listed)
    reason = {0: "no atom matches", len(every): "every atom matches"}.get(len(atoms))
    return replace(
        hierarchy, levels={"smarts": every if reason else atoms, **hierarchy.levels},
        collapsed={**({"smarts": reason} if reason else {}), **hierarchy.collapsed})


def matching_atoms(mol: Chem.Mol, patterns: tuple[str, ...]) -> np.ndarray:
    """Sorted indices of all atoms of all matches, int64; hydrogens are atoms  # (M,)

    Raises:
        InputError: a pattern is no SMARTS.
    """
    found: set[int] = set()
    for pattern in patterns:
        with rdBase.BlockLogs():
            query = Chem.MolFromSmarts(pattern)
        if query is None or not query.GetNumAtoms():
            raise InputError("levels.smarts.patterns", pattern, "a SMARTS pattern")
        matches = mol.GetSubstructMatches(query, maxMatches=1_000_000)
        found.update(atom for match in matches for atom in match)
    return np.array(sorted(found), dtype=np.int64)
