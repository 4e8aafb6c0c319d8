"""The benchmarks run, and compare two ways to the same numbers."""

import csv
import re

import pytest
import torch

from benchmarks import molecules, sampling, start_up, training, upsampling
from benchmarks.__main__ import BENCHMARKS, COLUMNS, main

torch.set_num_threads(1)


def test_the_fixed_sets_are_complete():
    for name in molecules.SETS:
        found = molecules.load(name)
        assert len(found) == 20 and len({m.name for m in found}) == 20
        assert all(m.positions.shape[1:] == (m.hierarchy.molecule.n_atoms, 3) for m in found)


def test_a_quick_run_writes_a_row_for_each_set(tmp_path, capsys):
    main(["--quick", "--out", str(tmp_path / "ratios.csv")])
    text = (tmp_path / "ratios.csv").read_text().splitlines()
    rows = list(csv.DictReader(line for line in text if not line.startswith("#")))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 9 + 12
    assert {re.match(r"\w+", row["benchmark"])[0] for row in rows} == set(BENCHMARKS)
    assert all(float(row[key]) > 0 for row in rows for key in COLUMNS[2:5])
    assert text[0].startswith("# CPU: ") and "ratio" in capsys.readouterr().out


@pytest.mark.parametrize("stage", sampling.STAGES)
def test_baseline_and_ours_walk_the_same_way(stage):
    one, all_steps = sampling.agreement(molecules.load("qm9_like", 1)[0], stage)
    assert one < 1e-4 and all_steps < 0.01  # Å


@pytest.mark.parametrize("stage", sampling.STAGES)
def test_baseline_and_ours_have_the_same_loss(stage):
    assert training.loss_difference(molecules.load("qm9_like", 1), stage) < 1e-5


def test_baseline_and_ours_upsample_alike():
    molecule = next(m for m in molecules.load("drug_like") if m.name == upsampling.NAME)
    assert molecule.hierarchy.molecule.n_atoms == 45
    assert upsampling.largest_difference(upsampling.Work(molecule, 3)) < 1e-4


def test_the_start_of_a_step_is_measured(tmp_path, capsys):
    start_up.main(["--only", "python", "--only", "score_properties", "--tries", "1",
                   "--out", str(tmp_path / "starts.csv")])
    rows = list(csv.DictReader((tmp_path / "starts.csv").open()))
    assert [row["what"] for row in rows] == ["python", "score_properties"]
    assert 0 < float(rows[0]["cpu_seconds"]) < float(rows[1]["cpu_seconds"])
    assert "score_properties" in capsys.readouterr().out
