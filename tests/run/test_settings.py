"""Settings: unknown keys refused with the known ones named, parts that do not fit refused."""

from typing import get_args

import pytest
from pydantic import ValidationError

from pipeline_src.run.errors import InputError
from pipeline_src.run.registry import load_registry
from pipeline_src.run.settings import Dataset, Experiment, Stage, explain, samplers, settings_hash
from pipeline_src.run.settings.processes import FlowMatching, VEDiffusion
from pipeline_src.run.settings.training import Training

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
    assert "process.ve_diffusion.steps" in text and "10" in text and "20" in text
    assert "level" in refusal(Stage, {"level": "atoms"})


@pytest.mark.parametrize("change, words", [
    ({"guide": None}, "needs guide"),
    ({"backbone": {"kind": "dual_encoder"}}, "takes no guide"),
    ({"guide": {"level": "all"}}, "must be coarser"),
])
def test_parts_that_do_not_fit_are_refused(change, words):
    assert words in refusal(Stage, {**GUIDED, **change})


@pytest.mark.parametrize("kind", ["langevin", "generalized"])
def test_samplers_take_the_precisions_of_training_by_the_same_words(kind):
    words = [*get_args(Training.model_fields["precision"].annotation)]
    words.remove("auto")  # of the products of 32 bits: a matter of training
    for word in words:
        chosen = {"test": ["a"], "chains": ["b"],
                  "samplers": {"x": {"kind": kind, "precision": word}}}
        assert Experiment.model_validate(chosen).samplers["x"].precision == word
    text = refusal(Experiment, {**chosen, "samplers": {"x": {"kind": kind, "precision": "fp16"}}})
    assert "precision: got 'fp16'" in text and all(word in text for word in words)


def test_a_sampler_has_to_say_how_many_steps_it_takes():
    class Silent(samplers.SamplerSettings):
        """No ``visited``."""

    with pytest.raises(TypeError, match="visited"):
        Silent()


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


DATASET = {"geometry": "x", "reader": {"kind": "sdf", "paths": ["a.sdf"]},
           "split": {"kind": "lists", "train": "t.txt", "test": "/x/t.txt"}}


@pytest.mark.parametrize("model, raw, word", [
    (Dataset, {**DATASET, "deltas_angstrom": [0.5, 0.5]}, "0.5 again"),
    (Dataset, {**DATASET, "deltas_angstrom": [-0.5]}, "greater than 0"),
    (Experiment, {"test": ["a", "a"], "chains": ["b"]}, "a again"),
    (Experiment, {"test": ["a"], "chains": ["b", "b"]}, "b again"),
    (Experiment, {"test": ["a"], "chains": ["b"], "seeds": [1, 2, 1]}, "1 again"),
    (Experiment, {"test": ["a"], "chains": ["b"], "geometry": {"symmetrize": []}}, "symmetrize"),
    (Experiment, {"test": ["a"], "chains": ["b"], "geometry": {"symmetrize": [True, True]}},
     "True again"),
    (Experiment, {"test": ["a"], "chains": ["b"],
                  "geometry": {"grid_step_angstrom": 1, "grid_stop_angstrom": 0.5}}, "below"),
    (Stage, {"level": "all", "training": {"batch_size": 2, "devices": 4}}, "devices"),
])
def test_values_that_make_no_sense_are_refused(model, raw, word):
    assert word in refusal(model, raw)


def test_jobs_see_only_what_shapes_their_result():
    plain = Dataset.model_validate(DATASET)
    other = plain.model_copy(update={"description": "d", "geometry": "y", "deltas_angstrom": (1,)})
    assert other.import_settings() == plain.import_settings()
    assert other.split_settings() == plain.split_settings()
    assert set(plain.import_settings().model_dump()) == {"reader", "parts", "max_conformers"}
    assert set(plain.split_settings().model_dump()) == {"split", "shards"}
    geometry = Experiment.model_validate({"test": ["a"], "chains": ["b"]}).geometry
    assert geometry.grid() == geometry.model_copy(update={"bootstrap_seed": 1}).grid()
    assert set(geometry.grid().model_dump()) == {
        "grid_step_angstrom", "grid_stop_angstrom", "symmetrize", "max_matches"}


def test_folders_stand_for_their_parquet_parts(tmp_path):
    for name in ("b.parquet", "a.parquet", "train.txt"):
        (tmp_path / name).touch()
    paths = [str(tmp_path), str(tmp_path / "x.parquet"), str(tmp_path / "absent")]
    dataset = Dataset.model_validate({**DATASET, "reader": {"kind": "parquet", "paths": paths}})
    assert dataset.raw_files() == [str(tmp_path / "a.parquet"), str(tmp_path / "b.parquet"),
                                   *paths[1:]]
    assert list(dataset.import_settings().reader.paths) == paths


def test_a_fitting_registry_loads(tmp_path):
    assert set(load_registry(write(tmp_path)).experiments) == {"e"}


@pytest.mark.parametrize("files, words", [
    ({"chains": "c: [t, s]"}, "a stage without a guide"),
    ({"chains": "c: [s]"}, "last stage of level 'all'"),
    ({"chains": "c: [s, u]"}, "a stage whose guide has that level"),
    ({"chains": "c: [s, nosuch]"}, "one of s, t, u"),
    ({"chains": "c: [u, rdkit]"}, "may only stand first"),
    ({"chains": "c: []"}, "an empty list"),
    ({"chains": "c: [s, t]\nunused: [s, nosuch]"}, "one of s, t, u"),
    ({"chains": "c: [s, t]\nunused: [s, oracle]"}, "may only stand first"),
    ({"chains": "c: [s, t]\nc: [u]"}, "key c is there twice"),
    ({"stages": "s: {level: heavy, training: {devices: 1, devices: 2}}"},
     "key devices is there twice"),
    ({"experiments__e": "{train: d, test: [d], chains: [c], samplers: {x: {kind: langevin, "
                        "steps: 60}}, override: {every_stage: {process: {steps: 50}}}}"},
     "samplers.x.steps"),
    ({"chains": "c: [rdkit]", "experiments__e":
      "{test: [d], chains: [c], override: {every_stage: {trainig: {}}}}"}, "'training'"),
    ({"chains": "c: [rdkit]", "experiments__e": "{test: [d], chains: [c], override: "
      "{every_stage: {guide: {upsampler: {kind: bonded, tua: 1}}}}}"}, "'tau'"),
    ({"stages": "s: {level: heavy, widht: 3}"}, "widht"),
    ({"stages": "s: {level: heavy, backbone: {kind: egnn}}"}, "egnn"),
    ({"stages": "s: ["}, "valid YAML"),
    ({"experiments__e": "{train: d, test: [f], chains: [c]}"}, "one of d"),
    ({"experiments__e": "{test: [d], chains: [c]}"}, "has the trained stage"),
    ({"experiments__e": "{train: d, test: [d], chains: [c], override: {stages: {x: {}}}}"},
     "override.stages"),
    ({"experiments__e": "{train: d, test: [d], chains: [c], override: {every_stage: {lvl: 1}}}"},
     "lvl"),
    ({"chains": "c: [s, t]\nb: [u]", "experiments__e":
      "{train: d, test: [d], chains: [c], baselines: {c: b}}"},
     "experiments/e.yaml: baselines.c: got 'b', expected one of c"),
    ({"chains": "c: [s, t]\nb: [u]", "experiments__e":
      "{train: d, test: [d], chains: [c], baselines: {b: c}}"},
     "experiments/e.yaml: baselines: got 'b', expected one of c"),
    ({"experiments__e": "{train: d, test: [d], chains: [c], baselines: {c: c}}"},
     "experiments/e.yaml: baselines.c: got 'c', expected another chain"),
    ({"experiments__e": "{train: d, test: [d], chains: [c], baselines: [c]}"}, "baselines"),
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


@pytest.mark.parametrize("changes", [
    "{guide: {augmentation: {kind: none}}}", "{guide: null, backbone: {kind: dual_encoder}}",
    "{level: heavy}", "{backbone: {width: 8}}"])
def test_overrides_that_fit_no_stage_here_are_left_alone(tmp_path, changes):
    load_registry(write(tmp_path, chains="c: [rdkit]", experiments__e=(
        f"{{test: [d], chains: [c], override: {{every_stage: {changes}}}}}")))


def test_yaml_merge_keys_are_no_duplicates(tmp_path):
    load_registry(write(tmp_path, stages=(
        "s: &s {level: heavy, training: {devices: 1}}\nx: {<<: *s, level: scaffold}\n"
        "t: {level: all, guide: {level: heavy}, backbone: {kind: guided_dual_encoder}}")))


def test_paths_are_seen_from_the_folder_of_the_run(tmp_path):
    registry = load_registry(write(tmp_path / "p/config", datasets=(
        "d: {geometry: x, reader: {kind: sdf, paths: [a.sdf]}, "
        "split: {kind: lists, train: t.txt, test: /x/t.txt}}")))
    root = tmp_path / "p"
    assert registry.seen_from(root, root) == registry
    moved = registry.seen_from(tmp_path / "run", root).datasets["d"]
    assert moved.reader.paths == ("../p/a.sdf",) and moved.split_files() == (
        "../p/t.txt", "/x/t.txt")


def test_a_pickle_more_is_seen_where_geoms_folder_lies_as_published(tmp_path):
    dataset = Dataset.model_validate({**DATASET, "reader": {
        "kind": "geom_rdkit_folder", "paths": [str(tmp_path)], "summary": "summary_qm9.json"}})
    assert dataset.raw_folders() == ()
    (tmp_path / "qm9").mkdir()
    assert dataset.raw_folders() == (f"{tmp_path}/qm9",)
    assert f"{tmp_path}/summary_qm9.json" in dataset.raw_files()


def test_the_table_of_an_xyz_folder_is_seen_from_the_folder_of_the_run(tmp_path):
    registry = load_registry(write(tmp_path / "p/config", datasets=(
        "d: {geometry: x, split: {kind: random}, "
        "reader: {kind: xyz_folder, paths: [xyz], smiles: table.csv}}")))
    moved = registry.seen_from(tmp_path / "run", tmp_path / "p").datasets["d"]
    assert moved.raw_files() == ["../p/xyz", "../p/table.csv"]


def test_the_files_of_an_inner_split_move_and_count_too():
    split = {"kind": "stratified_subset", "train": 4, "of": {
        "kind": "etflow", "indices": "i.npy", "summary": "s.json", "test": "t.csv"}}
    dataset = Dataset.model_validate({**DATASET, "split": split})
    assert dataset.split_files() == ("i.npy", "s.json", "t.csv")
    assert dataset.moved("x/{}".format).split_files() == ("x/i.npy", "x/s.json", "x/t.csv")
    assert dataset.split.kinds() == ("stratified_subset", "etflow")


@pytest.mark.parametrize("changes, word", [
    ({"test_conformers": [60, 50]}, "test_conformers must rise"),
    ({"evaluated": [800, 1000]}, "end at 200"), ({"evaluated": [9, 9]}, "must rise"),
    ({"test_conformers": [50]}, "at least 2"),
])
def test_ranges_of_geodiffs_split(changes, word):
    assert word in refusal(Dataset, {**DATASET, "split": {"kind": "geodiff", **changes}})


def test_samplers_stand_together_one_for_each_process():
    choice = samplers.ByProcess.model_validate({"samplers": [{"kind": "langevin", "steps": 5}]})
    assert samplers.sampler_of(choice, VEDiffusion()).steps == 5
    assert samplers.sampler_of(samplers.Langevin(steps=7), VEDiffusion()).steps == 7
    with pytest.raises(ValidationError, match="ve_diffusion again"):
        samplers.ByProcess(samplers=(samplers.Langevin(), samplers.Generalized()))
    other = VEDiffusion().model_copy(update={"kind": "another"})
    with pytest.raises(InputError, match="langevin.*undoes the process 'another'.*by_process"):
        samplers.sampler_of(choice, other)


def test_what_does_not_fit_a_flow_is_refused():
    flow, network = {"kind": "flow_matching"}, {"kind": "equivariant_transformer"}
    fits = Stage.model_validate({"level": "all", "backbone": network, "process": flow})
    assert samplers.sampler_of(samplers.Euler(), fits.process).visited(fits.process) == 50
    for backbone, process, needed, given in (
            (network, {}, "distance_score", "velocity"), ({}, flow, "velocity", "distance_score")):
        chosen = {"kind": "dual_encoder", **backbone}
        with pytest.raises(ValidationError, match=f"needs '{needed}'.*predicts '{given}'"):
            Stage.model_validate({"level": "all", "backbone": chosen, "process": process})
    with pytest.raises(InputError, match="euler.*undoes the process 've_diffusion'"):
        samplers.sampler_of(samplers.Euler(), VEDiffusion())
    with pytest.raises(InputError, match="langevin.*undoes the process 'flow_matching'"):
        samplers.sampler_of(samplers.Langevin(), fits.process)
    with pytest.raises(ValidationError, match="width 100 must be a multiple of 2 and of heads 8"):
        Stage.model_validate({"level": "all", "process": flow, "backbone": {**network,
                                                                           "width": 100}})


def test_a_chain_of_two_processes_has_a_sampler_for_each():
    choice = samplers.ByProcess.model_validate({"samplers": [{"kind": "langevin"},
                                                             {"kind": "stochastic_euler"}]})
    assert samplers.sampler_of(choice, FlowMatching()).kind == "stochastic_euler"
    assert samplers.sampler_of(choice, VEDiffusion()).kind == "langevin"


def test_a_prior_is_turned_onto_the_data_if_it_is_harmonic_or_told_so():
    turned = [FlowMatching(prior=p, align=a).aligned
              for p in ("gaussian", "harmonic") for a in (None, True, False)]
    assert turned == [False, True, False, True, True, False]


def test_a_process_without_kind_is_a_diffusion():
    assert Stage.model_validate({"level": "all", "process": {"steps": 60}}).process.steps == 60
