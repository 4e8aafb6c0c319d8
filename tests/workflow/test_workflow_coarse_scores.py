"""Samples of a coarse level are scored against the same atoms of the references."""

from dataclasses import replace

from snakemake_project import ROOT

from pipeline_src.run.plan import make_plan
from pipeline_src.run.registry import load_registry

PLAN = make_plan(load_registry(ROOT / "config"))


def test_only_coarse_samples_are_scored_with_levels(shared):
    run = next(run for run in PLAN.runs["smoke"] if run.chain == "geodiff-msgen2")
    coarse = replace(run, node=PLAN.nodes[run.node].coarser)
    targets = [PLAN.sharded(PLAN.score_pattern("smoke", one), one.dataset)[0]
               for one in (run, coarse)]
    text = shared.run("--dry-run", "--printshellcmds", *targets)
    commands = [line for line in text.splitlines() if "pipeline_src.score_geometry" in line]
    levels = f" --hierarchies results/datasets/{run.dataset}/hierarchies.parquet "
    assert len(commands) == 2
    assert {f"--out {targets[1]}{levels}" in command for command in commands} == {True, False}
    assert sum(levels in command for command in commands) == 1
