"""Items and sizes that are wrong: what is said of them."""

import shutil
from pathlib import Path

import pytest

from pipeline_src.run.errors import InputError
from pipeline_src.run.registry import load_registry

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture
def config(tmp_path):
    return shutil.copytree(CONFIG, tmp_path / "config")


def refused(config, file, old, new) -> str:
    path = config / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, text.count(old)
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_registry(config)
    return str(caught.value)


@pytest.mark.parametrize("file, old, new, words", [
    ("sizes/mini.yaml", "2000: 160, ", "",
     ("sizes/mini.yaml: steps.ve_diffusion", "2000", "table13", "Add `2000: ...` there")),
    ("sizes/mini.yaml", "500: 200}", "400: 200}", ("steps.blurring", "500", "table1")),
    ("sizes/mini.yaml", "  drugs_etflow: *drugs\n", "",
     ("sizes/mini.yaml: roles", "'drugs_etflow'", "table5")),
    ("sizes/mini.yaml", "  - {kind: euler, steps: 25}\n", "",
     ("sizes/mini.yaml: samplers", "'flow_matching'", "table5")),
    ("sizes/mini.yaml", "{kind: euler, steps: 25}", "{kind: stochastic_euler, steps: 25}",
     ("sizes/mini.yaml", "numbers only", "euler")),
    ("sizes/mini.yaml", "ebd-*: {backbone: {width: 48, blocks: 4, reach_angstrom: 2}}",
     "ebd-*: {guide: {level: heavy}}", ("guide", "this is the item's")),
    ("sizes/mini.yaml", "ebd-*: {backbone: {width: 48, blocks: 4, reach_angstrom: 2}}",
     "ebd-*: {process: {steps: 20}}", ("process", "this is the item's")),
    ("sizes/mini.yaml", "ebd-*: {backbone: {width: 48, blocks: 4, reach_angstrom: 2}}",
     "ebd-*: {backbone: {kind: confgf}}", ("backbone.kind", "Known keys", "width")),
    ("sizes/mini.yaml", "ebd-*: {backbone", "edb-*: {backbone",
     ("mini.yaml: stages", "edb-*", "ebd-all")),
    ("sizes/mini.yaml", "ema_decay: 0.995", "ema_decya: 0.995", ("ema_decya", "ema_decay")),
    ("sizes/mini.yaml", "dataset: hutchison_paper", "dataset: hutchinson_paper",
     ("roles.drugs.dataset", "'hutchison_paper'")),
    ("sizes/quick.yaml", "items: [table1,", "items: [tabel1,", ("items", "'table1'")),
    ("experiments/table2.yaml", "confgf: table5-confgf", "confgf: table5-congf",
     ("table2.yaml: item.of.confgf", "'table5-confgf'")),
    ("experiments/table2.yaml", "of: {confgf: table5-confgf}", "of: {confgf: table5}",
     ("table2.yaml: item.of.confgf", "table5-confgf")),
    ("experiments/table10.yaml", '"< 0", chain: geodiff-msgen2', '"< 0", chain: geodiff-msgen3',
     ("item.rows: Better: chain", "geodiff-msgen2")),
    ("experiments/table10.yaml", "  kind: failures", "  kind: failures\n  parst: {}",
     ("table10.yaml: item", "parst", "'parts'")),
    ("experiments/table10.yaml", "item:\n", "train: x\nitem:\n", ("nothing beside 'item:'",)),
    ("experiments/table16.yaml", "steps: {geodiff-heavy: 300, geodiff-all-heavy: 700}",
     "steps: {geodiff-heavi: 300}", ("steps", "'geodiff-heavy'")),
    ("experiments/table5.yaml", "delta_angstrom: 0.75", "delta_angstrom: 0.7",
     ("table5.yaml", "delta_angstrom", "0.75")),
    ("experiments/table17.yaml", "chains: [geodiff, geodiff-fragments]",
     "chains: [geodiff, geodiff-fragment]", ("table17.yaml", "'geodiff-fragments'")),
    ("experiments/validity.yaml", "main: table2", "main: table1",
     ("validity.yaml: item: kind", "validity: true", "'table1'")),
    ("sizes/mini.yaml", "validity: {xtb_conformers: 1}\n", "",
     ("sizes/mini.yaml: validity", "'validity'", "validity: {}")),
    ("sizes/mini.yaml", "validity: {xtb_conformers: 1}", "validity: {checks: [stereo]}",
     ("sizes/mini.yaml", "validity.checks", "xtb_conformers")),
    ("experiments/table13.yaml", 'against: "5000: GeoDiff"', 'against: "5000: GeoDif"',
     ("sub-sampled: GeoDiff+MSGEN: against", "'5000: GeoDiff'")),
    ("experiments/table11.yaml", "part: qm9-fewer, chain: geodiff-msgen2, sampler: levels-500",
     "part: qm9-fewer, chain: geodiff-msgen2, sampler: levels-500, "
     'against: "Drugs, T = 500: GeoDiff"', ("against", "molecules this one has too")),
    ("experiments/table1.yaml", "stages: {ebd-all: {process", "stages: {ebd-al: {process",
     ("table1.yaml: item.parts.guides.override.stages", "'ebd-all'")),
    ("experiments/table2.yaml", "  kind: geometry", "  kind: properties",
     ("table2.yaml: item: kind", "properties: true")),
    ("experiments/figure3.yaml", "values_of: ", "values_of: x", ("figure3.yaml", "table13")),
    ("sizes/mini.yaml", "  - {kind: euler, steps: 25}\n",
     "  - {kind: euler, steps: 25}\n  - {kind: euler, steps: 7}\n",
     ("samplers", "flow_matching", "one sampler for each process")),
    ("sizes/mini.yaml", "  conformers: 10\n", "  conformers: 10\n  method: foo\n",
     ("properties.method", "foo", "b3lyp")),
    ("experiments/table17.yaml", "baselines: {geodiff-fragments: geodiff}",
     "baselines: {geodiff-fragments: ebd}", ("table17.yaml", "baselines", "ebd")),
])
def test_a_wrong_item_or_size_says_what_is_wrong(config, file, old, new, words):
    said = refused(config, file, old, new)
    assert not [word for word in words if word not in said], said


def test_an_item_of_ones_own_with_printed_values_says_whose_they_are(config):
    shutil.copy(config / "experiments/table2.yaml", config / "experiments/table99.yaml")
    with pytest.raises(InputError, match="table99.*one of table1, .*Name in `values_of`"):
        load_registry(config)


def test_an_experiment_may_not_have_the_name_that_an_item_makes(config):
    shutil.copy(config / "experiments/smoke.yaml", config / "experiments/table2_mini.yaml")
    with pytest.raises(InputError, match="an item of the paper makes"):
        load_registry(config)


def test_a_configuration_without_sizes_has_no_items_to_make(config):
    shutil.rmtree(config / "sizes")
    registry = load_registry(config)
    assert registry.listed == registry.experiments and not registry.paper.targets()
