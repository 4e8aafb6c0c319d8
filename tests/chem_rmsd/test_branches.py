"""Branches stand for the same mappings as an enumeration, and their search finds the same RMSD."""

from itertools import product

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from pipeline_src.chem.molecules import from_rdkit
from pipeline_src.chem.rmsd import mapped_rmsd, rmsd_matrix
from pipeline_src.chem.symmetry import SymmetryMappings, symmetry_mappings
from pipeline_src.ensembles import Molecule

ALL = 1_000_000
BRANCHED = [
    "CC(C)(C)c1cc(C(C)(C)C)cc(C(C)(C)C)c1", "FC(F)(F)C(OC)(C(F)(F)F)C(F)(F)F",
    "CC(C)[Si](C(C)C)(C(C)C)CC(C)(C)C", "OP(=O)(O)OCC(OP(=O)(O)O)C(F)(F)F",
    "O=[N+]([O-])c1cc(C(F)(F)F)cc([N+](=O)[O-])c1C(F)(F)F", "FS(F)(F)(F)(F)C(F)(F)F",
    "NC(=O)c1c(C(F)(F)F)c(C(F)(F)F)c(C(O)=N)c(C(F)(F)F)c1C(F)(F)F",  # ends that are not alike
    "O=S(=O)([O-])CC(CS(=O)(=O)[O-])C(F)(F)F", "C[N+](C)(C)CC(C([O-])=O)C(=O)O",
]


def shuffled(smiles: str) -> tuple[Molecule, np.ndarray]:
    """A molecule in shuffled atom order and a conformer  # (N, 3)"""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    order = np.random.default_rng(5).permutation(mol.GetNumAtoms())
    mol = Chem.RenumberAtoms(mol, order.tolist())
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=2, useRandomCoords=True) == 0
    return from_rdkit(mol, smiles), mol.GetConformer().GetPositions()


def noisy(position: np.ndarray, scales: tuple[float, ...]) -> np.ndarray:
    rng = np.random.default_rng(8)
    return np.array([position + rng.normal(0, scale, position.shape) for scale in scales])


@pytest.fixture
def both(monkeypatch):
    """A function that gives a molecule's mappings with branches and without."""

    def mappings(molecule: Molecule, symmetrize: bool) -> list[SymmetryMappings]:
        result = []
        for least in (2, ALL ** 2):
            for name, value in (("_WORTH", least), ("_MANY", least), ("_FEWER", 0)):
                monkeypatch.setattr(f"pipeline_src.chem.symmetry.{name}", value)
            result.append(symmetry_mappings(molecule, symmetrize, ALL))
        return result

    return mappings


def written_out(mappings: SymmetryMappings) -> set[tuple[int, ...]]:
    """Every mapping of the products."""
    found = set()
    for k, mapping in enumerate(mappings.maps):
        orders = [b.images[k][b.allowed[k]] for b in mappings.branches]
        for chosen in product(*orders):
            whole = mapping.copy()
            for branch, images in zip(mappings.branches, chosen, strict=True):
                whole[branch.atoms] = images
            found.add(tuple(whole.tolist()))
    return found


@pytest.mark.parametrize("symmetrize", [True, False])
@pytest.mark.parametrize("smiles", BRANCHED)
def test_branches_are_the_enumeration(smiles, symmetrize, both):
    molecule, _ = shuffled(smiles)
    branched, listed = both(molecule, symmetrize)
    assert branched.branches and not listed.branches
    assert branched.count == len(listed.maps) == listed.count
    assert written_out(branched) == set(map(tuple, listed.maps.tolist()))


@pytest.mark.parametrize("block", [20_000, 40])
@pytest.mark.parametrize("smiles", BRANCHED)
def test_search_finds_the_best_of_the_enumeration(smiles, block, both, monkeypatch):
    monkeypatch.setattr("pipeline_src.chem.branch_search._BLOCK", block)
    molecule, position = shuffled(smiles)
    branched, listed = both(molecule, True)
    assert branched.branches and not listed.branches
    references = noisy(position, (0.0, 0.3))
    samples = noisy(position * [-1, 1, 1], (0.02, 0.2, 0.5, 1.0, 2.0, 4.0))
    samples = np.concatenate([samples, noisy(position, (0.0, 0.01, 0.2, 1.0))])
    np.testing.assert_allclose(mapped_rmsd(branched, references, samples),
                               mapped_rmsd(listed, references, samples), atol=1e-6)


@pytest.mark.parametrize("smiles, count", [
    ("C(F)(F)(F)" + 6 * "C(F)(F)" + "C(F)(F)F", 2 * 2**6 * 6**2),  # eight branches
    ("C(F)(F)(F)" + 14 * "C(F)(F)" + "C(F)(F)F", ALL)])  # 16, and 1.2 million mappings
def test_many_branches_are_enumerated_as_their_search_would_take_exponentially_long(smiles, count):
    mappings = symmetry_mappings(from_rdkit(Chem.MolFromSmiles(smiles), "chain"), False, ALL)
    assert not mappings.branches and mappings.count == count
    assert mappings.complete == (count < ALL)


def test_permuted_branches_give_zero():
    molecule, position = shuffled(BRANCHED[0])
    mappings = symmetry_mappings(molecule, False, ALL)
    assert mappings.count == 6 ** 4 and len(mappings.maps) == 6
    turned = position.copy()
    for branch in mappings.branches:
        atoms = mappings.heavy[branch.atoms]
        turned[atoms] = turned[np.roll(atoms, 1)]
    assert rmsd_matrix(molecule, position[None], turned[None], False)[0, 0] < 1e-5


def test_products_beyond_the_limit_are_complete():
    silyl = "[Si](C(C)(C)C)(C(C)(C)C)C(C)(C)C"
    molecule, position = shuffled(f"O({silyl}){silyl}")
    mappings = symmetry_mappings(molecule, False, ALL)
    assert mappings.complete and mappings.count == 2 * 6 ** 8 and len(mappings.maps) == 72
    turned = position.copy()
    for branch in mappings.branches:
        atoms = mappings.heavy[branch.atoms]
        turned[atoms] = turned[atoms[[1, 0, 2]]]
    assert rmsd_matrix(molecule, position[None], turned[None], False)[0, 0] < 1e-5
