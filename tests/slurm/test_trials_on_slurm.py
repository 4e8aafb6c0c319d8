"""Trials of ``slurm_trials.py`` on a part of smoke, three at once, and how trials are kept."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faults import CANCEL, DRAIN, KINDS, REQUEUE, SNAKEMAKE, STEP, Fault
from interruption import PHASES, TARGET, remove
from slurm_trials import Session, run_trial
from snakemake_project import Project
from trial_rows import EQUAL, Folder, Row, Trial, planned, summary

TRIALS = {  # and the phase of smoke that they begin with
    Trial(1, "job and Snakemake", (
        Fault(CANCEL, 0, 4), Fault(SNAKEMAKE, 0.5, 2, hold_s=3))): "training",
    Trial(2, "step and job", (Fault(STEP, 0, 4), Fault(CANCEL, 0.5, 2))): "scoring",
    Trial(3, "node and job", (
        Fault(DRAIN, 0, 1, hold_s=8), Fault(REQUEUE, 0.2, 3))): "scoring",
}


@pytest.fixture(scope="module")
def rows(cluster, local, tmp_path_factory) -> list[Row]:
    """What came of the trials, which run at the same time: each waits for SLURM mostly."""
    folder = tmp_path_factory.mktemp("trials")
    session = Session(cluster)
    with ThreadPoolExecutor(len(TRIALS)) as pool:
        return list(pool.map(
            lambda trial: run_trial(
                session, local, unfinished(local, folder / str(trial.number), TRIALS[trial]),
                trial, TARGET), TRIALS))


def unfinished(local: Project, folder: Path, phase: str) -> Project:
    """A copy of a finished project that lacks a phase and what follows."""
    project = local.another(folder)
    remove(project, *PHASES[phase])
    shutil.rmtree(project.folder / "results" / "logs")
    return project


@pytest.mark.slurm
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", range(len(TRIALS)), ids=[trial.seed for trial in TRIALS])
def test_disturbed_run_goes_on_to_the_same_bytes(rows, number, capsys):
    row = rows[number]
    with capsys.disabled():
        print(f"\n{row.text()}")
    assert row.result == EQUAL
    assert sorted(row.struck) == sorted(row.planned)


def test_trials_are_the_same_for_a_seed_and_of_all_kinds():
    trials = [planned(number, seed=0) for number in range(21)]
    assert trials == [planned(number, seed=0) for number in range(21)]
    assert trials != [planned(number, seed=1) for number in range(21)]
    assert not trials[0].faults and all(1 <= len(trial.faults) <= 3 for trial in trials[1:])
    assert {trial.faults[0].kind for trial in trials[1:]} == set(KINDS)


def test_finished_trials_are_kept_and_counted(tmp_path):
    row = Row(1, "0-1", [CANCEL], [CANCEL], ["3 s scancel"], [0], {"COMPLETED": 33}, 60)
    worse = Row(2, "0-2", [STEP, CANCEL], [STEP, CANCEL], [], [-9, 0], {}, 90, "differs: a table")
    for found in (worse, row):
        Folder(tmp_path).add(found)
    folder = Folder(tmp_path)
    assert folder.rows == {1: row, 2: worse}
    lines = summary([row, worse]).splitlines()
    assert lines[1].split() == ["scancel", "2", "2", "1"]
    assert "1 of 2 disturbed trials" in lines[-2] and "differs: a table" in lines[-1]
    folder.add(Row(**{**vars(worse), "result": EQUAL}))
    assert Folder(tmp_path).rows[2].result == EQUAL
