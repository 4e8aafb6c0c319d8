"""Seconds of sampling, by hand: two stages, two shards, and a baseline."""

from pathlib import Path

import pytest
from made_up_item import item, made, made_files, row, score_file, value
from made_up_jobs import ran

from pipeline_src.run.settings.report import ChainCost

NODES = {"geodiff": ("geodiff-all",), "msgen2": ("geodiff-heavy", "geodiff-all-heavy")}
LABELS = {"geodiff": "GeoDiff Vanilla", "msgen2": "GeoDiff +MSGEN (2-stage)"}


def shards(folder: Path, node: str) -> str:
    return f"{folder}/benchmarks/sample_stage/made_up/{node}/seed{{seed}}/shard{{0..1}}.tsv"


@pytest.fixture
def settings(tmp_path):
    rows = []
    for chain, nodes in NODES.items():
        score_file(tmp_path / chain / "seed1/scores.csv", {
            name: {mode: (50.0, 1.0, 50.0, 1.0) for mode in (True, False)} for name in "abcd"})
        for node in nodes:
            for k in range(2):
                ran(tmp_path, "sample_stage", f"made_up/{node}/seed1/shard{k}", 8.0 + 4 * k,
                    6.0)  # 20 s and 12 s of CPU a node
        cost = ChainCost(chain=chain, dataset="made_up", sampler="own",
                         sampling=tuple(shards(tmp_path, node) for node in nodes))
        rows.append(row(tmp_path, chain, cost=cost, model=LABELS[chain],
                        **({"baseline": "geodiff"} if chain != "geodiff" else {})))
    return item(tuple(rows), item="table14", kind="time", samples="6 a molecule")


def test_times_and_ratios(settings, tmp_path):
    cells = made_files(settings, tmp_path / "out")
    assert value(cells, "geodiff", "seconds", "mean") == 5.0  # 20 s, 4 molecules
    assert value(cells, "msgen2", "seconds", "mean") == 10.0
    assert value(cells, "msgen2", "seconds_a_conformer", "mean") == pytest.approx(40 / 24)
    assert value(cells, "msgen2", "cpu_seconds", "mean") == 6.0
    assert value(cells, "msgen2", "seconds", "mean", column="paper") == "335.46"
    note = value(cells, "msgen2", "seconds", "mean", column="note")
    assert "A Processor, 8 logical cores, 2 threads a job, 4000 atoms a batch" in note
    assert value(cells, "msgen2", "ratio", "mean") == 2.0
    assert "the paper's: 1.50" in value(cells, "msgen2", "ratio", "mean", column="note")
    assert not ((cells["row"] == "geodiff") & (cells["metric"] == "ratio")).any()
    assert len((tmp_path / "out/table14-figure.csv").read_text().splitlines()) == 5


def test_a_job_without_a_benchmark_is_not_measured(settings, tmp_path):
    Path(shards(tmp_path, "geodiff-heavy").replace("{seed}", "1").replace("{0..1}", "1")).unlink()
    cells = made(settings)
    measured = value(cells, "msgen2", "seconds", "mean")
    assert measured != measured  # NaN
    assert "not measured" in value(cells, "msgen2", "seconds", "mean", column="note")
    assert value(cells, "msgen2", "seconds", "mean", column="paper") == "335.46"
    assert value(cells, "geodiff", "seconds", "mean") == 5.0
