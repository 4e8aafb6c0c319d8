"""Thousands of shards: no command grows with their number."""

import re

import pytest
from snakemake_project import Project

SPLIT = "  split: {kind: random, train: 0.43, val: 0.14, seed: 2021}\n"


def with_shards(project: Project, number: int) -> Project:
    """The smoke experiment in so many shards, parts and chunks, with chains that are compared."""
    project.edit("config/datasets.yaml", SPLIT, f"{SPLIT}  shards: {number}\n  parts: {number}\n")
    smoke = "config/experiments/smoke.yaml"
    project.edit(smoke, "geodiff, geodiff-msgen2, oracle-msgen2]",
                 "geodiff]\nbaselines: {geodiff: rdkit}")
    project.edit(smoke, "  conformers: 1\n", f"  conformers: 1\n  chunks: {number}\n")
    return project


@pytest.fixture
def commands(tmp_path):
    """Function: rule -> its longest command where there are so many shards."""
    def of(number: int) -> dict[str, int]:
        project = with_shards(Project.copy(tmp_path / str(number)), number)
        text = project.run("--dry-run", "--printshellcmds", "smoke")
        lengths: dict[str, int] = {}
        for command in re.findall("^Shell command: (python .*|exec .*)$", text, re.MULTILINE):
            rule = re.search(r"pipeline_src\.(\w+)", command).group(1)
            lengths[rule] = max(len(command), lengths.get(rule, 0))
        return lengths

    return of


def test_no_command_grows_with_the_number_of_shards(commands):
    few, many = commands(2), commands(12)
    assert few.keys() == many.keys() > {
        "import_ensembles", "export_sdf", "compute_properties",
        "score_properties", "make_tables", "plot_figures", "make_report"}
    # a digit more in each of a few places, not ten paths
    assert not {rule: (few[rule], many[rule]) for rule in few if many[rule] - few[rule] > 12}
