"""The columns of each atom against RDKit, on shipped molecules and on small ones."""

from pathlib import Path

import numpy as np
import pytest
from hand_made import hierarchy, stage_graph
from rdkit import Chem

from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.ensembles import Ensemble
from pipeline_src.graphs.atom_features import FEATURES, MISC, atom_features
from pipeline_src.run.settings.readers import SdfReader

RESOURCES = Path(__file__).parents[2] / "resources"
HYBRIDISATIONS = ("SP", "SP2", "SP3", "SP3D", "SP3D2")
RING_SIZES = FEATURES.index("ring_sizes")


def by_rdkit(smiles: str) -> np.ndarray:
    """The same columns of a mapped SMILES with explicit hydrogens  # (N, 10)"""
    options = Chem.SmilesParserParams()
    options.removeHs = False
    atoms = sorted(Chem.MolFromSmiles(smiles, options).GetAtoms(), key=Chem.Atom.GetAtomMapNum)
    return np.array([_of_atom(atom) for atom in atoms], dtype=np.float32)


def _of_atom(atom: Chem.Atom) -> list[float]:
    kind = str(atom.GetHybridization())
    return [
        0, atom.GetTotalDegree(), atom.GetFormalCharge() + 5,
        sum(bond.GetBondTypeAsDouble() for bond in atom.GetBonds()),
        sum(other.GetAtomicNum() == 1 for other in atom.GetNeighbors()),
        HYBRIDISATIONS.index(kind) if kind in HYBRIDISATIONS else MISC, 0,
        atom.GetIsAromatic(), atom.IsInRing(), sum(atom.IsInRingSize(k) for k in range(3, 7))]


@pytest.mark.parametrize("file, name, ring_errors", [
    ("mini_qm9/test.sdf.gz", "molecule_id", 0.02), ("geom_drugs/test.sdf.gz", "mol_id", 0.0)])
def test_shipped_molecules_have_rdkits_columns(file, name, ring_errors):
    """Of cages RDKit counts a larger ring that is no bond's shortest one: a column we allow for."""
    reader = SdfReader(paths=(str(RESOURCES / file),), id_property=name)
    molecules = [e.molecule for e in read_sdf(reader) if isinstance(e, Ensemble)]
    off = np.concatenate([atom_features(m) != by_rdkit(m.smiles) for m in molecules])
    assert off[:, RING_SIZES].mean() <= ring_errors
    assert not np.delete(off, RING_SIZES, axis=1).any()


def column(smiles: str, name: str) -> list[int]:
    return atom_features(hierarchy(smiles).molecule)[:, FEATURES.index(name)].tolist()


def test_rings_and_their_sizes():
    assert column("C1CC2CCC1C2", "ring_sizes")[:7] == [1] * 7  # norbornane: five-rings only
    assert column("c1ccc2[nH]ccc2c1", "ring_sizes")[:9] == [1, 1, 1, 2, 1, 1, 1, 2, 1]
    assert column("C1CCCCCC1", "in_ring")[:7] == [1] * 7
    assert not any(column("C1CCCCCC1", "ring_sizes"))  # seven is not counted
    assert not any(column("CC(C)(C)C", "in_ring"))


def test_small_molecules():
    assert column("C", "hydrogens") == [4, 0, 0, 0, 0]
    assert column("C#N", "hybridisation") == [0, 0, MISC]
    assert column("NC=O", "hybridisation")[:3] == [1, 1, 1]  # amide nitrogen


def test_coarser_levels_have_their_atoms_rows():
    every, heavy = stage_graph("Cc1ccccc1", "all"), stage_graph("Cc1ccccc1", "heavy", "scaffold")
    assert every.features.shape == (15, len(FEATURES))
    assert (heavy.features == every.features[every.numbers > 1]).all()
    assert heavy.features[0, FEATURES.index("hydrogens")] == 3
