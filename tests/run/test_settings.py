"""Settings: unknown keys refused with the known ones named, parts that do not fit refused."""

import pytest
from pydantic import ValidationError

from pipeline_src.run.errors import InputError
from pipeline_src.run.registry import load_registry
from pipeline_src.run.settings import Experiment, Stage, explain, settings_hash

GUIDED = {"level": "all", "guide": {"level": "heavy"}, "backbone": {"kind": "guided_dual_encoder"}}


def refusal(model, raw) -> str:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(raw)
    return str(explain(caught.value, "here", model))


def test_a_misspelt_key_names_the_known_ones_and_the_nearest():
    text = refusal(Stage, {"level": "all", "trainig": {}})
    assert "trainig" in text and "Did you mean 'training'" in text and "backbone" in text


def test_a_misspelt_key_inside_a_union_names_its_own_siblings():
    text = refusal(Stage, {"level": "all", "backbone": {"kind": "dual_encoder", "widht": 3}})
    assert "Did you mean 'width'" in text and "schnet_layers" in text
    text = refusal(Experiment, {"test": ["a"], "chains": ["b"],
                                "samplers": {"x": {"kind": "langevin", "step": 3}}})
    assert "Did you mean 'steps'" in text


def test_wrong_values_say_what_came():
    text = refusal(Stage, {"level": "all", "process": {"steps": 10}})
    assert "process.steps" in text and "10" in text and "50" in text
    assert "level" in refusal(Stage, {"level": "atoms"})


@pytest.mark.parametrize("change, words", [
    ({"guide": None}, "needs guide"),
    ({"backbone": {"kind": "dual_encoder"}}, "takes no guide"),
    ({"guide": {"level": "all"}}, "must be coarser"),
])
def test_parts_that_do_not_fit_are_refused(change, words):
    assert words in refusal(Stage, {**GUIDED, **change})


def test_settings_are_frozen():
    with pytest.raises(ValidationError):
        Stage.model_validate(GUIDED).level = "heavy"


def test_the_hash_sees_every_setting_and_nothing_else():
    stage = Stage.model_validate(GUIDED)
    assert settings_hash(stage) == settings_hash(Stage.model_validate(GUIDED))
    other = Stage.model_validate({**GUIDED, "training": {"learning_rate": 2e-4}})
    assert settings_hash(stage) != settings_hash(other)


def write(folder, **files):
    (folder / "experiments").mkdir(parents=True)
    defaults = {
        "datasets": "d: {geometry: x, reader: {kind: sdf, paths: [a.sdf]}, split: {kind: random}}",
        "stages": "s: {level: heavy}\nt: {level: all, guide: {level: heavy}, "
                  "backbone: {kind: guided_dual_encoder}}\nu: {level: all}",
        "chains": "c: [s, t]",
        "experiments/e": "{train: d, test: [d], chains: [c]}",
    }
    for name, text in {**defaults, **files}.items():
        (folder / f"{name.replace('__', '/')}.yaml").write_text(text)
    return folder


def test_a_fitting_registry_loads(tmp_path):
    assert set(load_registry(write(tmp_path)).experiments) == {"e"}


@pytest.mark.parametrize("files, words", [
    ({"chains": "c: [t, s]"}, "a stage without a guide"),
    ({"chains": "c: [s]"}, "last stage of level 'all'"),
    ({"chains": "c: [s, u]"}, "a stage whose guide has that level"),
    ({"chains": "c: [s, nosuch]"}, "one of s, t, u"),
    ({"chains": "c: [u, rdkit]"}, "may only stand first"),
    ({"chains": "c: []"}, "an empty list"),
    ({"stages": "s: {level: heavy, widht: 3}"}, "widht"),
    ({"stages": "s: {level: heavy, backbone: {kind: egnn}}"}, "egnn"),
    ({"stages": "s: ["}, "valid YAML"),
    ({"experiments__e": "{train: d, test: [f], chains: [c]}"}, "one of d"),
    ({"experiments__e": "{test: [d], chains: [c]}"}, "has the trained stage"),
    ({"experiments__e": "{train: d, test: [d], chains: [c], override: {stages: {x: {}}}}"},
     "override.stages"),
    ({"experiments__e": "{train: d, test: [d], chains: [c], override: {every_stage: {lvl: 1}}}"},
     "lvl"),
])
def test_a_registry_that_does_not_fit_says_why(tmp_path, files, words):
    with pytest.raises(InputError, match=".") as caught:
        load_registry(write(tmp_path, **files))
    assert words in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    folder = write(tmp_path)
    (folder / "chains.yaml").unlink()
    with pytest.raises(InputError, match="chains.yaml"):
        load_registry(folder)
