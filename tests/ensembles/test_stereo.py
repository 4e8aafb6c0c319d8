"""Stereo as arrays: verdicts by construction, checks at the border, the Parquet round trip."""

import numpy as np
import pytest
from test_store import water

from pipeline_src.ensembles import Hierarchy, Stereo
from pipeline_src.ensembles.store import read_hierarchies, write_hierarchies
from pipeline_src.run.errors import InputError

CORNERS = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=np.float32)
ATOMS = np.concatenate([[[0, 0, 0]], CORNERS]).astype(np.float32)
# ATOMS[1:] span a negative volume; in this order it is positive
CENTRE = np.array([[0, 1, 2, 4, 3]])
TWO = np.array([[0, 1, 2, 4, 3], [5, 6, 7, 9, 8]])


def conformers(*signs: tuple[int, ...]) -> np.ndarray:
    """Tetrahedra side by side, of this handedness each  # (C, 5 * centres, 3)"""
    return np.stack([np.concatenate([ATOMS * sign + [5 * k, 0, 0] for k, sign in enumerate(row)])
                     for row in signs]).astype(np.float32)


def test_a_centre_and_its_mirror_image():
    verdict = Stereo(CENTRE).check(conformers((1,), (-1,)))
    assert verdict.kept.tolist() == [True, False] and verdict.mirrored.tolist() == [False, True]
    assert verdict.wrong_centres.tolist() == [0, 1] and not verdict.wrong_bonds.any()


def test_a_centre_of_three_neighbours():
    pyramid = ATOMS[:4]  # counter-clockwise seen from outside: a positive volume with the atom
    verdict = Stereo(np.array([[0, 0, 1, 2, 3]])).check(np.stack([pyramid, -pyramid]))
    assert verdict.kept.tolist() == [True, False]


def test_the_mirror_image_helps_only_if_all_centres_are_inverted():
    verdict = Stereo(TWO).check(conformers((1, 1), (1, -1), (-1, 1), (-1, -1)))
    assert verdict.kept.tolist() == [True, False, False, False]
    assert verdict.mirrored.tolist() == [False, False, False, True]
    assert verdict.wrong_centres.tolist() == [0, 1, 1, 2]


def test_of_a_meso_molecule_both_ways_are_right():
    meso = Stereo(TWO, accepted=np.array([[True, True], [False, False]]))
    verdict = meso.check(conformers((1, 1), (1, -1), (-1, -1)))
    assert verdict.kept.tolist() == [True, False, True]
    assert verdict.mirrored.tolist() == [True, False, True]
    assert verdict.wrong_centres.tolist() == [0, 1, 0]


def test_double_bonds_do_not_change_in_a_mirror():
    z = np.array([[-1, 1, 0], [0, 0, 0], [1.3, 0, 0], [2.3, 1, 0]], dtype=np.float32)
    e = z * [[1, 1, 1], [1, 1, 1], [1, 1, 1], [1, -1, 1]]
    positions = np.stack([z, e]).astype(np.float32)
    for cis in (1, 0):
        verdict = Stereo(bonds=np.array([[0, 1, 2, 3, cis]])).check(positions)
        assert verdict.kept.tolist() == verdict.mirrored.tolist() == [cis == 1, cis == 0]
        assert verdict.wrong_bonds.tolist() == [1 - cis, cis]


def test_nothing_is_shown_where_positions_are_not_finite_or_flat():
    positions = conformers((1,), (1,), (1,))
    positions[0, 2, 0], positions[1, 1] = np.nan, np.inf
    positions[2, :, 2] = 0
    for stereo in (Stereo(CENTRE), Stereo(bonds=np.array([[1, 0, 2, 3, 0]]))):
        verdict = stereo.check(positions)
        assert not verdict.kept[:2].any() and not verdict.mirrored[:2].any()
    assert not Stereo(CENTRE).check(positions).kept[2]
    assert Stereo().check(positions).kept.tolist() == [False, False, True]


def test_no_stereo_is_always_right():
    stereo = Stereo()
    assert len(stereo) == 0 and stereo.check(conformers((1,), (-1,))).kept.all()
    assert stereo.check(conformers((1,))[:0]).kept.shape == (0,)


def test_round_trip(tmp_path):
    stereo = Stereo(np.array([[0, 0, 1, 2, 1]]), np.array([[1, 0, 0, 2, 1]]),
                    np.array([[True, True], [False, True]]))
    hierarchies = [Hierarchy(water(name), {"all": np.arange(3)}, {}, 1, stereo=s)
                   for name, s in (("w", stereo), ("v", Stereo()))]
    write_hierarchies(tmp_path / "h", hierarchies)
    first, second = (h.stereo for h in read_hierarchies(tmp_path / "h"))
    for name in ("centres", "bonds", "accepted"):
        np.testing.assert_array_equal(getattr(first, name), getattr(stereo, name))
    assert len(second) == 0 and second.accepted.shape == (1, 0)


@pytest.mark.parametrize("change", [
    {"centres": np.zeros((1, 4), np.int64)}, {"bonds": np.zeros((1, 5))},
    {"accepted": np.array([[True]])}, {"centres": CENTRE, "accepted": np.array([[False]])},
    {"centres": CENTRE, "accepted": np.zeros((0, 1), bool)}])
def test_arrays_are_checked(change):
    with pytest.raises(InputError, match="stereo"):
        Stereo(**change)


def test_atoms_of_the_stereo_are_the_molecules():
    with pytest.raises(InputError, match="stereo"):
        Hierarchy(water(), {"all": np.arange(3)}, {}, 1, stereo=Stereo(CENTRE))
