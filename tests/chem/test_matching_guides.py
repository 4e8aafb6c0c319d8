"""Which conformer of a source goes with which reference, and how it is laid over it."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from pipeline_src.chem.embed import embed_distance_geometry, embed_etkdg
from pipeline_src.chem.levels import extract_levels
from pipeline_src.chem.matching_guides import (
    NO_PARTNER,
    laid_over,
    match_guides,
    pairwise_rmsd,
)
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble

LEUCINE = molecule_from_smiles("CC(C)C[C@H](N)C(=O)NCCO", "amide")


@pytest.fixture(scope="module")
def hierarchy():
    """Fragments of three atoms each."""
    made = extract_levels(LEUCINE)
    group = np.arange(LEUCINE.n_atoms) // 3
    return replace(made, groups={"fragments": group}, kinds={"fragments": np.bincount(group)})


@pytest.fixture(scope="module")
def references():
    return embed_etkdg(LEUCINE, 4, 1).positions


def turned(positions, seed):
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return positions @ (turn * np.linalg.det(turn)).T + seed


def test_copies_find_their_originals_wherever_they_are(hierarchy, references):
    order = [2, 0, 3, 1]
    copies = np.stack([turned(references[k], k + 1) for k in order]).astype(np.float32)
    found = match_guides(references, Ensemble(LEUCINE, copies), hierarchy, "fragments")
    assert found.ok.all()
    np.testing.assert_allclose(found.positions, references, atol=1e-4)


def test_the_assignment_has_the_least_sum_of_rmsds(hierarchy, references):
    embedded = embed_distance_geometry(LEUCINE, 4, 1)
    centres = [hierarchy.coarsen(p.astype(float), "fragments")
               for p in (references, embedded.positions)]
    cost = pairwise_rmsd(*centres)
    best = min(permutations(range(4)), key=lambda p: sum(cost[c, d] for c, d in enumerate(p)))
    found = match_guides(references, embedded, hierarchy, "fragments")
    for c, d in enumerate(best):
        np.testing.assert_allclose(
            found.positions[c], laid_over(embedded.positions[d], references[c]), atol=1e-5)


def test_the_rmsd_is_that_of_what_is_laid_over(references):
    other = embed_etkdg(LEUCINE, 3, 2).positions
    found = pairwise_rmsd(references.astype(float), other.astype(float))
    assert found.shape == (4, 3)
    for c, d in np.ndindex(found.shape):
        apart = laid_over(other[d], references[c]) - references[c]
        assert found[c, d] == pytest.approx(np.sqrt(np.square(apart).sum(-1).mean()), rel=1e-6)


def test_a_mirror_image_stays_one(references):
    apart = laid_over(-references[0], references[0]) - references[0]
    assert np.abs(apart).max() > 0.5


def test_what_has_no_partner_is_a_row_with_a_reason(hierarchy, references):
    few = embed_distance_geometry(LEUCINE, 2, 1)
    found = match_guides(references, few, hierarchy, "fragments")
    assert sorted(found.reasons) == ["", "", NO_PARTNER, NO_PARTNER]
    half = np.concatenate([few.positions, np.full_like(references[:2], np.nan)])
    failed = Ensemble(LEUCINE, half, reasons=("", "", "not found", "not found"))
    found = match_guides(references, failed, hierarchy, "fragments")
    assert sorted(found.reasons) == ["", "", "not found", "not found"]
    none = Ensemble(LEUCINE, np.full_like(references, np.nan), reasons=("not found",) * 4)
    assert not match_guides(references, none, hierarchy, "fragments").ok.any()


def test_one_fragment_matches_anything(references):
    made = extract_levels(LEUCINE)
    whole = np.zeros(LEUCINE.n_atoms, dtype=np.int64)
    one = replace(made, groups={"brics": whole}, kinds={"brics": np.array([1])})
    found = match_guides(references, embed_distance_geometry(LEUCINE, 4, 1), one, "brics")
    assert found.ok.all()
