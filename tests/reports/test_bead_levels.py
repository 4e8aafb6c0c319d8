"""Levels that stages name beside scaffold, heavy and all, in the table and the figure."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline_src.reports.inputs import read_levels
from pipeline_src.reports.run_figures import draw_levels
from pipeline_src.reports.views import level_view
from pipeline_src.run.files import write_rows
from pipeline_src.run.plan import make_plan
from pipeline_src.run.registry import load_registry
from pipeline_src.run.reporting import report_settings
from pipeline_src.run.settings.report import ReportDataset, ReportSettings

REGISTRY = load_registry(Path(__file__).resolve().parents[2] / "config")
COLUMNS = ("molecule", "level", "n_beads", "collapsed", "reason")


def table(path, **sizes):
    write_rows(path, COLUMNS, [
        {"molecule": f"m{k}", "level": level, "n_beads": size + k, "collapsed": 0, "reason": ""}
        for k in range(3) for level, size in sizes.items()])
    return str(path)


@pytest.fixture
def settings(tmp_path):
    beads = [{"path": table(tmp_path / "b.csv", fragments=3, brics=2),
              "names": {"fragments": "fragments of x", "brics": "brics"}},
             {"path": table(tmp_path / "c.csv", fragments=5, brics=2),
              "names": {"fragments": "fragments of a"}}]
    dataset = ReportDataset(name="d", geometry="g", role="test", beads=beads,
                            levels=table(tmp_path / "l.csv", scaffold=6, heavy=8, all=16))
    return ReportSettings(experiment="e", datasets=(dataset,), chains={"rdkit": ("rdkit",)},
                          seeds=(1,))


def test_the_table_and_the_figure_show_them_coarse_to_fine(settings):
    levels = read_levels(settings.datasets)
    rows = level_view(levels, settings)
    assert [(row["level"], row["beads"], row["range"]) for row in rows] == [
        ("brics", "3.0", "2–4"), ("fragments of a", "6.0", "5–7"),
        ("fragments of x", "4.0", "3–5"), ("scaffold", "7.0", "6–8"), ("heavy", "9.0", "8–10"),
        ("all", "17.0", "16–18")]
    figure = draw_levels(levels, settings)
    sizes = figure.axes[0]
    assert [bar.get_height() for bar in sizes.patches] == [3, 6, 4, 7, 9, 17]
    assert [text.get_text() for text in sizes.get_xticklabels()] == [
        "brics", "fragments of a", "fragments of x", "scaffold", "heavy", "all"]


def datasets_of(**changes):
    """The datasets of experiment ``backbones``, changed, as its report sees them."""
    experiment = REGISTRY.experiments["backbones"].model_copy(update=changes)
    plan = make_plan(replace(REGISTRY, experiments={"x": experiment}))
    return plan, report_settings(plan, "x")


def test_an_experiment_whose_stages_have_fragments_reads_their_table():
    plan, settings = datasets_of()
    (key,) = plan.beads
    for dataset in settings.datasets:
        (beads,) = dataset.beads
        assert beads.path == f"results/datasets/{dataset.name}/beads/{key}/beads.csv"
        assert beads.names == {"fragments": "fragments"} and beads.path in settings.inputs()


def test_an_experiment_without_them_reads_none():
    _, settings = datasets_of(chains=("geodiff", "etflow-msgen2"))
    assert not any(dataset.beads for dataset in settings.datasets)


def test_levels_that_are_told_different_things_say_whose_they_are():
    override = REGISTRY.experiments["backbones"].override
    smaller = {"levels": {"fragments": {"vocabulary_size": 20}}}
    stages = {**override.stages,
              "geodiff-fragments": {**override.stages.get("geodiff-fragments", {}), **smaller}}
    plan, settings = datasets_of(
        chains=("geodiff-fragments", "ebd"),
        override=override.model_copy(update={"stages": {
            **stages, "geodiff-all-fragments": {
                **override.stages.get("geodiff-all-fragments", {}), **smaller}}}))
    tables = settings.datasets[0].beads
    assert [beads.names for beads in tables] == [
        {"fragments": "fragments of geodiff-fragments"}, {"fragments": "fragments of ebd-all"}]
    assert len({beads.path for beads in tables}) == len(plan.beads) == 2
