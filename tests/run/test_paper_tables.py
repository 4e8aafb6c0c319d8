"""What the steps of the paper's tables are told, looked up in the plan of the shipped registry."""

from dataclasses import replace
from pathlib import Path, PurePath
from typing import get_args

import pytest

from pipeline_src.run.augmentation_words import augmentation_words
from pipeline_src.run.errors import InputError
from pipeline_src.run.paper_pages import paper_report_settings
from pipeline_src.run.paper_tables import READS, note, paper_files, paper_table_settings
from pipeline_src.run.plan import make_plan
from pipeline_src.run.registry import load_registry
from pipeline_src.run.settings.guides import Guide

PLAN = make_plan(load_registry(Path(__file__).resolve().parents[2] / "config"))
PAPER = PLAN.registry.paper
TARGETS = PAPER.targets()


def test_every_kind_of_an_item_is_known():
    assert {item.kind for item in PAPER.items.values()} <= set(READS)


@pytest.mark.parametrize("target", TARGETS)
def test_settings_fit_a_command_line_and_name_files_of_results(target):
    settings = paper_table_settings(PLAN, *TARGETS[target])
    assert len(settings.model_dump_json()) < 100_000  # Linux takes 128 KiB of one argument
    assert all(path.startswith("results/") for path in settings.inputs())
    assert settings.model_validate_json(settings.model_dump_json()) == settings


def test_an_item_that_a_size_does_not_have_is_refused():
    with pytest.raises(InputError, match="item of size quick: got 'table4', expected one of"):
        paper_table_settings(PLAN, "table4", "quick")


def test_a_row_has_its_runs_and_those_of_its_baseline():
    settings = paper_table_settings(PLAN, "table2", "mini")
    row = settings.row("GeoDiff+MSGEN")
    assert row.experiment == "table2_mini" and row.baseline == "geodiff"
    assert [source.chain for source in row.scores] == ["geodiff-msgen2"] * len(row.seeds)
    assert [source.chain for source in row.baseline_scores] == ["geodiff"] * len(row.seeds)
    assert len(row.stages) == 2 and set(row.stages) <= set(settings.stages)
    patterns = {run.chain: PLAN.score_pattern("table2_mini", run)
                for run in PLAN.runs["table2_mini"]}
    assert row.scores[-1].pattern == patterns["geodiff-msgen2"]
    assert settings.row("CGCF").inputs and not list(settings.row("CGCF").inputs())


@pytest.mark.parametrize("target", TARGETS)
def test_rows_that_are_compared_have_the_same_seeds(target):
    settings = paper_table_settings(PLAN, *TARGETS[target])
    if "scores" not in READS[settings.kind]:
        return
    rows = [row for row in settings.rows if row.scores]
    assert len({row.seeds for row in rows}) <= 1
    for row in rows:
        for sources in (row.scores, row.baseline_scores):
            assert tuple(source.seed for source in sources) in (row.seeds, ())
    counted = {seed for row in rows for seed in row.seeds}
    assert {seed for stage in settings.stages.values() for seed in stage.seeds} <= counted
    trained = {PurePath(place).stem for benchmark in settings.benchmarks
               for place in benchmark.folders if benchmark.rule == "train_stage"}
    assert trained <= {f"seed{seed}" for seed in counted}  # what its jobs took is of these alone


def test_the_cost_is_that_of_the_chains_shown():
    places = " ".join(place for benchmark in paper_table_settings(PLAN, "table2", "mini").benchmarks
                      for place in benchmark.folders)
    assert "/confgf-all-" in places and "confgf-heavy" not in places  # ConfGF's baseline alone
    assert "score_validity" not in places
    every = {b.rule for b in paper_table_settings(PLAN, "trainings", "mini").benchmarks}
    assert {"train_stage", "compute_properties"} <= every


def test_rows_of_another_table_have_the_seeds_of_the_item():
    heavy = paper_table_settings(PLAN, "table17", "mini").row("GeoDiff+MSGEN, heavy atoms")
    there = paper_table_settings(PLAN, "table2", "mini").row("GeoDiff+MSGEN")
    own = paper_table_settings(PLAN, "table17", "mini").row("GeoDiff")
    assert heavy.seeds == (2021,) and heavy.scores == there.scores[:1]
    assert heavy.baseline_scores == there.baseline_scores[:1]
    assert [s.pattern for s in heavy.baseline_scores] == [s.pattern for s in own.scores]


def test_seeds_that_no_two_experiments_share_are_refused():
    experiments = PLAN.registry.experiments
    other = experiments["table17_mini"].model_copy(update={"seeds": (7,)})
    registry = replace(PLAN.registry, experiments={**experiments, "table17_mini": other})
    with pytest.raises(InputError, match="a seed that all experiments of one table have"):
        paper_table_settings(replace(PLAN, registry=registry), "table17", "mini")


def test_an_item_without_trainings_counts_the_seeds_that_its_size_names():
    row = paper_table_settings(PLAN, "validity", "mini").row("GeoDiff")
    there = paper_table_settings(PLAN, "table2", "mini").row("GeoDiff")
    assert row.seeds == (2021,) and row.scores == there.scores[:1] and len(there.seeds) == 3
    sizes = PAPER.sizes
    named = sizes["mini"].model_copy(update={"item_seeds": {
        **sizes["mini"].item_seeds, "validity": (7,)}})
    registry = replace(PLAN.registry, paper=replace(PAPER, sizes={**sizes, "mini": named}))
    with pytest.raises(InputError, match=r"expected seeds \[7\] that all experiments"):
        paper_table_settings(replace(PLAN, registry=registry), "validity", "mini")


def test_a_row_is_compared_with_the_row_it_names():
    table = paper_table_settings(PLAN, "table13", "mini")
    row = table.row("2000, sub-sampled: GeoDiff+MSGEN")
    other = table.row("2000, sub-sampled: GeoDiff")
    assert row.against == other.label and row.baseline == "geodiff" == other.chain
    assert [s.pattern for s in row.baseline_scores] == [s.pattern for s in other.scores]
    assert row.baseline_cost == other.cost and row.sampler != other.sampler


def test_walks_of_one_chain_are_told_apart_as_baselines():
    table = paper_table_settings(PLAN, "table11", "mini")
    for levels in (1000, 500):
        label = f"Drugs, {levels} levels of 5000: GeoDiff"
        assert table.row(f"{label}+MSGEN").against == label
    times = paper_table_settings(PLAN, "table14", "mini")  # reads no files of baselines
    assert times.row("GeoDiff+MSGEN, 3 stages").against == "GeoDiff"
    failures = paper_table_settings(PLAN, "table10", "mini")  # has no such row
    assert failures.rows[0].against == "geodiff"


def test_notes_are_words_only():
    name = "table2_mini"
    experiment = PLAN.registry.experiments[name]
    plans = [make_plan(replace(PLAN.registry, experiments={
        name: experiment.model_copy(update={"notes": notes})})) for notes in (("A note.",), ())]
    assert plans[0].runs == plans[1].runs and set(plans[0].stages) == set(plans[1].stages)


@pytest.mark.parametrize("size", ["mini", "gpu"])
def test_sizes_without_the_papers_data_answer_for_themselves_alone(size):
    notes = " ".join(PAPER.sizes[size].notes)
    assert "for these molecules and networks alone" in notes and "may be compared" not in notes


def test_a_row_of_an_earlier_element_has_its_samples():
    settings = paper_table_settings(PLAN, "stages", "mini")
    first, second = (settings.row(f"After stage {k}") for k in (1, 2))
    assert first.scores[0].pattern != second.scores[0].pattern
    assert "geodiff-heavy-" in first.scores[0].pattern


def test_the_trainings_of_a_size_name_the_items_that_share_them():
    stages = paper_table_settings(PLAN, "trainings", "mini").stages
    used = set().union(*(paper_table_settings(PLAN, *TARGETS[target]).stages
                         for target in TARGETS if target.endswith("_mini")))
    assert set(stages) == used
    assert all(stage.items for stage in stages.values())
    assert any({"table2", "table5"} <= set(stage.items) for stage in stages.values())


@pytest.mark.parametrize("size", PAPER.sizes)
def test_the_report_has_all_items_and_the_files_of_those_of_its_size(size):
    settings = paper_report_settings(PLAN, size)
    assert {page.item for page in settings.pages} == set(PAPER.items)
    there = [page.item for page in settings.pages if page.files]
    assert there == PAPER.at(size)
    assert set(settings.inputs()) >= {path for item in there for path in paper_files(item, size)}


def test_the_report_knows_the_data_and_how_rows_were_made():
    settings = paper_report_settings(PLAN, "mini")
    page = next(page for page in settings.pages if page.item == "table5")
    made = {row.label: row for row in page.rows}
    assert made["GeoDiff+MSGEN, 3 stages"].levels == ("scaffold", "heavy", "all")
    assert made["ET-Flow"].noise_levels == (None,) and made["GeoDiff"].noise_levels != (None,)
    assert all(row.iterations and row.visited for row in page.rows)
    tested = settings.datasets["hutchison_paper"]
    assert tested.geometry == "PM7" and tested.split in settings.inputs()
    assert settings.notes and len(settings.model_dump_json()) < 100_000


@pytest.mark.parametrize("size, words", [
    ("mini", "noise of level 1 alone, the lowest of 400"),  # 10 of 5000 are 0.8 of 400
    ("gpu", "noise of levels 1 to 2 of 1000"), ("paper", "noise of levels 1 to 10 of 5000")])
def test_a_row_says_the_noise_it_has_at_the_size(size, words):
    settings = paper_table_settings(PLAN, "figure4", size)
    row = settings.row("b: lowest levels")
    assert row.note.startswith(f"{words}, on the guide") and "{" not in row.note
    experiment = PAPER.experiments("figure4", size)["augmentation"]
    run = next(run for run in PLAN.runs[experiment] if run.chain == row.chain)
    noise = PLAN.chain_nodes(run.node)[-1].stage.guide.augmentation
    assert f"of {noise.steps}" in words and str(noise.max_step) in words
    noised = settings.row("b: any level, as released").note
    assert f"any of {noise.steps} levels" in noised


def test_every_augmentation_has_words():
    for kind in get_args(Guide.model_fields["augmentation"].annotation):
        assert "no" in augmentation_words(Guide(level="heavy", augmentation=kind()))


def test_a_note_of_noise_on_a_guide_needs_a_guide():
    row = PAPER.items["figure4"].rows[0].model_copy(update={
        "chain": "geodiff", "note": "{augmentation}"})
    node = next(node for runs in PLAN.runs.values() for run in runs if run.chain == "geodiff"
                for node in PLAN.chain_nodes(run.node))
    with pytest.raises(InputError, match="stage of geodiff has no guide"):
        note(row, [node])
