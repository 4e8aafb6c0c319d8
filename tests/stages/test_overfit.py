"""A two-stage chain learns four molecules by heart and follows its guide.

Run with ``-m slow``: minutes of training on one core.
"""

import numpy as np
import pytest
import torch
from overfit import draw, heavy_matching, read_four, stage_settings, train

from pipeline_src.chem.levels import extract_levels
from pipeline_src.chem.rmsd import rmsd_matrix
from pipeline_src.stages.assembly import build_backbone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
LEARNT_ANGSTROM, UNTRAINED_ANGSTROM = 0.3, 0.8
SAMPLES = 16  # four for each reference conformer
HEAVY = stage_settings(level="heavy", iterations=8000, schnet_layers=3)
ALL = stage_settings(level="all", iterations=6000, schnet_layers=2, guide={
    "level": "heavy", "augmentation": {"kind": "sigma_max", "sigma_max_angstrom": 0.1}})


@pytest.fixture(scope="module")
def references():
    return read_four()


@pytest.fixture(scope="module")
def hierarchies(references):
    return [extract_levels(e.molecule, e.n_conformers) for e in references]


@pytest.fixture(scope="module")
def networks(references, tmp_path_factory):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("overfit")
    return (train(HEAVY, "heavy", references, folder), train(ALL, "all-heavy", references, folder))


def run_chain(heavy, fine, hierarchies):
    coarse = draw(HEAVY, "heavy", heavy, hierarchies, None, SAMPLES)
    return draw(ALL, "all-heavy", fine, hierarchies, [e.positions for e in coarse], SAMPLES)


def test_the_chain_regenerates_what_it_learnt(references, hierarchies, networks):
    samples = run_chain(*networks, hierarchies)
    matching = heavy_matching(references, samples)
    again = sum(bool(note) for ensemble in samples for note in ensemble.notes)
    print(f"MAT-R of the trained chain: {matching:.3f} angstrom; {again} conformers drawn again")
    assert matching < LEARNT_ANGSTROM and not again


def test_the_untrained_chain_does_not(references, hierarchies):
    torch.manual_seed(0)
    samples = run_chain(build_backbone(HEAVY), build_backbone(ALL), hierarchies)
    matching = heavy_matching(references, samples)
    print(f"MAT-R of the untrained chain: {matching:.3f} angstrom")
    assert matching > UNTRAINED_ANGSTROM


def test_the_guide_of_another_conformer_leads_elsewhere(references, hierarchies, networks):
    """RMSD of each sample to the conformer whose index it has, own guide against the next one's."""
    guides = [np.ascontiguousarray(e.positions[:, h.levels["heavy"]])
              for e, h in zip(references, hierarchies, strict=True)]
    own, other = (
        float(np.mean([
            np.diag(rmsd_matrix(r.molecule, r.positions, s.positions, True)).mean()
            for r, s in zip(references, draw(ALL, "all-heavy", networks[1], hierarchies,
                                             [np.roll(g, shift, axis=0) for g in guides],
                                             len(guides[0])), strict=True)]))
        for shift in (0, 1))
    print(f"own guide {own:.3f}, another conformer's {other:.3f} angstrom")
    assert other > 1.5 * own and other > own + 0.2
