"""JSON Schemas and key tables: as generated, fit the shipped files, refuse what the run refuses."""

import re

import jsonschema
import pytest
import yaml
from snakemake_project import ROOT

from pipeline_src.run import schema

CONFIG = ROOT / "config"


def schema_of(file):
    """Name of the schema a file should fit."""
    if file.parent.name != "experiments":
        return file.stem if file.parent == CONFIG else "size"
    return "item" if "item" in yaml.safe_load(file.read_text(encoding="utf-8")) else "experiment"


FILES = [(file, schema_of(file)) for file in sorted(CONFIG.rglob("*.yaml"))]


def problems(name: str, content: object) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema.json_schema(name))
    return [each.message for error in validator.iter_errors(content)
            for each in (error, *error.context)]


@pytest.mark.parametrize("name", schema.FILES)
def test_schemas_are_valid_themselves(name):
    jsonschema.Draft202012Validator.check_schema(schema.json_schema(name))


@pytest.mark.parametrize("file", schema.generated_files(), ids=lambda file: file.name)
def test_generated_files_are_up_to_date(file):
    assert file.read_text(encoding="utf-8") == schema.generated_files()[file], (
        f"run `{schema.COMMAND}` and commit {file.relative_to(ROOT)}")


@pytest.mark.parametrize("file, name", FILES, ids=lambda value: getattr(value, "name", value))
def test_shipped_yaml_fits_its_schema_and_names_it(file, name):
    text = file.read_text(encoding="utf-8")
    assert not problems(name, yaml.safe_load(text))
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert (file.parent / named.group(1)).resolve() == CONFIG / f"schemas/{name}.schema.json"


@pytest.mark.parametrize("name, content, word", [
    ("datasets", {"d": {"geometry": "x", "reader": {"kind": "sdf", "paths": ["a"]}}}, "split"),
    ("datasets", {"d": {"geometry": "x", "reader": {"paths": ["a"]},
                        "split": {"kind": "random"}}}, "kind"),
    ("stages", {"s": {"level": "all", "trainig": {}}}, "trainig"),
    ("stages", {"s": {"level": "atoms"}}, "atoms"),
    ("stages", {"s": {"level": "all", "process": {"kind": "ve_diffusion", "steps": 10}}}, "20"),
    ("chains", {"c": []}, "[]"),
    ("chains", {"c": "geodiff"}, "geodiff"),
    ("experiment", {"chains": ["c"]}, "test"),
    ("experiment", {"test": ["d"], "chains": ["c"], "sampler": {}}, "sampler"),
    ("experiment", {"test": ["d"], "chains": ["c"],
                    "override": {"every_stage": {"process": {"stps": 50}}}}, "stps"),
    ("experiment", {"test": ["d"], "chains": ["c"],
                    "override": {"stages": {"s": {"trainig": {}}}}}, "trainig"),
    ("item", {"item": {"title": "t", "caption": "c", "kind": "tabel"}}, "tabel"),
    ("item", {"item": {"title": "t", "caption": "c", "kind": "time", "parts": {
        "p": {"train": "qm9", "test": ["qm9"], "chains": ["c"],
              "override": {"every_stage": {"trainig": {}}}}}}}, "trainig"),
    ("size", {"description": "d", "roles": {}, "steps": {}, "samplers": [{"kind": "langevin"}],
              "every_stage": {"guide": {}}}, "guide"),
])
def test_wrong_content_is_refused(name, content, word):
    found = problems(name, content)
    assert found and word in " ".join(found)


def test_overrides_may_give_some_keys_only():
    changes = {"backbone": {"width": 64}, "guide": {"upsampler": {"kind": "centroid"}}}
    assert not problems("experiment", {"test": ["d"], "chains": ["c"],
                                       "override": {"stages": {"s": changes}}})


@pytest.mark.parametrize("name", schema.FILES)
def test_every_key_has_a_meaning(name):
    rows = [line.split(" | ") for line in schema.key_table(name).splitlines()[2:]]
    assert rows and not [row for row in rows if not row[3].strip(" |")]
    assert all(row[1] or ".kind: " in row[0] for row in rows)


def test_the_table_names_keys_of_every_depth():
    table = schema.key_table("stages") + schema.key_table("experiment")
    for key in ("`level`", "`guide.upsampler.kind: bonded`", "`guide.upsampler.tau`",
                "`training.iterations`", "`samplers.<name>.global_weight`",
                "`properties.conformers`", "`override.every_stage`"):
        assert f"| {key} |" in table
