"""What a stage was trained on decides what it samples."""

import json

import numpy as np
import pytest
from small_stages import draw, sample_settings, stage, train, train_settings, write_trained

from pipeline_src.ensembles.store import read_ensembles, write_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.sample_stage import sample_stage
from pipeline_src.stages.trained import trained_elements


def elements_of(ensemble) -> set[int]:
    return {int(z) for z in ensemble.molecule.numbers}


def test_train_stage_writes_the_elements_of_its_level(data, tmp_path):
    for level in ("heavy", "all"):
        settings = train_settings(level=level, iterations=2)
        train(tmp_path / level, data, settings)
        found = trained_elements(tmp_path / level / "settings.json", settings.stage)
        seen = set.union(*map(elements_of, data.all[:3]))
        assert found == (seen if level == "all" else seen - {1})


def test_molecules_of_other_elements_fail_with_a_reason(data):
    whole = draw(sample_settings(), data)
    oxygenless = frozenset({1, 6, 7})
    samples = draw(sample_settings(), data, elements=oxygenless)
    foreign = [8 in elements_of(e) for e in samples]
    assert any(foreign)
    for sample, before, strange in zip(samples, whole, foreign, strict=True):
        if strange:
            assert set(sample.reasons) == {"element O was not in the training data of small"}
            assert np.isnan(sample.positions).all()
        else:
            assert np.abs(sample.positions - before.positions).max() < 1e-3


def test_several_elements_are_all_named_and_hydrogen_does_not_matter_to_heavy_atoms(data):
    for sample in draw(sample_settings(), data, elements=frozenset()):
        assert set(sample.reasons) == {sample.reasons[0]}
        assert sample.reasons[0].startswith("elements H, C")
        assert "were not in the training data" in sample.reasons[0]
    heavy = draw(sample_settings(level="heavy"), data, elements=frozenset({6, 7, 8, 9}))
    assert all(e.ok.all() for e in heavy)


def test_the_reason_goes_on_to_finer_stages(data, tmp_path):
    coarse = draw(sample_settings(level="heavy"), data, elements=frozenset({6, 7}))
    write_ensembles(tmp_path / "c.parquet", coarse)
    fine = draw(sample_settings(guided=True), data, [tmp_path / "c.parquet"])
    strange = [e for e in fine if 8 in elements_of(e)]
    assert strange and all(set(e.reasons) == {
        "coarser stage: element O was not in the training data of small"} for e in strange)
    assert not any(e.ok.any() for e in strange)
    sound = draw(sample_settings(level="heavy"), data)
    write_ensembles(tmp_path / "d.parquet", sound)
    fine = draw(sample_settings(guided=True), data, [tmp_path / "d.parquet"],
                elements=frozenset({1, 6, 7}))
    assert {r for e in fine if 8 in elements_of(e) for r in e.reasons} == {
        "element O was not in the training data of small"}


def test_the_step_refuses_what_the_settings_file_lacks(data, tmp_path):
    train(tmp_path, data, train_settings(iterations=2))
    record = json.loads((tmp_path / "settings.json").read_text())
    record["elements"].remove(8)
    (tmp_path / "settings.json").write_text(json.dumps(record))
    settings = sample_settings(iterations=2)
    sample_stage(settings, tmp_path / "weights.pt", tmp_path / "settings.json", data.hierarchies,
                 data.split, 0, [], 10**6, 1, tmp_path / "out.parquet")
    for sample in read_ensembles(tmp_path / "out.parquet"):
        assert bool(sample.ok.any()) == (8 not in elements_of(sample))


def test_another_stage_s_settings_are_refused_and_the_difference_named(tmp_path):
    path = write_trained(tmp_path / "s.json", stage(iterations=7))
    with pytest.raises(InputError, match="stage.training.iterations: trained with 7, asked for 30"):
        trained_elements(path, stage())
    path = write_trained(tmp_path / "g.json", stage(guided=True))
    with pytest.raises(InputError, match="stage.guide: trained with .*asked for null"):
        trained_elements(path, stage())
    record = json.loads(write_trained(path, stage()).read_text())
    del record["stage"]["process"]["steps"]
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match="stage.process.steps: trained with no such key"):
        trained_elements(path, stage())


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"stage": {}}', '{"stage": {}, "elements": 3}'])
def test_an_unreadable_settings_file_is_an_input_error(tmp_path, text):
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(InputError, match="s.json.*Train the stage again"):
        trained_elements(tmp_path / "s.json", stage())
    with pytest.raises(InputError, match="FileNotFoundError"):
        trained_elements(tmp_path / "none.json", stage())
