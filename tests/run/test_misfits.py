"""Settings that do not go together, or that nothing uses, are refused with the field named."""

from pathlib import Path

import pytest
from test_settings import GUIDED, refusal, write

from pipeline_src.run.errors import InputError
from pipeline_src.run.generation import TARGET, with_generation
from pipeline_src.run.registry import load_registry
from pipeline_src.run.settings import Stage

TWO = "{kind: by_process, samplers: [{kind: langevin}, {kind: euler}]}"
LEVELS = "override: {every_stage: {levels: {fragments: {vocabulary_size: 20}}}}"
FRAGMENTS = ("s: {level: fragments}\nt: {level: all, backbone: {kind: guided_dual_encoder}, "
             "guide: {level: fragments, upsampler: {kind: geometric}}}\nu: {level: all}")


@pytest.mark.parametrize("change, words", [
    ({"guide": None}, "backbone.kind: got 'guided_dual_encoder'. Value error, it needs guide"),
    ({"guide": {"level": "all"}}, "guide.level: got 'all'"),
    ({"guide": {"level": "heavy", "source": "distance-geometry"}},
     "guide.source: got 'distance-geometry'"),
    ({"guide": {"level": "fragments"}}, "guide.upsampler.kind: got 'bonded'"),
    ({"process": {"kind": "flow_matching"}}, "process.kind: got 'flow_matching'. Value error, it "
     "needs 'velocity', and backbone.kind 'guided_dual_encoder' predicts 'distance_score'"),
    ({"weights": {"kind": "etflow", "path": "x"}}, "weights.kind: got 'etflow'"),
    ({"level": "smarts", "guide": None, "backbone": {"kind": "dual_encoder"}},
     "levels.smarts: got None"),
])
def test_the_field_at_fault_is_named(change, words):
    text = refusal(Stage, {**GUIDED, **change})
    assert words in text and "(top level)" not in text


@pytest.mark.parametrize("files, words", [
    ({"experiments__e": f"{{train: d, test: [d], chains: [c], samplers: {{x: {TWO}}}}}"},
     ("experiments/e.yaml: samplers.x.samplers: got 'euler'", "(ve_diffusion)",
      "It undoes 'flow_matching'")),
    ({"chains": "c: [rdkit]", "experiments__e":
      f"{{test: [d], chains: [c], samplers: {{x: {TWO}}}}}"}, ("got 'langevin'", "(none)")),
    ({"experiments__e": f"{{train: d, test: [d], chains: [c], {LEVELS}}}"},
     ("experiments/e.yaml: override.every_stage.levels: got 'fragments'", "(all, heavy)")),
    ({"experiments__e": "{train: d, test: [d], chains: [c], override: {stages: "
      "{s: {levels: {fragments: {}}}}}}"}, ("stage 's' of experiment 'e'", "levels.fragments")),
    ({"stages": "s: {level: heavy, levels: {fragments: {}}}"},
     ("stages.yaml: s", "levels.fragments: got {}")),
    ({"chains": "c: [rdkit]", "experiments__e": "{test: [d], chains: [c], override: "
      "{every_stage: {levels: {fragments: {size: 3}}}}}"}, ("vocabulary_size",)),
    ({"chains": "c: [rdkit]", "experiments__e": "{test: [d], chains: [c], override: "
      "{every_stage: {levels: [fragments]}}}"}, ("levels", "LevelOptions")),
])
def test_what_no_stage_uses_is_refused(tmp_path, files, words):
    with pytest.raises(InputError, match=".") as caught:
        load_registry(write(tmp_path, **files))
    assert not [word for word in words if word not in str(caught.value)], str(caught.value)


def test_options_for_every_stage_are_for_those_that_name_the_level(tmp_path):
    registry = load_registry(write(
        tmp_path, stages=FRAGMENTS, chains="c: [s, t]\nd: [u]",
        experiments__e=f"{{train: d, test: [d], chains: [c, d], {LEVELS}}}"))
    sizes = [registry.stage(name, "e").levels.fragments for name in "stu"]
    assert [told and told.vocabulary_size for told in sizes] == [20, 20, None]


def test_samplers_of_several_chains_stand_together(tmp_path):
    """Each of them is used by a chain, if not by all."""
    flow = ("u: {level: all, process: {kind: flow_matching}, "
            "backbone: {kind: equivariant_transformer}}\n")
    registry = load_registry(write(
        tmp_path, stages=f"{flow}v: {{level: all}}", chains="c: [u]\nd: [v]",
        experiments__e=f"{{train: d, test: [d], chains: [c, d], samplers: {{x: {TWO}}}}}"))
    assert set(registry.experiments) == {"e"}


def test_generate_draws_one_chain_of_several_processes(tmp_path):
    """The samplers of the others stay unused."""
    (tmp_path / "m.smi").write_text("CCO\n")
    registry = load_registry(Path(__file__).resolve().parents[2] / "config")
    made = with_generation(registry, {"smiles": str(tmp_path / "m.smi"), "chain": "geodiff-msgen2",
                                      "experiment": "backbones"})
    assert len(made.experiments[TARGET].samplers["own"].samplers) == 4
