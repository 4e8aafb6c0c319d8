"""Sampling of a stage: what a conformer depends on, and what not."""

import numpy as np
import pytest
from small_stages import (
    EVERY_ELEMENT,
    draw,
    largest_difference,
    network,
    sample_settings,
    stage,
    write_trained,
)

from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.ensembles.store import (
    read_ensembles,
    read_hierarchies,
    write_ensembles,
    write_hierarchies,
)
from pipeline_src.run.errors import InputError
from pipeline_src.sample_stage import sample_stage
from pipeline_src.stages.shard import load_shard
from pipeline_src.stages.weights import save_atomically

TOLERANCE = 1e-3  # Å


@pytest.fixture(scope="module")
def plain(data):
    return draw(sample_settings(), data)


@pytest.fixture(scope="module")
def coarse(data, tmp_path_factory):
    """Heavy-atom samples of shard 0, and their file."""
    samples = draw(sample_settings(level="heavy"), data)
    path = tmp_path_factory.mktemp("coarse") / "heavy.parquet"
    write_ensembles(path, samples)
    return samples, path


def run_step(folder, data, settings, shard=0, coarser=(), budget=10**6):
    save_atomically(folder / "weights.pt", network(settings).state_dict())
    trained = write_trained(folder / "settings.json", settings.stage)
    sample_stage(settings, folder / "weights.pt", trained, data.hierarchies, data.split, shard,
                 list(coarser), budget, 1, folder / "out.parquet")
    return folder / "out.parquet"


def test_shapes_order_and_level(data, plain):
    assert [e.molecule.id for e in plain] == [e.molecule.id for e in data.all[4:6]]
    for sample, reference in zip(plain, data.all[4:6], strict=True):
        assert sample.positions.shape == (3, reference.molecule.n_atoms, 3)
        assert sample.level == "all" and sample.ok.all()
        np.testing.assert_array_equal(sample.molecule.numbers, reference.molecule.numbers)
        assert np.abs(sample.positions.mean(axis=1)).max() < 1e-4
        assert len({p.tobytes() for p in sample.positions}) == 3


def test_coarse_levels_have_the_beads_only(data, coarse):
    for sample, reference in zip(coarse[0], data.all[4:6], strict=True):
        assert sample.level == "heavy" and (sample.molecule.numbers > 1).all()
        assert sample.molecule.n_atoms == int((reference.molecule.numbers > 1).sum())


@pytest.mark.parametrize("sampler", [{}, {"kind": "generalized"}, {"kind": "leimkuhler_matthews"},
                                     {"steps": 7}])
def test_the_atom_budget_does_not_matter(data, sampler):
    settings = sample_settings(sampler=sampler)
    whole = draw(settings, data)
    assert largest_difference(draw(settings, data, budget=1), whole) < TOLERANCE
    assert largest_difference(draw(settings, data, budget=40), whole) < TOLERANCE
    assert largest_difference(draw(sample_settings(sampler=sampler, seed=2), data), whole) > 0.1


def test_the_atom_budget_does_not_matter_to_a_guided_stage(data, coarse):
    settings = sample_settings(guided=True)
    whole = draw(settings, data, [coarse[1]])
    assert largest_difference(draw(settings, data, [coarse[1]], budget=1), whole) < TOLERANCE


def test_other_molecules_and_conformers_do_not_matter(data, plain, tmp_path):
    fewer = draw(sample_settings(samples={"count": 2}), data)
    cut = [Ensemble(e.molecule, e.positions[:2]) for e in plain]
    assert largest_difference(fewer, cut) < TOLERANCE
    alone = data.all[5].molecule.id
    write_split(tmp_path / "split.csv", [SplitRow(alone, "test", 0, 3, 1)])
    molecules = load_shard(sample_settings(), data.hierarchies, tmp_path / "split.csv", 0, [],
                           EVERY_ELEMENT)
    assert [m.hierarchy.molecule.id for m in molecules] == [alone]
    data_of_one = type(data)(hierarchies=data.hierarchies, split=tmp_path / "split.csv")
    assert largest_difference(draw(sample_settings(), data_of_one), plain[1:]) < TOLERANCE


def test_the_same_call_gives_the_same_bytes(data, tmp_path):
    files = [run_step(tmp_path / name, data, sample_settings()) for name in "ab"]
    assert files[0].read_bytes() == files[1].read_bytes()
    other = run_step(tmp_path / "c", data, sample_settings(seed=2))
    assert other.read_bytes() != files[0].read_bytes()


def test_a_stage_by_another_name_draws_otherwise(data, plain):
    named = sample_settings().model_copy(update={"name": "other"})
    assert largest_difference(draw(named, data), plain) > 0.1


def test_equal_molecules_by_other_names_draw_otherwise(methanes, tmp_path):
    names = [e.molecule.id for e in methanes.all]
    write_split(tmp_path / "split.csv", [SplitRow(name, "test", 0, 1, 1) for name in names])
    everything = type(methanes)(hierarchies=methanes.hierarchies, split=tmp_path / "split.csv")
    first, second, _ = draw(sample_settings(), everything)
    assert largest_difference([first], [second]) > 0.1


def test_a_guided_stage_takes_the_coarser_samples_one_by_one(data, coarse, tmp_path):
    settings = sample_settings(guided=True)
    before = draw(settings, data, [coarse[1]])
    changed = []
    for sample in coarse[0]:
        positions = sample.positions.copy()
        positions[1] *= 1.5
        changed.append(Ensemble(sample.molecule, positions, "heavy"))
    write_ensembles(tmp_path / "c.parquet", changed)
    after = draw(settings, data, [tmp_path / "c.parquet"])
    for old, new in zip(before, after, strict=True):
        difference = np.abs(old.positions - new.positions).max(axis=(1, 2))
        assert difference[1] > TOLERANCE
        assert difference[[0, 2]].max() < TOLERANCE


def test_failed_coarser_conformers_stay_failed(data, coarse, tmp_path):
    first, second = coarse[0]
    hole = first.positions.copy()
    hole[1] = np.nan
    write_ensembles(tmp_path / "c.parquet", [
        Ensemble(first.molecule, hole, "heavy", reasons=("", "diverged twice", "")),
        Ensemble(second.molecule, np.full_like(second.positions, np.nan), "heavy",
                 reasons=("a", "b", "c"))])
    settings = sample_settings(guided=True)
    out = run_step(tmp_path, data, settings, coarser=[tmp_path / "c.parquet"])
    one, other = read_ensembles(out)
    assert one.reasons == ("", "coarser stage: diverged twice", "")
    assert np.isnan(one.positions[1]).all()
    assert other.reasons == tuple(f"coarser stage: {reason}" for reason in "abc")
    whole = draw(settings, data, [coarse[1]])
    assert np.abs((one.positions - whole[0].positions)[[0, 2]]).max() < TOLERANCE


def test_how_many_conformers(data):
    assert [e.n_conformers for e in draw(sample_settings(samples={"count": 1}), data)] == [1, 1]
    twice = draw(sample_settings(samples={"per_reference": 2}), data)
    assert [e.n_conformers for e in twice] == [6, 6]


def test_an_empty_shard_is_an_empty_file(data, coarse, tmp_path):
    out = run_step(tmp_path / "plain", data, sample_settings(), shard=7)
    assert list(read_ensembles(out)) == []
    guided = run_step(tmp_path / "guided", data, sample_settings(guided=True), shard=7,
                      coarser=[out])
    assert list(read_ensembles(guided)) == []


def test_one_bead_and_no_far_pairs(methanes, tmp_path):
    (bead,) = draw(sample_settings(level="heavy"), methanes)
    assert bead.positions.shape == (3, 1, 3) and not bead.positions.any() and bead.ok.all()
    write_ensembles(tmp_path / "c.parquet", [bead])
    (whole,) = draw(sample_settings(guided=True), methanes, [tmp_path / "c.parquet"])
    assert whole.positions.shape == (3, 5, 3) and whole.ok.all()


def test_coarser_samples_must_be_given_exactly_to_a_guided_stage(data, coarse, tmp_path):
    with pytest.raises(InputError, match="--coarser"):
        run_step(tmp_path, data, sample_settings(guided=True))
    with pytest.raises(InputError, match="--coarser"):
        run_step(tmp_path, data, sample_settings(), coarser=[coarse[1]])


def test_wrong_coarser_samples_are_input_errors(data, coarse, plain, tmp_path):
    first, second = coarse[0]
    cases = [([first], "none"), (plain, "of level 'all'"),
             ([Ensemble(first.molecule, first.positions[:2], "heavy"), second], "2 of level")]
    for number, (samples, message) in enumerate(cases):
        path = tmp_path / f"{number}.parquet"
        write_ensembles(path, samples)
        with pytest.raises(InputError, match=message):
            draw(sample_settings(guided=True), data, [path])


def test_a_molecule_without_levels_is_an_input_error(data, tmp_path):
    write_hierarchies(tmp_path / "h.parquet", list(read_hierarchies(data.hierarchies))[:5])
    with pytest.raises(InputError, match=data.all[5].molecule.id):
        load_shard(sample_settings(), tmp_path / "h.parquet", data.split, 0, [], EVERY_ELEMENT)


def test_more_steps_than_levels_is_an_input_error(data):
    assert stage().process.steps == 50
    with pytest.raises(InputError, match="sampler.steps"):
        draw(sample_settings(sampler={"steps": 51}), data)
