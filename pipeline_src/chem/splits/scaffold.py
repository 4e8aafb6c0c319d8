"""Split recipe 'scaffold': whole Murcko scaffolds stay together."""

import numpy as np
from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from pipeline_src.chem.splits.base import Candidates, parse
from pipeline_src.chem.splits.test_only import marked
from pipeline_src.ensembles.split_table import SUBSETS
from pipeline_src.run.settings.splits import ScaffoldSplit


def split_scaffold(molecules: Candidates, settings: ScaffoldSplit) -> dict[str, str]:
    """id -> subset, with all molecules of one Murcko scaffold in the same subset.

    Scaffolds, shuffled by seed, go one by one to the subset that lacks most molecules. An acyclic
    molecule has no scaffold and stands for itself (with its stereoisomers). A scaffold that a
    molecule for tests only has is test as a whole, beside the fractions of the others.
    """
    groups: dict[str, list[str]] = {}
    closed = set()
    for molecule in sorted(marked(molecules, settings.test_only), key=lambda m: m.id):
        scaffold = scaffold_smiles(molecule.smiles)
        groups.setdefault(scaffold, []).append(molecule.id)
        if molecule.test_only:
            closed.add(scaffold)
    names = sorted(groups.keys() - closed)
    np.random.default_rng(settings.seed).shuffle(names)
    fractions = (settings.train, settings.val, 1 - settings.train - settings.val)
    lacking = np.array(fractions) * sum(len(groups[name]) for name in names)
    chosen = {id: "test" for scaffold in closed for id in groups[scaffold]}
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
