"""What experiments share: a stage is trained once for all that agree on its settings."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline_src.run.benchmark_places import trained_stages
from pipeline_src.run.errors import InputError
from pipeline_src.run.generation import TARGET, with_generation
from pipeline_src.run.numbered import unfold
from pipeline_src.run.plan import make_plan
from pipeline_src.run.registry import load_registry
from pipeline_src.run.reporting import report_settings
from pipeline_src.run.settings import SampleSettings

CONFIG = Path(__file__).resolve().parents[2] / "config"
PLAN = make_plan(load_registry(CONFIG))


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


@pytest.mark.parametrize("chain", ["geodiff", "geodiff-msgen2"])
def test_the_last_stage_alone_keeps_stereo(chain):
    """So its samples have names of their own, and the coarser ones are shared."""
    registry = load_registry(CONFIG)
    base = registry.experiments["demo"].model_copy(update={"chains": (chain,), "test": ("stereo",)})
    found = {}
    for stereo in ("keep", "ignore"):
        plan = make_plan(replace(registry, experiments={
            "x": base.model_copy(update={"stereo": stereo})}))
        found[stereo] = plan.chain_nodes(plan.runs["x"][0].node)
    *coarse, last = found["keep"]
    *same, other = found["ignore"]
    assert coarse == same and not any(node.stereo_attempts for node in coarse)
    assert last.settings(1).stereo_attempts == 5 and other.settings(1).stereo_attempts == 0
    assert last.id != other.id and last.stage_id == other.stage_id


def test_a_chain_that_is_compared_can_generate_alone(tmp_path):
    (tmp_path / "m.smi").write_text("CCO\n")
    registry = load_registry(CONFIG)
    compared = registry.experiments["comparison"]
    assert compared.baselines["ebd-msgen2"] == "ebd" and compared.notes
    made = with_generation(registry, {"smiles": str(tmp_path / "m.smi"), "chain": "ebd-msgen2",
                                      "experiment": "comparison"})
    assert made.experiments[TARGET].chains == ("ebd-msgen2",)
    assert not made.experiments[TARGET].baselines


def test_benchmarks_of_a_chain_are_told_where_chains_are_compared():
    costs = {cost.chain: cost for cost in report_settings(PLAN, "comparison").costs}
    assert list(costs) == list(PLAN.registry.experiments["comparison"].chains)
    assert report_settings(PLAN, "smoke").costs == ()
    folder = "results/benchmarks"
    ids = {element: stage_id for (_, stage_id), (element, _) in PLAN.stages.items()
           if any(stage_id in path for cost in costs.values() for path in cost.training)}
    assert costs["ebd-msgen2"].training == tuple(
        f"{folder}/train_stage/mini_qm9_comparison/{ids[element]}/seed{{seed}}.tsv"
        for element in ("geodiff-heavy", "ebd-all-heavy"))
    rules = [path.split("/")[2] for path in costs["ebd"].training]  # its guides have a source
    assert rules == ["embed_guides", "train_stage"]
    shards = PLAN.registry.datasets["mini_qm9_comparison"].shards
    sampled = unfold(costs["ebd"].sampling)
    assert [path.split("/")[2] for path in sampled] == (
        ["embed_rdkit"] * shards + ["sample_stage"] * shards)
    assert sampled[-1].endswith(f"/seed{{seed}}/shard{shards - 1}.tsv")


def test_jobs_of_other_seeds_are_not_counted():
    """Table 11 samples what Table 2 trains, with one of its three seeds."""
    told = report_settings(PLAN, "table11_mini-drugs-fewer").benchmarks
    places = {benchmark.rule: benchmark.folders for benchmark in told}
    assert len(places["train_stage"]) == 3 and len(places["sample_stage"]) == 6
    for found in places.values():
        assert all("/seed2021" in place for place in found)
    with_three = {b.rule: b.folders for b in report_settings(PLAN, "table2_mini").benchmarks}
    assert set(places["train_stage"]) < set(with_three["train_stage"])


def test_guides_that_are_made_for_a_training_count():
    def guided(experiment: str) -> set[str]:
        return {stage_id for stage_id, (_, stage) in trained_stages(PLAN, experiment).items()
                if stage.guide and stage.guide.source}

    name = next(filter(guided, (e for e in PLAN.registry.experiments if "table5_mini" in e)))
    places = {b.rule: b.folders for b in report_settings(PLAN, name).benchmarks}["embed_guides"]
    assert len(places) == 3 * len(guided(name))  # seeds
    assert all(any(stage_id in place for stage_id in guided(name)) for place in places)


def test_generate_keeps_stereo_whatever_the_experiment_says(tmp_path):
    (tmp_path / "m.smi").write_text("CCO\n")
    registry = load_registry(CONFIG)
    assert registry.experiments["demo"].stereo == "ignore"
    for given, stereo in (({}, "keep"), ({"stereo": "ignore"}, "ignore")):
        made = with_generation(registry, {"smiles": str(tmp_path / "m.smi"), **given})
        assert made.experiments[TARGET].stereo == stereo
    with pytest.raises(InputError, match="--config stereo"):
        with_generation(registry, {"smiles": str(tmp_path / "m.smi"), "stereo": "yes"})


def test_the_stereo_study_samples_the_stages_of_the_comparison():
    """The two files repeat each other; what they repeat must stay the same."""
    stereo, comparison = (PLAN.registry.experiments[name] for name in ("stereo", "comparison"))
    assert (stereo.train, stereo.override, stereo.samplers) == (
        comparison.train, comparison.override, comparison.samplers)
    assert set(stereo.seeds) <= set(comparison.seeds)
    trained = {name: {run.chain: [(node.train, node.stage_id, node.sampler)
                                  for node in PLAN.chain_nodes(run.node) if node.stage]
                      for run in PLAN.runs[name]} for name in ("stereo", "comparison")}
    assert trained["stereo"].pop("rdkit") == []
    assert trained["stereo"].items() <= trained["comparison"].items()
    assert len(trained["stereo"]) == 8


def test_coarse_samples_have_no_stereo_to_keep():
    stage = next(stage for _, stage in PLAN.stages.values() if stage.level == "heavy")
    with pytest.raises(ValueError, match="level 'heavy'"):
        SampleSettings(name="x", stage=stage, sampler={"kind": "langevin"}, seed=1,
                       samples={"count": 1}, stereo_attempts=2)
