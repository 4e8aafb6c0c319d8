"""Levels whose beads are several atoms: kept in files, checked, averaged, joined by bonds."""

import numpy as np
import pytest

from pipeline_src.ensembles import Hierarchy, Molecule
from pipeline_src.ensembles.hierarchy import BEAD_BOND
from pipeline_src.ensembles.store import read_hierarchies, write_hierarchies
from pipeline_src.run.errors import InputError

# methylammonium, its hydrogens between: H C H N H H H H; beads CH3 and NH3+
GROUP = np.array([0, 0, 0, 1, 1, 0, 1, 1])
KINDS = np.array([7, 3])


def methylammonium() -> Molecule:
    return Molecule(
        "m", "", np.array([1, 6, 1, 7, 1, 1, 1, 1]), np.array([0, 0, 0, 1, 0, 0, 0, 0]),
        np.array([[0, 1], [1, 2], [1, 3], [1, 5], [3, 4], [3, 6], [3, 7]]),
        np.ones(7, dtype=np.int64))


def grouped(group=GROUP, kinds=KINDS, **more) -> Hierarchy:
    levels = {"smarts": np.array([0]), "heavy": np.array([1, 3]), "all": np.arange(8)}
    return Hierarchy(methylammonium(), levels, {}, 2, {"fragments": group}, {"fragments": kinds},
                     **more)


def test_groups_round_trip(tmp_path):
    write_hierarchies(tmp_path / "h", [grouped()])
    (back,) = read_hierarchies(tmp_path / "h")
    assert back.groups["fragments"].dtype == back.kinds["fragments"].dtype == np.int64
    assert back.groups["fragments"].tolist() == GROUP.tolist()
    assert back.kinds["fragments"].tolist() == [7, 3] and back.n_references == 2
    assert [back.n_beads(level) for level in ("fragments", "heavy", "all")] == [2, 2, 8]


def test_beads_are_kinds_joined_by_bonds():
    beads = grouped().beads("fragments")
    assert beads.numbers.tolist() == [7, 3] and beads.charges.tolist() == [0, 1]
    assert beads.bonds.tolist() == [[0, 1]] and beads.orders.tolist() == [BEAD_BOND]
    whole = grouped(np.zeros(8, np.int64), np.array([5])).beads("fragments")
    assert whole.bonds.shape == (0, 2) and whole.n_atoms == 1


def test_coarse_positions_are_means_and_a_bead_broadcast_is_itself():
    made = grouped()
    positions = np.random.default_rng(1).normal(size=(3, 8, 3)).astype(np.float32)
    beads = made.coarsen(positions, "fragments")
    for bead in (0, 1):
        np.testing.assert_allclose(beads[:, bead], positions[:, bead == GROUP].mean(1), atol=1e-6)
    np.testing.assert_array_equal(made.coarsen(beads[:, GROUP], "fragments"), beads)  # M† M = 1
    assert beads.dtype == np.float32 and beads.flags.c_contiguous
    np.testing.assert_array_equal(made.coarsen(positions, "heavy"), positions[:, [1, 3]])


@pytest.mark.parametrize("pair", [("fragments", "all"), ("heavy", "fragments")])
def test_groups_have_no_coarse_index(pair):
    with pytest.raises(InputError, match="whose beads are atoms"):
        grouped().coarse_index(*pair)


def test_a_level_apart_is_within_all_only():
    assert grouped().coarse_index("smarts", "all").tolist() == [0]
    with pytest.raises(InputError, match="within 'heavy'"):
        grouped().coarse_index("smarts", "heavy")


@pytest.mark.parametrize("group, kinds, words", [
    (GROUP[:7], KINDS, "(8,)"), (GROUP.astype(np.int32), KINDS, "int32"),
    (1 - GROUP, KINDS, "lowest atom"), (GROUP * 2, KINDS, "every bead"),
    (GROUP - 1, KINDS, "every bead"), (GROUP, np.array([7]), "kinds"),
    (GROUP, np.array([7, -1]), "kinds"), (GROUP, np.array([7.0, 1.0]), "kinds"),
])
def test_groups_are_checked(group, kinds, words):
    with pytest.raises(InputError) as caught:
        grouped(group, kinds)
    assert words in str(caught.value)


def test_every_group_has_kinds_and_a_name_of_its_own():
    levels = {"all": np.arange(8)}
    for groups, kinds in (({"fragments": GROUP}, {}), ({"all": GROUP}, {"all": KINDS})):
        with pytest.raises(InputError, match="no other level"):
            Hierarchy(methylammonium(), levels, {}, 0, groups, kinds)
