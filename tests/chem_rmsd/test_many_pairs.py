"""RMSDs of twenty thousand pairs of shipped molecules, against RDKit's ``GetBestRMS``."""

from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdMolAlign

from pipeline_src.chem.molecules import to_rdkit, with_conformers
from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.chem.rmsd import rmsd_matrix
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.settings.readers import SdfReader

RESOURCES = Path(__file__).parents[2] / "resources"
SAMPLES = 33
PAIRS = 20_000


@pytest.fixture(scope="module")
def ensembles() -> list[Ensemble]:
    files = (("mini_qm9/test.sdf.gz", "molecule_id"), ("geom_drugs/test.sdf.gz", "mol_id"))
    readers = (SdfReader(paths=(str(RESOURCES / path),), id_property=key) for path, key in files)
    return [e for e in chain.from_iterable(map(read_sdf, readers)) if isinstance(e, Ensemble)]


def samples(positions: np.ndarray) -> np.ndarray:
    """The conformers in turn with noise of 0.01 to 3 Å, every fourth as its mirror image."""
    rng = np.random.default_rng(17)
    drawn = positions[np.arange(SAMPLES) % len(positions)].astype(float)
    drawn[::4, :, 0] *= -1
    scales = np.geomspace(0.01, 3, SAMPLES)[:, None, None]
    return drawn + rng.permutation(scales) * rng.normal(size=drawn.shape)


def best_rms(molecule: Chem.Mol, references: np.ndarray, drawn: np.ndarray,
             symmetrize: bool) -> np.ndarray:
    """RDKit's values on heavy atoms  # (C, S)"""
    ours, theirs = (Chem.RemoveAllHs(with_conformers(molecule, p)) for p in (references, drawn))
    return np.array([[
        rdMolAlign.GetBestRMS(theirs, ours, s, c, symmetrizeConjugatedTerminalGroups=symmetrize)
        for s in range(len(drawn))] for c in range(len(references))])


@pytest.mark.parametrize("symmetrize", [True, False])
def test_twenty_thousand_pairs_equal_rdkit(ensembles, symmetrize):
    pairs, worst = 0, {}
    for ensemble in ensembles:
        references, drawn = ensemble.positions.astype(float), samples(ensemble.positions)
        expected = best_rms(to_rdkit(ensemble.molecule), references, drawn, symmetrize)
        result = rmsd_matrix(ensemble.molecule, references, drawn, symmetrize)
        worst[ensemble.molecule.id] = np.abs(result - expected).max()
        pairs += result.size
    assert pairs >= PAIRS
    assert max(worst.values()) < 1e-4, max(worst, key=worst.get)
    print(f"{pairs} pairs, largest difference {max(worst.values()):.1e} Å")
