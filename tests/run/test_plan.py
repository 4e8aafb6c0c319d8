"""What experiments share: a stage is trained once for all that agree on its settings."""

from pathlib import Path

from pipeline_src.run.plan import make_plan
from pipeline_src.run.registry import load_registry

PLAN = make_plan(load_registry(Path(__file__).resolve().parents[2] / "config"))


def nodes(experiment):
    return {run.sampler: PLAN.nodes[run.node] for run in PLAN.runs[experiment]}


def test_the_precisions_are_compared_on_the_stage_of_the_steps_curve():
    compared = nodes("precision")
    assert {n.stage_id for n in compared.values()} == {
        n.stage_id for n in nodes("steps_curve").values()}
    assert compared["32-true"] == nodes("steps_curve")["langevin-1000"]
    assert {name: n.sampler.precision for name, n in compared.items()} == {
        name: name for name in ("32-true", "bf16-mixed", "16-mixed")}
    same = {n.sampler.model_copy(update={"precision": ""}) for n in compared.values()}
    assert len(same) == 1 and len({n.id for n in compared.values()}) == 3
