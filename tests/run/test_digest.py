"""Code digests: what a step imports counts, what it does not import does not."""

import shutil
from pathlib import Path

import pytest

from pipeline_src.run import digest
from pipeline_src.run.parts import PARTS, part_module
from pipeline_src.run.plan import make_plan, stage_parts
from pipeline_src.run.registry import load_registry


def files(module):
    return {str(f.relative_to(digest._ROOT)) for f in digest.imported_files(module)}


def test_training_depends_on_learning_rooms_and_not_on_chemistry():
    found = files("pipeline_src.train_stage")
    assert {"train_stage.py", "stages/training.py", "graphs/noise.py",
            "ensembles/store.py"} <= found
    assert not [f for f in found if f.startswith(("chem/", "scores/", "reports/", "run/settings"))]


def test_parts_are_covered_only_when_named():
    guided, plain = (part_module("backbone", k) for k in ("guided_dual_encoder", "dual_encoder"))
    assert not {f for f in files("pipeline_src.train_stage") if f.startswith("backbones/dual")}
    assert "backbones/guided_dual_encoder.py" in files(guided)
    assert "backbones/guided_dual_encoder.py" not in files(plain)


def test_a_module_that_names_a_template_covers_those_that_it_includes():
    found = files("pipeline_src.make_report")
    assert {"reports/templates/macros.html.j2", "reports/templates/report.css",
            "reports/assets/3Dmol-min.js"} <= found
    assert not [f for f in files("pipeline_src.plot_figures") if "templates" in f]


@pytest.fixture
def edit(tmp_path, monkeypatch):
    """Digests are those of a copy of the package; called with a module, it edits its file there."""
    copy = tmp_path / "pipeline_src"
    shutil.copytree(digest._ROOT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(digest, "_ROOT", copy)
    digest.forget()

    def change(module: str) -> None:
        file = copy.joinpath(*module.split(".")[1:]).with_suffix(".py")
        file.write_text(file.read_text() + "\n# edited\n")
        digest.forget()

    yield change
    digest.forget()


@pytest.mark.parametrize("seam", PARTS)
def test_an_edit_changes_the_digest_of_its_users_only(seam, edit):
    module = part_module(seam, next(iter(PARTS[seam])))

    def now():
        return digest.code_digest("train_stage"), digest.code_digest("train_stage", (module,))

    before = now()
    edit(module)
    after = now()
    assert before[1] != after[1]
    assert before[0] == after[0] or seam in ("upsampler",)


@pytest.mark.parametrize("module, retrains", [
    ("backbones.tabulated", False), ("stages.holding", False), ("stages.precision", False),
    ("stages.walk", False), ("backbones.branches", True)])
def test_how_a_network_is_held_shapes_samples_and_no_weights(module, retrains, edit):
    plan = make_plan(load_registry(Path(__file__).parents[2] / "config"))
    nodes = [node for node in plan.nodes.values()
             if node.stage and node.stage.backbone.kind in PARTS["holder"]]
    assert {node.stage.backbone.kind for node in nodes} == set(PARTS["holder"])

    def now():
        return [(digest.code_digest("train_stage", stage_parts(node.stage, training=True)),
                 digest.code_digest("sample_stage", node.parts())) for node in nodes]

    before = now()
    edit(f"pipeline_src.{module}")
    for old, new in zip(before, now(), strict=True):
        assert (old[0] != new[0]) == retrains and old[1] != new[1]


def test_thousands_of_jobs_read_no_file_more_than_a_few(monkeypatch):
    nodes = [node for node in make_plan(load_registry(Path(__file__).parents[2] / "config"))
             .nodes.values() if node.stage]
    opened = []
    real = Path.open

    def counted(path, *arguments, **options):
        opened.append(path)
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", counted)
    digest.forget()
    first = [digest.code_digest("sample_stage", node.parts()) for node in nodes]
    assert opened and len(opened) == 2 * len(set(opened))  # its imports, its content
    opened.clear()
    assert first * 100 == [digest.code_digest("sample_stage", node.parts())
                           for _ in range(100) for node in nodes]
    assert not opened
