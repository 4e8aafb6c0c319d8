"""Priors of flows have the covariances they should, molecule by molecule."""

import numpy as np
import pytest
import torch
from hand_made import stage_graph
from torch_geometric.data import Batch

from pipeline_src.ensembles import Hierarchy, Molecule
from pipeline_src.graphs.noise import StepNoise
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.graphs.stage_graph import make_stage_graph
from pipeline_src.processes.priors import PRIORS, harmonic

CHAIN = [(0, 1), (1, 2), (2, 3)]
RING = [(0, 1), (1, 2), (2, 3), (0, 3)]
MOLECULES = {  # atoms, bonds
    "one atom": (1, []), "two": (2, [(0, 1)]), "chain": (4, CHAIN), "ring": (4, RING),
    "star": (5, [(0, 1), (0, 2), (0, 3), (0, 4)]),  # methane: its modes are degenerate
    "two ions": (2, []), "a salt": (6, [(0, 1), (1, 2), (3, 4)]),
}
COPIES = 20_000


def graph_of(n: int, bonds: list):
    molecule = Molecule("made", "", np.full(n, 6), np.zeros(n, dtype=np.int64),
                        np.array(bonds, dtype=np.int64).reshape(-1, 2),
                        np.ones(len(bonds), dtype=np.int64))
    return make_stage_graph(Hierarchy(molecule, {"all": np.arange(n)}, {}), "all", None)


def laplacian(n: int, bonds: list) -> np.ndarray:
    found = np.zeros((n, n))
    for i, j in bonds:
        found[[i, j], [i, j]] += 1
        found[[i, j], [j, i]] -= 1
    return found


def parts(n: int, bonds: list) -> list[list[int]]:
    """Atoms of each component."""
    label = list(range(n))
    for _ in range(n):
        for i, j in bonds:
            label[i] = label[j] = min(label[i], label[j])
    return [[a for a in range(n) if label[a] == k] for k in sorted(set(label))]


def samples(prior: str, name: str) -> np.ndarray:
    """Positions of many copies, float64  # (COPIES, N, 3)"""
    n, bonds = MOLECULES[name]
    batch = Batch.from_data_list([graph_of(n, bonds)] * COPIES)
    noise = torch.randn(batch.num_nodes, 3, dtype=torch.float64)
    return PRIORS[prior](batch, noise).numpy().reshape(COPIES, n, 3)


def covariance(found: np.ndarray) -> np.ndarray:
    """Of the atoms, over copies and coordinates  # (N, N)"""
    return np.einsum("cai,cbi->ab", found, found) / (3 * len(found))


@pytest.mark.parametrize("name", MOLECULES)
def test_within_each_part_the_harmonic_prior_is_the_laplacians_pseudo_inverse(name):
    n, bonds = MOLECULES[name]
    found, inverse = samples("harmonic", name), np.linalg.pinv(laplacian(n, bonds))
    for part in parts(n, bonds):
        inside = found[:, part] - found[:, part].mean(1, keepdims=True)
        expected = inverse[np.ix_(part, part)]
        assert np.abs(covariance(inside) - expected).max() < 0.03 * (1 + expected.max())


@pytest.mark.parametrize("name", MOLECULES)
def test_the_whole_harmonic_prior(name):
    """That, and each part's centre as if its atoms were Gaussian, all centred."""
    n, bonds = MOLECULES[name]
    inverse = np.linalg.pinv(laplacian(n, bonds))
    for part in parts(n, bonds):
        inverse[np.ix_(part, part)] += 1 / len(part)
    middle = np.eye(n) - 1 / n
    expected = middle @ inverse @ middle
    found = samples("harmonic", name)
    assert np.abs(covariance(found) - expected).max() < 0.03 * (1 + expected.max())
    assert np.abs(found.mean(1)).max() < 1e-12 and np.abs(found).max() < 15


@pytest.mark.parametrize("name", ["chain", "a salt"])
def test_the_gaussian_prior_is_centred_and_of_one_angstrom(name):
    n = MOLECULES[name][0]
    assert np.abs(covariance(samples("gaussian", name)) - (np.eye(n) - 1 / n)).max() < 0.03


@pytest.mark.parametrize("prior", PRIORS)
def test_a_sample_does_not_depend_on_the_batch(prior):
    """Also of symmetric molecules, whose modes are not unique, and in any padding."""
    graphs = [stage_graph(smiles) for smiles in ("C", "CC(C)Cc1ccc(cc1)C(C)C(=O)O", "CCO")]
    many = Batch.from_data_list(graphs)
    together = PRIORS[prior](many, StepNoise(many, 0).atoms(Purpose.PRIOR))
    assert together.dtype == torch.float32
    for number, graph in enumerate(graphs):
        alone = Batch.from_data_list([graph])
        found = PRIORS[prior](alone, StepNoise(alone, 0).atoms(Purpose.PRIOR))
        torch.testing.assert_close(found, together[many.batch == number], rtol=0, atol=1e-6)


def test_large_molecules_keep_their_springs():
    """A chain of 300 atoms: bonds of sqrt(3) Å on average square, and nothing is NaN."""
    batch = Batch.from_data_list([graph_of(300, [(i, i + 1) for i in range(299)])] * 20)
    found = harmonic(batch, torch.randn(batch.num_nodes, 3)).reshape(20, 300, 3)
    squares = (found[:, 1:] - found[:, :-1]).square().sum(-1)
    assert float(squares.mean()) == pytest.approx(3, rel=0.05)
