"""Stages with weights of others: their settings, their names and their places."""

import pytest
from pydantic import ValidationError

from pipeline_src.run.errors import InputError
from pipeline_src.run.folders import file_digest
from pipeline_src.run.plan import make_plan
from pipeline_src.run.registry import IMPORTED, load_registry
from pipeline_src.run.reporting import report_settings
from pipeline_src.run.settings import Stage

FILES = {
    "datasets.yaml": "set: {geometry: none, reader: {kind: smiles, paths: [a.smi]}, "
                     "split: {kind: random, train: 0.5, val: 0.1}}",
    "stages.yaml": """
theirs: {level: heavy, weights: {kind: msgen, path: models/1.pt}}
ours: {level: all, guide: {level: heavy}, backbone: {kind: guided_dual_encoder}}
both: {level: all, guide: {level: heavy}, backbone: {kind: guided_dual_encoder},
       weights: {kind: msgen, path: models/2.pt}}
""",
    "chains.yaml": "{mixed: [theirs, ours], foreign: [theirs, both]}",
    "experiments/mixed.yaml": "{train: set, test: [set], chains: [mixed]}",
    "experiments/foreign.yaml": "{test: [set], chains: [foreign], seeds: [1, 2]}",
}


def plan_of(folder, **changes):
    for name, text in {**FILES, **changes}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return make_plan(load_registry(folder))


def test_imported_stages_lie_apart_and_need_no_dataset_to_train_on(tmp_path):
    plan = plan_of(tmp_path)
    trained = {place: name for (place, _), (name, _) in plan.stages.items() if place != IMPORTED}
    assert trained == {"set": "ours"}
    imported = [name for (place, _), (name, _) in plan.stages.items() if place == IMPORTED]
    assert sorted(imported) == ["both", "theirs"]
    report = report_settings(plan, "foreign")
    assert {(s.name, s.iterations, s.weights, *s.curves) for s in report.stages} == {
        ("theirs", None, "msgen"), ("both", None, "msgen")}
    assert not any(b.rule == "train_stage" for b in report.benchmarks)
    assert report.datasets[0].role == "test" and not plan.overlaps("foreign")
    assert [s.weights for s in report_settings(plan, "mixed").stages] == ["msgen", ""]


def test_training_does_not_name_an_imported_stage_but_its_weights_do(tmp_path):
    def ids(line):
        plan = plan_of(tmp_path, **{"experiments/foreign.yaml": FILES["experiments/foreign.yaml"],
                                    "experiments/mixed.yaml": line})
        return {i for place, i in plan.stages if place == IMPORTED and i.startswith("theirs")}

    line = "{train: set, test: [set], chains: [mixed], override: {every_stage: {%s}}}"
    assert len(ids(line % "training: {iterations: 7}")) == 1
    assert len(ids(line % "process: {steps: 60}")) == 2
    line = "{train: set, test: [set], chains: [mixed], override: {stages: {theirs: {%s}}}}"
    assert len(ids(line % "weights: {path: models/3.pt}")) == 2
    with pytest.raises(InputError, match="Did you mean 'path'"):
        ids(line % "weights: {paht: models/3.pt}")


def test_a_trained_stage_still_needs_a_dataset(tmp_path):
    with pytest.raises(InputError, match="the trained stage 'ours'"):
        plan_of(tmp_path, **{"experiments/mixed.yaml": "{test: [set], chains: [mixed]}"})


def test_a_dataset_of_the_folder_s_name_is_refused(tmp_path):
    with pytest.raises(InputError, match="another name"):
        plan_of(tmp_path, **{"datasets.yaml": FILES["datasets.yaml"].replace("set:", "imported:")})


@pytest.mark.parametrize(("kind", "backbone", "told"), [
    ("geodiff", {"kind": "guided_dual_encoder"}, "of the backbone dual_encoder, not guided"),
    ("msgen", {"shared_edge_encoder": True}, "no shared_edge_encoder"),
    ("etflow", {}, "of the backbone equivariant_transformer, not dual_encoder"),
])
def test_weights_and_backbone_must_fit(kind, backbone, told):
    raw = {"level": "all", "backbone": {"kind": "dual_encoder", **backbone},
           "weights": {"kind": kind, "path": "x.pt"}}
    raw |= {"guide": {"level": "heavy"}} if "guided" in raw["backbone"]["kind"] else {}
    with pytest.raises(ValidationError, match=told):
        Stage.model_validate(raw)


def test_et_flow_s_weights_read_squared_distances():
    raw = {"level": "all", "process": {"kind": "flow_matching"},
           "backbone": {"kind": "equivariant_transformer"},
           "weights": {"kind": "etflow", "path": "x.ckpt"}}
    with pytest.raises(ValidationError, match="backbone.distance: squared"):
        Stage.model_validate(raw)
    raw["backbone"]["distance"] = "squared"
    assert Stage.model_validate(raw).weights.kind == "etflow"


def test_a_file_s_digest_is_its_content_s(tmp_path):
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).write_bytes(content)
    a, b, c, none = (file_digest(str(tmp_path / name)) for name in ("a", "b", "c", "none"))
    assert a == b != c and len(a) == 12 and none == ""
