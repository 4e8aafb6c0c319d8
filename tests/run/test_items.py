"""Items of the paper x sizes -> experiments; what a size may not change, and what it must have."""

from itertools import pairwise
from pathlib import Path

import pytest

from pipeline_src.processes.schedules import sigmoid_schedule
from pipeline_src.run.experiment_list import experiment_list
from pipeline_src.run.paper_tables import paper_table_settings
from pipeline_src.run.plan import make_plan
from pipeline_src.run.registry import load_registry

CONFIG = Path(__file__).resolve().parents[2] / "config"
REGISTRY = load_registry(CONFIG)
PLAN = make_plan(REGISTRY)
PAPER = REGISTRY.paper
ITEMS = [*(f"table{k}" for k in range(1, 18)), *(f"figure{k}" for k in range(3, 7)), "stages",
         "trainings", "validity"]


def trained(size, items=None):
    """(stage name, stage, dataset trained on) of all that the items of a size train."""
    origins = {name for name, origin in PAPER.origins.items()
               if origin.size == size and (items is None or origin.item in items)}
    return {(node.element, node.train, node.stage_id): node.stage
            for name in origins for run in PLAN.runs[name]
            for node in PLAN.chain_nodes(run.node) if node.stage}


def test_every_table_and_figure_is_there_at_every_size():
    assert list(PAPER.sizes) == ["gpu", "mini", "paper", "quick"]
    for size in ("gpu", "mini", "paper"):
        assert PAPER.at(size) == ITEMS
    assert PAPER.at("quick") == ["table1", "table2", "table3", "table5", "figure4"]
    assert {f"{item}_mini" for item in ITEMS} <= set(PAPER.targets())


def test_a_part_is_an_ordinary_experiment():
    assert PAPER.experiments("table2", "mini") == {
        "main": "table2_mini", "confgf": "table5_mini-confgf"}
    made = REGISTRY.experiments["table2_mini"]
    assert made.train == "hutchison_paper" and made.test == ("hutchison_paper",)
    assert made.seeds == (2021, 2022, 2023) and made.stereo == "ignore"
    assert REGISTRY.experiments["table8_mini"].seeds == (2021,)
    assert REGISTRY.experiments["table4_mini"].test == ("mini_qm9_paper",)
    stage = REGISTRY.stage("geodiff-all-heavy", "table2_mini")
    assert stage.backbone.width == 64 and stage.training.batch_size == 8
    assert "table2_mini" in REGISTRY.experiments and "table2_mini" not in REGISTRY.listed


def test_sizes_differ_in_data_width_steps_budget_and_seeds_only():
    """All else of a stage is the item's, at every size."""
    for item, part in {(o.item, o.part) for o in PAPER.origins.values()}:
        seen = []
        for size in PAPER.sizes:
            name = next((n for n, o in PAPER.origins.items()
                         if (o.item, o.part, o.size) == (item, part, size)), None)
            if name is None:
                continue
            experiment = REGISTRY.experiments[name]
            stages = {e: REGISTRY.stage(e, name) for chain in experiment.chains
                      for e in REGISTRY.chains[chain] if e in REGISTRY.stages}
            seen.append((experiment.chains, experiment.baselines, list(experiment.samplers),
                         experiment.overlap, experiment.properties is None,
                         {e: apart_from_size(stage) for e, stage in stages.items()}))
        assert len(seen) >= 3 and all(one == other for one, other in pairwise(seen)), (item, part)


def apart_from_size(stage):
    data = stage.model_dump(mode="json", exclude={"training"})
    data["process"].pop("steps", None)
    data["process"].pop("beta_end", None)
    if data["guide"]:
        for key in ("steps", "max_step"):
            data["guide"]["augmentation"].pop(key, None)
    for key in ("width", "layers", "heads", "bases", "blocks", "schnet_layers", "gin_layers",
                "xavier_gain", "reach_angstrom"):
        data["backbone"].pop(key, None)
    return data


@pytest.mark.parametrize("experiment, stage, steps, noise", [
    ("table2_mini", "geodiff-all-heavy", 400, 400),
    ("table13_mini-total-5000", "geodiff-all", 400, None),
    ("table13_mini-total-5000", "geodiff-all-heavy", 200, 200),
    ("table16_mini-300-700", "geodiff-heavy", 24, None),
    ("table16_mini-300-700", "geodiff-all-heavy", 56, 24),  # on the guide: the first stage's
    ("table1_mini", "ebd-all", 200, 5000),
    ("table5_mini-ebd", "ebd-all", 50, None),
    ("table16_paper-300-700", "geodiff-all-heavy", 700, 300),
    ("table2_paper", "geodiff-all-heavy-released", 5000, 5000),
])
def test_the_papers_t_becomes_the_sizes(experiment, stage, steps, noise):
    found = REGISTRY.stage(stage, experiment)
    assert found.process.steps == steps
    if noise and hasattr(found.guide.augmentation, "steps"):
        assert found.guide.augmentation.steps == noise


@pytest.mark.parametrize("size", PAPER.sizes)
def test_noise_on_the_guide_is_as_large_as_the_papers(size):
    """Fewer levels must not be more noise: Tables 11, 13 and 16 would show that instead."""
    found = {name: REGISTRY.stage("geodiff-all-heavy", name).guide.augmentation
             for name in PAPER.origins if name.startswith(
                 (f"table11_{size}-", f"table13_{size}-", f"table16_{size}-", f"table2_{size}"))
             and "geodiff-msgen2" in REGISTRY.experiments[name].chains}
    assert found
    for name, noise in found.items():
        largest = sigmoid_schedule(noise.steps, 1e-7).sigmas[noise.max_step - 1]
        assert 0.005 < largest < 0.035, (name, noise)  # the paper's: 0.007 (5000) to 0.03 (300)
        assert size != "paper" or noise.max_step == 10


def test_fewer_levels_are_counted_in_the_papers_t_too():
    samplers = REGISTRY.experiments["table11_mini-drugs-fewer"].samplers
    assert {name: choice.samplers[0].steps for name, choice in samplers.items()} == {
        "levels-1000": 80, "levels-500": 40}
    stages = {node.stage_id for run in PLAN.runs["table11_mini-drugs-fewer"]
              for node in PLAN.chain_nodes(run.node)}
    assert len(stages) == 3  # which Table 2 trains
    assert stages <= {stage_id for _, _, stage_id in trained("mini", {"table2"})}


@pytest.mark.parametrize("size", PAPER.sizes)
def test_every_schedule_ends_near_12_angstrom(size):
    schedules = {(s.process.steps, s.process.beta_end) for s in trained(size).values()
                 if s.process.kind == "ve_diffusion"}
    assert len(schedules) >= 2
    for steps, end in schedules:
        largest = sigmoid_schedule(steps, 1e-7, end).sigmas[-1]
        assert 9.5 < largest < 13.2, (steps, end)  # the paper's own: 9.5 (T = 1000) to 12.4


# Milliseconds of a training step, of a batch of eight drug-like molecules and of 32 of QM9: medians
# of benchmarks.step_costs (a core of a quiet machine, where repetitions differ by a tenth).
STEP_MS = {
    "geodiff-all": 42.0, "geodiff-heavy": 22.2, "geodiff-scaffold": 18.7, "geodiff-all-heavy": 63.0,
    "geodiff-heavy-scaffold": 35.0, "geodiff-fragments": 14.0, "geodiff-all-fragments": 63.0,
    "geodiff-all-oracle": 63.0, "etflow-all": 218, "etflow-heavy": 70.0, "etflow-scaffold": 52.0,
    "etflow-all-heavy": 240, "etflow-heavy-scaffold": 79.0, "confgf-all": 12.8,
    "confgf-heavy": 9.4, "confgf-all-heavy": 14.6, "ebd-all": 148, "ebd-all-heavy": 146}
QM9_STEP_MS = {"geodiff-all": 45.0, "geodiff-heavy": 20.2, "geodiff-all-heavy": 67.0}


@pytest.mark.parametrize("size", ["mini", "quick"])
@pytest.mark.parametrize("part", [
    "table1_{}", "table2_{}", "table3_{}", *(f"table5_{{}}-{kind}" for kind in (
        "geodiff", "etflow", "confgf", "ebd"))])
def test_chains_of_several_stages_train_as_long_as_their_baselines(part, size):
    experiment = part.format(size)
    settings = REGISTRY.experiments[experiment]
    times = QM9_STEP_MS if "qm9" in settings.train else STEP_MS

    def seconds(chain):
        return sum(times[name] * REGISTRY.stage(name, experiment).training.iterations / 1000
                   for name in REGISTRY.chains[chain] if name in REGISTRY.stages)

    rivals = {chain: baseline for chain, baseline in settings.baselines.items()
              if chain != "oracle-msgen2"  # a second stage, whose first one has nothing to learn
              and all(name in times or name not in REGISTRY.stages
                      for name in REGISTRY.chains[chain])}
    assert rivals
    for chain, baseline in rivals.items():
        assert seconds(chain) == pytest.approx(seconds(baseline), rel=0.03), chain


@pytest.mark.parametrize("part", [
    "table1_{}", "table2_{}", "table3_{}", *(f"table5_{{}}-{kind}" for kind in (
        "geodiff", "etflow", "confgf"))])
def test_chains_take_as_many_steps_on_a_gpu_as_their_baselines(part):
    experiment = part.format("gpu")
    settings = REGISTRY.experiments[experiment]

    def steps(chain):
        return sum(REGISTRY.stage(name, experiment).training.iterations
                   for name in REGISTRY.chains[chain] if name in REGISTRY.stages)

    for chain, baseline in settings.baselines.items():
        assert chain == "oracle-msgen2" or steps(chain) == steps(baseline), chain


# models.md, section 6: "Distinct trainings behind all rows", as (stage, dataset, T).
TS = (5000, 2500, 2000, 1000, 500)
GEODIFF = ("geodiff-all", "geodiff-heavy", "geodiff-all-heavy")
LISTED = {
    *((stage, "geom_drugs", t) for stage in GEODIFF for t in TS),
    *((stage, "geom_qm9", t) for stage in GEODIFF for t in (5000, 500)),
    ("geodiff-all-oracle", "geom_drugs", 500),
    *((f"geodiff-all-heavy-{kind}", "geom_drugs", 5000)
      for kind in ("exact", "centroid", "random")),
    *((f"geodiff-{kind}", "geom_drugs", 5000)
      for kind in ("scaffold", "heavy-scaffold", "fragments", "all-fragments")),
    *((f"etflow-{kind}", "geom_drugs_etflow", None)
      for kind in ("all", "heavy", "all-heavy", "scaffold", "heavy-scaffold")),
    *((f"confgf-{kind}", "geom_drugs", 50) for kind in ("all", "heavy", "all-heavy")),
    *((f"ebd-{kind}", "geom_drugs", 50) for kind in ("all", "all-heavy")),
    ("ebd-all", "geom_drugs", 500),
}
# Rows that the list has no training for: the steps of Table 16, the other readings of D1 to D3, D7
# and D21.
FURTHER = {
    *((stage, "geom_drugs", t) for stage in ("geodiff-heavy", "geodiff-all-heavy")
      for t in (300, 400, 600, 700)),
    *((f"geodiff-all-heavy-{kind}", "geom_drugs", 5000)
      for kind in ("released", "misplaced", "noised", "sigma", "covalent")),
    ("geodiff-all-heavy-sigma", "geom_qm9", 5000),
    ("etflow-all-harmonic", "geom_drugs_etflow", None),
}


def test_the_trainings_at_the_papers_size_are_those_of_the_list():
    found = [(name, dataset, stage.process.steps)
             for (name, dataset, _), stage in trained("paper").items()]
    assert len(found) == len(set(found)), "the same stage with two settings"
    assert set(found) == LISTED | FURTHER
    assert len(LISTED) == 40 and len(FURTHER) == 15


def test_the_papers_size_has_the_papers_numbers():
    drugs = REGISTRY.stage("geodiff-all", "table2_paper")
    assert drugs == REGISTRY.stage("geodiff-all", "geodiff_drugs")
    assert drugs.backbone.width == 128 and drugs.training.iterations == 2_000_000
    qm9 = REGISTRY.stage("geodiff-heavy", "table8_paper")
    assert qm9 == REGISTRY.stage("geodiff-heavy", "geodiff_qm9")
    assert REGISTRY.experiments["table8_paper"].samplers["own"].samplers[0].global_weight == 0.3
    properties = REGISTRY.experiments["table3_paper"].properties
    assert (properties.conformers, properties.molecules) == (50, None)


def test_items_that_only_look_train_nothing():
    for item in ("table6", "table7", "table10", "table12", "table14", "table15", "figure3",
                 "figure5", "figure6", "stages", "validity"):
        assert not PAPER.items[item].parts
        assert paper_table_settings(PLAN, item, "mini").inputs()
    assert "results/datasets/mini_qm9_paper/molecules.csv" in paper_table_settings(
        PLAN, "table6", "mini").inputs()


def test_a_size_says_how_much_is_looked_at_beside_geometry():
    wanted = {part for part in PAPER.experiments("validity", "mini").values()}
    assert wanted == {"table2_mini", *(f"table5_mini-{k}" for k in (
        "geodiff", "etflow", "confgf", "ebd"))}
    for name in PAPER.origins:
        section = REGISTRY.experiments[name].validity
        item, size = PAPER.origins[name].item, PAPER.origins[name].size
        assert bool(section) == (item in ("table2", "table5") and size != "quick"), name
        if section:
            assert section.relaxed == ("mmff",) and section.relaxer("mmff").conformers is None
            assert section.relaxer("gfn2-xtb").conformers == 1
    assert REGISTRY.experiments["table2_mini"].validity.conformers is None


def test_the_list_has_a_line_an_item():
    text = experiment_list(REGISTRY)
    assert "  table2_{gpu,mini,paper,quick} " in text and "  table16_{gpu,mini,paper} " in text
    assert "  paper_quick " in text and "table2_mini" not in text
