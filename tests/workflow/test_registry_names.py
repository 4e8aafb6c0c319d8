"""Names become file names and targets: those that cannot are refused with a sentence."""

import shutil

import pytest
from snakemake_project import ROOT

from pipeline_src.run.errors import InputError
from pipeline_src.run.generation import TARGET, with_generation
from pipeline_src.run.registry import load_registry


@pytest.fixture
def config(tmp_path):
    return shutil.copytree(ROOT / "config", tmp_path / "config")


def refusal(config) -> str:
    with pytest.raises(InputError) as caught:
        load_registry(config)
    return str(caught.value)


@pytest.mark.parametrize("file, line", [
    ("chains.yaml", "two/parts: [geodiff-all]"),
    ("chains.yaml", "'with space': [geodiff-all]"),
    ("chains.yaml", "2021: [geodiff-all]"),
    ("stages.yaml", "'a;b': {level: all}"),
    ("datasets.yaml", "'-d': {geometry: x, reader: {kind: sdf, paths: [a]}, "
                      "split: {kind: random}}"),
])
def test_a_name_that_cannot_be_a_file_name_is_refused(config, file, line):
    with open(config / file, "a", encoding="utf-8") as out:
        out.write(line + "\n")
    text = refusal(config)
    assert file in text and "letters, digits" in text


def test_a_sampler_name_is_checked_too(config):
    file = config / "experiments/smoke.yaml"
    file.write_text(file.read_text().replace("  langevin: {", "  'lange/vin': {"))
    assert "samplers" in refusal(config)


@pytest.mark.parametrize("name", ["logs", "samples", "generate"])
def test_an_experiment_named_as_a_folder_of_results_is_refused(config, name):
    shutil.copy(config / "experiments/smoke.yaml", config / f"experiments/{name}.yaml")
    assert f"{name}.yaml" in refusal(config)


@pytest.mark.parametrize("name", ["experiments", "train_stage", "make_report"])
def test_an_experiment_named_as_a_rule_is_refused(config, name):
    shutil.copy(config / "experiments/smoke.yaml", config / f"experiments/{name}.yaml")
    assert "there is a rule of that name" in refusal(config)


def test_an_experiment_in_a_yml_file_is_not_passed_over(config):
    (config / "experiments/smoke.yaml").rename(config / "experiments/smoke.yml")
    assert "Rename it to smoke.yaml" in refusal(config)


def test_overrides_of_a_stage_no_chain_uses_are_checked(config):
    file = config / "experiments/smoke.yaml"
    file.write_text(file.read_text().replace(
        "override:", "override:\n  stages: {geodiff-scaffold: {trainig: {}}}"))
    text = refusal(config)
    assert "geodiff-scaffold" in text and "'training'" in text


@pytest.mark.parametrize("conformers", [True, 2.5, "2"])
def test_only_whole_numbers_count_conformers(tmp_path, conformers):
    smiles = tmp_path / "m.smi"
    smiles.write_text("CCO\n")
    registry = load_registry(ROOT / "config")
    with pytest.raises(InputError, match="conformers"):
        with_generation(registry, {"smiles": str(smiles), "conformers": conformers})


def test_a_file_of_any_name_becomes_a_dataset_of_a_plain_one(tmp_path):
    smiles = tmp_path / "mine; (new) é.smi"
    smiles.write_text("CCO\n")
    registry = with_generation(load_registry(ROOT / "config"), {"smiles": str(smiles)})
    dataset, = registry.experiments[TARGET].test
    assert dataset.startswith("smiles-mine_new_-")
    assert registry.datasets[dataset].reader.paths == (str(smiles),)
