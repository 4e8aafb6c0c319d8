"""Trials of ``kill_trials.py``: a killed run goes on to the bytes of an undisturbed one."""

import pytest
from interruption import ALL, JOB, SLOW, Trial
from kill_trials import planned, run_trial, run_trials


@pytest.mark.parametrize("trial, note", [
    (Trial("training", ALL, 31, from_checkpoint=True), "going on from step"),
    (Trial("scoring", SLOW, 2), "1 waited for a job that lived on"),
    (Trial("properties", JOB, 3), None),
], ids=lambda value: value.phase if isinstance(value, Trial) else "")
def test_killed_it_goes_on_to_the_same_bytes(smoke, tmp_path, trial, note):
    outcome = run_trial(smoke[0], tmp_path / "project", trial)
    assert not outcome.differences, outcome.row()
    assert note is None or any(text.startswith(note) for text in outcome.notes), outcome.row()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_twenty_trials(smoke, tmp_path):
    assert run_trials(smoke[0], tmp_path, planned(20, seed=0))
