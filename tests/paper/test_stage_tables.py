"""Tables made of the stages themselves: parameters, hyper-parameters, the trainings behind all."""

import math

import pytest
from made_up_item import COMMIT, item, made, made_files, row, score_file, sources, value
from made_up_molecules import stage

from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.paper_table import PaperRow

CHAIN = ("scaffold", "heavy-scaffold", "all-heavy")
FILES = dict(zip(CHAIN, ("Drugs_1.pt", "Drugs_2.pt", "Drugs_3.pt"), strict=True))


@pytest.fixture
def stages(tmp_path):
    return {name: stage(tmp_path, name, 1000 * (k + 1), guide="heavy" if k else None)
            for k, name in enumerate(CHAIN)}


def test_parameters_of_stages_and_of_the_chain(stages, tmp_path):
    rows = tuple(PaperRow(label=name, model=FILES[name], chain="msgen3", elements=CHAIN,
                          element=name, stages=CHAIN[:k + 1]) for k, name in enumerate(CHAIN))
    cells = made_files(item(rows, item="table15", kind="parameters", stages=stages), tmp_path)
    assert value(cells, "heavy-scaffold", "parameters", "") == 2000
    assert value(cells, "heavy-scaffold", "parameters", "", column="paper") == "1,597,724"
    assert "twice" in value(cells, "heavy-scaffold", "parameters", "", column="note")
    assert value(cells, "scaffold", "size", "") == 2.0
    assert value(cells, "scaffold", "size", "", column="paper") == "5.21"
    assert value(cells, "All stages of msgen3", "parameters", "") == 6000
    assert value(cells, "All stages of msgen3", "parameters", "", column="paper") == "5,380,194"
    assert set(cells["commit"]) == {COMMIT}


def test_parameters_that_were_not_counted_are_refused(stages, tmp_path):
    path = tmp_path / "stages/scaffold/seed1/settings.json"
    path.write_text('{"stage": {}}')
    row_of = PaperRow(label="a", chain="c", elements=CHAIN[:1], stages=CHAIN[:1])
    with pytest.raises(InputError, match="trainable_parameters"):
        made(item((row_of,), item="table15", kind="parameters", stages=stages))


def test_hyper_parameters_of_each_stage(tmp_path):
    stages = {"one": stage(tmp_path, "one", 5), "two": stage(tmp_path, "two", 5, "heavy", steps=400,
                                                            beta_end=0.5)}
    rows = (PaperRow(label="Drugs, T = 5000", model="Drugs", where={"part": "T=5000"}, chain="c",
                     stages=("one", "two")),)
    cells = made_files(item(rows, item="table7", kind="settings", stages=stages), tmp_path / "out")
    found = cells.set_index(["part", "metric"])
    assert found.loc[("one", "beta_T")]["measured"] == 2e-3  # the paper's where none is given
    assert found.loc[("one", "beta_T")]["paper"] == "2.e-3"
    assert found.loc[("one", "beta_T")]["note"] == "as in the paper"
    assert found.loc[("two", "beta_T")]["measured"] == 0.5
    assert found.loc[("two", "steps")]["note"] == "other than the paper's"
    assert found.loc[("one", "beta_scheduler")]["word"] == "sigmoid"
    assert found.loc[("one", "beta_scheduler")]["note"] == "as in the paper"
    assert found.loc[("one", "training_iterations")]["note"] == "as in the paper"  # 2M
    assert found.loc[("one", "learning_rate")]["note"] == "as in the paper"
    assert found.loc[("two", "learning_rate")]["paper"] == "10^-4"
    assert found.loc[("two", "learning_rate")]["note"] == "other than the paper's"


def test_trainings_and_who_shares_them(tmp_path):
    stages = {"d/one-12": stage(tmp_path, "one", 5, items=("table2", "table10")),
              "d/two-34": stage(tmp_path, "two", 5, items=("table11",), trained=False)}
    cells = made_files(item((), item="trainings", kind="trainings", stages=stages),
                       tmp_path / "out")
    assert value(cells, "one on made_up (12)", "items", "count") == 2
    assert "table2, table10" in value(cells, "one on made_up (12)", "items", "count", column="note")
    assert value(cells, "one on made_up (12)", "training_seconds", "mean") == 120.0
    assert value(cells, "one on made_up (12)", "noise_levels", "") == 5000
    assert value(cells, "one on made_up (12)", "trainings", "count") == 1
    assert value(cells, "one on made_up (12)", "memory", "max") == 900.5
    assert value(cells, "one on made_up (12)", "gpu_memory", "max") == 3000.0
    machines = value(cells, "one on made_up (12)", "training_seconds", "mean", column="note")
    assert "A Card, A Processor" in machines
    absent = "two on made_up (34)", "training_seconds", "mean"
    assert math.isnan(value(cells, *absent))
    assert "not run yet" in value(cells, *absent, column="note")
    drawn = (tmp_path / "out/trainings-figure.csv").read_text().splitlines()
    assert drawn[1].endswith(",120,table2 table10") and drawn[2].endswith(",,table11")


def test_stage_wise_rows_say_whose_samples_they_are_of(tmp_path):
    for chain, coverage in (("geodiff", 40.0), ("heavy", 60.0)):
        score_file(tmp_path / chain / "seed1/scores.csv", {
            name: {mode: (coverage, 1.0, 50.0, 1.0) for mode in (True, False)} for name in "ab"})
    rows = (row(tmp_path, "geodiff", label="From scratch", model="From scratch",
                elements=("geodiff-all",)),
            row(tmp_path, "msgen2", label="After stage 1", model="After Stage 1",
                elements=("geodiff-heavy", "geodiff-all-heavy"), element="geodiff-heavy",
                scores=sources(tmp_path, "heavy")))
    cells = made(item(rows, item="stages", kind="stages"))
    assert value(cells, "After stage 1", "cov_r", "mean") == 60.0
    assert value(cells, "After stage 1", "cov_r", "mean", column="paper") == "89.17"
    assert "heavy atoms of the samples of geodiff-heavy" in value(
        cells, "After stage 1", "cov_r", "mean", column="note")
    assert "samples of geodiff-all" in value(cells, "From scratch", "cov_r", "mean", column="note")
