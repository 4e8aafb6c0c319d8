"""The paper's protocol for Table 3 as settings: 30 molecules, 50 samples each, in chunks."""

import dataclasses
from pathlib import Path

import pytest

from pipeline_src.run.plan import make_plan
from pipeline_src.run.registry import load_registry
from pipeline_src.run.reporting import table_settings
from pipeline_src.run.settings import Experiment

REGISTRY = load_registry(Path(__file__).resolve().parents[2] / "config")


@pytest.mark.parametrize(("dataset", "conformers"),
                         [("qm9_property", 50), ("mini_qm9_property", 10)])
def test_table_3_is_said_in_an_experiment(dataset, conformers):
    experiment = Experiment(
        train="mini_qm9", test=("mini_qm9", dataset), chains=("geodiff", "geodiff-msgen2"),
        baselines={"geodiff-msgen2": "geodiff"}, samples={"count": conformers}, overlap="drop",
        seeds=(2021, 2022), properties={"dataset": dataset, "conformers": conformers, "chunks": 30})
    plan = make_plan(dataclasses.replace(REGISTRY, experiments={"table3": experiment}))
    runs = plan.property_runs("table3")
    assert [(run.chain, run.seed) for run in runs] == [
        (chain, seed) for chain in experiment.chains for seed in experiment.seeds]
    assert {run.dataset for run in runs} == {dataset}
    wanted, = plan.properties.values()
    assert (wanted.chunks, wanted.method, wanted.basis) == (30, "hf", "6-31g**")
    assert len({plan.property_path("table3", run) for run in runs}) == 4
    settings = table_settings(plan, "table3")
    assert [source.seed for source in settings.properties] == [2021, 2022] * 2
    assert settings.baselines == {"geodiff-msgen2": "geodiff"}


def test_the_papers_references_are_drawn_among_all_conformers():
    """Cut to 50 by their weight they would not be those of the seed."""
    assert REGISTRY.datasets["qm9_property"].max_conformers is None
