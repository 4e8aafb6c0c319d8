"""Split recipe 'scaffold': whole Murcko scaffolds stay together."""

import numpy as np
from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from pipeline_src.chem.splits.base import Candidates, parse
from pipeline_src.ensembles.split_table import SUBSETS
from pipeline_src.run.settings.splits import ScaffoldSplit


def split_scaffold(molecules: Candidates, settings: ScaffoldSplit) -> dict[str, str]:
    """id -> subset, with all molecules of one Murcko scaffold in the same subset.

    Scaffolds, shuffled by seed, go one by one to the subset that lacks most molecules. An acyclic
    molecule has no scaffold and stands for itself (with its stereoisomers).
    """
    groups: dict[str, list[str]] = {}
    for molecule in sorted(molecules, key=lambda m: m.id):
        groups.setdefault(scaffold_smiles(molecule.smiles), []).append(molecule.id)
    names = sorted(groups)
    np.random.default_rng(settings.seed).shuffle(names)
    fractions = (settings.train, settings.val, 1 - settings.train - settings.val)
    lacking = np.array(fractions) * len(molecules)
    chosen = {}
    for name in names:
        subset = int(lacking.argmax())
        lacking[subset] -= len(groups[name])
        chosen.update(dict.fromkeys(groups[name], SUBSETS[subset]))
    return chosen


def scaffold_smiles(smiles: str) -> str:
    """SMILES of the Murcko scaffold without stereo; of an acyclic molecule: of itself."""
    mol = parse(smiles)
    scaffold = MurckoScaffold.GetScaffoldForMol(mol)
    return Chem.MolToSmiles(scaffold if scaffold.GetNumAtoms() else mol, isomericSmiles=False)
