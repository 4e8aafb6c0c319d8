"""The executor hears that jobs which pre-emption has cancelled failed; the real one is asked."""

import asyncio
import logging

import pytest
import snakemake_executor_plugin_slurm as executor

from pipeline_src.run import preemption
from pipeline_src.run.preemption import send_preempted_again


@pytest.fixture
def ask(monkeypatch, tmp_path):
    """What the executor hears when SLURM says this; None: SLURM does not answer."""
    monkeypatch.setattr(executor, "query_job_status", executor.query_job_status)  # put back

    def heard(said: str | None) -> dict | None:
        (tmp_path / "said").write_text(said or "")
        command = f"cat {tmp_path / 'said'}" if said is not None else "false"
        return asyncio.run(executor.query_job_status(command, logging.getLogger()))[0]

    return heard


def test_a_job_that_stays_preempted_is_cancelled(ask):
    assert ask("1|PREEMPTED\n") == {"1": "PREEMPTED"}
    send_preempted_again()
    assert ask("1|PREEMPTED\n2|RUNNING\n") == {"1": "PREEMPTED", "2": "RUNNING"}
    assert ask("1|PREEMPTED\n2|PREEMPTED\n") == {"1": "CANCELLED", "2": "PREEMPTED"}


def test_a_job_that_comes_back_into_the_queue_is_not(ask):
    send_preempted_again()
    for state in ("RUNNING", "PREEMPTED", "PENDING", "PREEMPTED", "RUNNING", "COMPLETED"):
        assert ask(f"1|{state}\n") == {"1": state}


def test_a_job_that_slurm_has_forgotten_is_cancelled(ask):
    send_preempted_again()
    ask("1|PREEMPTED\n")
    assert ask("2|RUNNING\n") == {"1": "CANCELLED", "2": "RUNNING"}


def test_a_slurm_that_does_not_answer_changes_nothing(ask):
    send_preempted_again()
    ask("1|PREEMPTED\n")
    assert ask(None) is None
    assert ask("1|PREEMPTED\n") == {"1": "CANCELLED"}


def test_an_executor_that_is_not_known_is_left_alone(monkeypatch, capsys):
    monkeypatch.setattr(preemption, "QUERY", "no_such_name")
    send_preempted_again()
    assert "is waited for" in capsys.readouterr().err
