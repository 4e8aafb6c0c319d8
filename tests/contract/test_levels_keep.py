"""What every level that a stage can name keeps."""

import numpy as np
import pytest
import torch
from small_parts import combinations, levels

from pipeline_src.ensembles.store import read_hierarchies

SEAM = "level"
every = pytest.mark.parametrize("part", levels())


def stages(part):
    """A stage of the level without a guide, and one guided from each coarser level."""
    found = {}
    for combination in combinations()[0]:
        stage = combination.stage
        if stage.level == part:
            found.setdefault(stage.guide and stage.guide.level, stage)
    return found.values()


@every
def test_some_stage_can_be_of_it(part):
    assert stages(part)


@every
def test_its_beads_are_the_nodes_of_its_stages(world, part):
    made = {h.molecule.id: h for h in read_hierarchies(world.hierarchies)}
    for stage in stages(part):
        data = world.conformers(stage)
        for number, name in enumerate(data.names):
            beads, graph = made[name].beads(part), data[2 * number]
            assert 0 < beads.n_atoms <= made[name].molecule.n_atoms
            np.testing.assert_array_equal(graph.numbers.numpy(), beads.numbers)
            assert graph.pos.shape == (beads.n_atoms, 3) and torch.isfinite(graph.pos).all()
            pairs = torch.cat([graph.local_pair_index, graph.far_pair_index], dim=1)
            assert len(pairs.unique(dim=1).T) == beads.n_atoms * (beads.n_atoms - 1) // 2


@every
def test_a_molecule_that_has_none_of_its_own_says_why(world, part):
    for hierarchy in read_hierarchies(world.hierarchies):
        assert hierarchy.collapsed.get(part, "a reason").strip()
