"""Small molecules with positions for the tests of the learning wing, made with RDKit."""

from functools import cache

import numpy as np
import torch
from rdkit import Chem
from rdkit.Chem import AllChem
from rdkit.Chem.Scaffolds import MurckoScaffold
from torch_geometric.data import Batch

from pipeline_src.ensembles import Hierarchy, Molecule
from pipeline_src.graphs.noise import stream_key
from pipeline_src.graphs.stage_graph import StageGraph, make_stage_graph

SMILES = {
    "ethanol": "CCO",
    "isobutane": "CC(C)C",
    "toluene": "Cc1ccccc1",
    "ibuprofen": "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
    "cubane": "C12C3C4C1C5C2C3C45",
    "norbornane acid": "OC(=O)CC1CC2CCC1C2",
    "naphthalene sulfonamide": "CCNS(=O)(=O)c1cccc2ccccc12",
    "spiro": "CC1CC2(C1)CC(=O)N2C",
    "methane": "C",
}


@cache
def _rdkit(smiles: str) -> Chem.Mol:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.EmbedMolecule(mol, randomSeed=7)
    return mol


def positions(smiles: str) -> np.ndarray:
    """One conformer, Å, float32  # (N, 3)"""
    return _rdkit(smiles).GetConformer().GetPositions().astype(np.float32)


def hierarchy(smiles: str, name: str = "made") -> Hierarchy:
    """Scaffold, heavy atoms, all atoms; without a scaffold the heavy atoms stand in for it."""
    mol = _rdkit(smiles)
    numbers = np.array([a.GetAtomicNum() for a in mol.GetAtoms()], dtype=np.int64)
    bonds = np.array([sorted((b.GetBeginAtomIdx(), b.GetEndAtomIdx())) for b in mol.GetBonds()],
                     dtype=np.int64).reshape(-1, 2)
    orders = np.array([int(b.GetBondType()) for b in mol.GetBonds()], dtype=np.int64)
    molecule = Molecule(name, smiles, numbers, np.zeros_like(numbers), bonds, orders)
    heavy, every = np.flatnonzero(numbers > 1), np.arange(len(numbers))
    core = MurckoScaffold.GetScaffoldForMol(mol)
    scaffold = np.array(sorted(mol.GetSubstructMatch(core)), dtype=np.int64)
    collapsed = {} if len(scaffold) else {"scaffold": "none"}
    levels = {"scaffold": scaffold if len(scaffold) else heavy, "heavy": heavy, "all": every}
    return Hierarchy(molecule, levels, collapsed)


def stage_graph(smiles: str, level: str = "all", coarse: str | None = "heavy") -> StageGraph:
    """A stage graph with positions and a key."""
    made = hierarchy(smiles)
    graph = make_stage_graph(made, level, coarse)
    graph.pos = torch.from_numpy(positions(smiles)[made.levels[level]])
    graph.key = torch.tensor([stream_key("test", smiles)])
    return graph


def stage_batch(*smiles: str, level: str = "all", coarse: str | None = "heavy") -> Batch:
    """A batch of stage graphs."""
    return Batch.from_data_list([stage_graph(s, level, coarse) for s in smiles])
