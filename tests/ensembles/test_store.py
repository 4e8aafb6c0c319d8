"""Stored types: round trips, checks at the border, bad files."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_src.ensembles import Ensemble, Hierarchy, Molecule
from pipeline_src.ensembles.store import (
    read_ensembles,
    read_hierarchies,
    write_ensembles,
    write_hierarchies,
)
from pipeline_src.run.errors import InputError


def water(name="w") -> Molecule:
    return Molecule(name, "[O:1]([H:2])[H:3]", np.array([8, 1, 1]), np.zeros(3, np.int64),
                    np.array([[0, 1], [0, 2]]), np.array([1, 1]))


def test_ensembles_round_trip(tmp_path):
    positions = np.random.default_rng(0).normal(size=(2, 3, 3)).astype(np.float32)
    positions[1] = np.nan
    full = Ensemble(water(), positions, "all", np.array([-1.0, -2.0]), np.array([0.4, 0.6]),
                    ("", "diverged"), ("drawn again", ""))
    bare = Ensemble(water("empty"), np.zeros((0, 3, 3), np.float32))
    assert write_ensembles(tmp_path / "e.parquet", [full, bare]) == 2
    back = list(read_ensembles(tmp_path / "e.parquet"))
    np.testing.assert_array_equal(back[0].positions, positions)
    assert back[0].reasons == ("", "diverged") and back[0].ok.tolist() == [True, False]
    assert back[0].notes == ("drawn again", "") and back[1].notes == ()
    assert back[0].weights.tolist() == [0.4, 0.6] and back[1].weights is None
    assert back[1].positions.shape == (0, 3, 3)
    np.testing.assert_array_equal(back[0].molecule.bonds, water().bonds)


def test_equal_content_gives_equal_bytes(tmp_path):
    e = Ensemble(water(), np.zeros((1, 3, 3), np.float32))
    for name in "ab":
        write_ensembles(tmp_path / name, [e])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_hierarchies_round_trip(tmp_path):
    levels = {"scaffold": np.array([0]), "heavy": np.array([0]), "all": np.arange(3)}
    write_hierarchies(tmp_path / "h", [Hierarchy(water(), levels, {"scaffold": "acyclic"}, 4)])
    (back,) = read_hierarchies(tmp_path / "h")
    assert list(back.levels) == ["scaffold", "heavy", "all"] and back.n_references == 4
    assert back.collapsed == {"scaffold": "acyclic"} and back.beads("heavy").n_atoms == 1
    assert back.coarse_index("heavy", "all").tolist() == [0]


def test_induced_molecule_keeps_the_bonds_among_its_atoms():
    part = water().induced(np.array([0, 2]))
    assert part.numbers.tolist() == [8, 1] and part.bonds.tolist() == [[0, 1]]


@pytest.mark.parametrize("change, words", [
    ({"numbers": [8, 1, 1]}, "list"),
    ({"numbers": np.array([8.0, 1, 1])}, "float64"),
    ({"charges": np.zeros(2, np.int64)}, "charges"),
    ({"bonds": np.array([[0, 1], [0, 3]])}, "from 0 to 2"),
    ({"bonds": np.array([[1, 0], [0, 2]])}, "i < j"),
    ({"orders": np.array([1])}, "orders"),
])
def test_molecules_are_checked(change, words):
    m = water()
    with pytest.raises(InputError) as caught:
        Molecule(**{**{k: getattr(m, k) for k in m.__dataclass_fields__}, **change})
    assert words in str(caught.value)


@pytest.mark.parametrize("positions, words", [
    (np.zeros((1, 3, 3)), "float64"),
    (np.zeros((1, 2, 3), np.float32), "(1, 2, 3)"),
    (np.full((1, 3, 3), np.nan, np.float32), "NaN"),
    (np.full((1, 3, 3), np.inf, np.float32), "infinity"),
])
def test_ensembles_are_checked(positions, words):
    with pytest.raises(InputError) as caught:
        Ensemble(water(), positions)
    assert words in str(caught.value)


@pytest.mark.parametrize("levels", [
    {"all": np.array([1, 0, 2])},
    {"heavy": np.array([0])},
    {"heavy": np.array([0, 5]), "all": np.arange(3)},
    {"heavy": np.array([], np.int64), "all": np.arange(3)},
])
def test_hierarchies_are_checked(levels):
    with pytest.raises(InputError):
        Hierarchy(water(), levels, {})


def test_bad_files_are_named(tmp_path):
    (tmp_path / "text.parquet").write_text("no parquet")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "other.parquet")
    (tmp_path / "empty").mkdir()
    for name, words in [("text.parquet", "readable"), ("other.parquet", "columns"),
                        ("empty", "parts"), ("missing.parquet", "missing.parquet")]:
        with pytest.raises(InputError) as caught:
            list(read_ensembles(tmp_path / name))
        assert words in str(caught.value)


def test_only_wanted_molecules_are_read(tmp_path):
    some = [Ensemble(water(name), np.zeros((1, 3, 3), np.float32)) for name in "abc"]
    write_ensembles(tmp_path / "e", some)
    assert [e.molecule.id for e in read_ensembles(tmp_path / "e", {"c", "a", "z"})] == ["a", "c"]
    assert list(read_ensembles(tmp_path / "e", set())) == []
