"""Level smarts: the atoms that match any of a user's patterns."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from rdkit import Chem, rdBase

from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.vocabulary import Entry
from pipeline_src.ensembles import Hierarchy
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.levels import LevelOptions


def add_smarts(hierarchy: Hierarchy, options: LevelOptions,
               vocabulary: Mapping[str, Entry] | None) -> Hierarchy:
    """The hierarchy with level 'smarts'; where nothing matches, or all, it collapses onto 'all'.

    Raises:
        InputError: a pattern is no SMARTS.
    """
    every = hierarchy.levels["all"]
    atoms = matching_atoms(to_rdkit(hierarchy.molecule), options.smarts.patterns)
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
