"""Mutated files through every reader end in ensembles, rejections or an InputError."""

import subprocess
import sys

import pytest
from fuzz import ROOT, TARGETS, run

from pipeline_src.run.parts import PARTS


@pytest.mark.usefixtures("one_worker")
def test_a_few_hundred_mutated_files(tmp_path):
    outcomes = run(300, 1, tmp_path)
    assert set(outcomes) == set(TARGETS)
    for counts in outcomes.values():
        assert counts["files"] == 50
        assert counts["rejections"] + counts["files refused"] + counts["ensembles"] >= 40
    assert sum(counts["ensembles"] for counts in outcomes.values()) > 50


def test_every_reader_is_a_target():
    assert {name.partition(",")[0] for name in TARGETS} == set(PARTS["reader"])


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_ten_thousand_mutated_files():
    done = subprocess.run([sys.executable, "tests/readers/fuzz.py", "--files", "10000"], cwd=ROOT,
                          capture_output=True, text=True, timeout=7000)
    assert done.returncode == 0, done.stderr[-3000:]
    memory = [int(word) for word in done.stdout.split() if word.isdigit()][-2:]
    assert max(memory) < 1500, done.stdout
