"""Membership of atoms in fragments, and what is made of it."""

from itertools import combinations

import pytest
import torch
from fragmented import fragment_batch, fragmented

from pipeline_src.graphs.fragments import blurred, first_members, fragments_of
from pipeline_src.run.errors import InputError

MOLECULES = ("CC(C)Cc1ccc(cc1)C(C)C(=O)O", "C", "CCO", "CCCCO")


def members(batch) -> list[set[int]]:
    """The atoms of each fragment, by the hierarchies, in order."""
    found = []
    for start, smiles in zip(batch.ptr.tolist(), MOLECULES, strict=False):
        group = fragmented(smiles).groups["fragments"]
        found += [{start + a for a, g in enumerate(group) if g == k}
                  for k in range(group.max() + 1)]
    return found


def test_fragments_are_numbered_through_the_batch():
    batch = fragment_batch(*MOLECULES)
    wanted, fragments = members(batch), fragments_of(batch)
    assert fragments.count == len(wanted) == 5 + 1 + 1 + 2
    for atom, number in enumerate(fragments.of_atom.tolist()):
        assert atom in wanted[number]
        assert int(batch.fragment_index[atom]) == min(wanted[number])


def test_the_fragments_of_a_molecule_are_all_joined():
    batch = fragment_batch(*MOLECULES)
    fragments = fragments_of(batch)
    graph = [int(batch.batch[min(atoms)]) for atoms in members(batch)]
    wanted = {(a, b) for a, b in combinations(range(len(graph)), 2) if graph[a] == graph[b]}
    found = [tuple(sorted(pair)) for pair in fragments.pair_index.T.tolist()]
    assert len(found) == len(wanted) and set(found) == wanted


def test_blurring_is_the_mean_of_each_fragment():
    batch = fragment_batch(*MOLECULES)
    pos = batch.pos.double()
    found = blurred(pos, batch)
    means = fragments_of(batch).means(pos)
    for number, atoms in enumerate(members(batch)):
        mean = pos[sorted(atoms)].mean(0)
        assert torch.allclose(means[number], mean)
        assert torch.allclose(found[sorted(atoms)], mean.expand(len(atoms), 3))
    assert torch.allclose(blurred(found, batch), found)


def test_whole_molecules_blur_to_their_centre():
    batch = fragment_batch(*MOLECULES, fragments="brics")
    assert torch.equal(fragments_of(batch).of_atom, batch.batch)


def test_fragments_of_the_atoms_of_a_coarser_level():
    """Fragments without such an atom are not there."""
    batch = fragment_batch(MOLECULES[0], level="scaffold", coarse=None)
    groups = fragmented(MOLECULES[0])
    left = groups.groups["fragments"][groups.levels["scaffold"]].tolist()
    assert batch.fragment_index.tolist() == [left.index(g) for g in left]


@pytest.mark.parametrize("level, fragments", [("all", "heavy"), ("fragments", "brics"),
                                              ("all", "unknown")])
def test_what_has_no_fragments_is_refused(level, fragments):
    with pytest.raises(InputError, match="fragments of made"):
        first_members(fragmented("CCO"), level, fragments)
