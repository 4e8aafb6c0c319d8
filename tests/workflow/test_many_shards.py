"""Thousands of shards: neither commands nor looks at files grow with their number."""

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from many_shards import told
from snakemake_project import Project

SPLIT = "  split: {kind: random, train: 0.43, val: 0.14, seed: 2021}\n"
FEW, MANY = 2, 12
# In the planning Snakemake: how often the rules and the package behind them look at files.
COUNTER = """
import atexit, json, os, sys

places = tuple(os.path.join(os.getcwd(), name) + os.sep for name in ("workflow", "pipeline_src"))
found = {}


def count(what):
    frame = sys._getframe(2)
    while frame is not None and not frame.f_code.co_filename.startswith(places):
        frame = frame.f_back
    if frame is not None:
        found[what] = found.get(what, 0) + 1


def looks(event, arguments):
    if event in ("open", "os.listdir", "os.scandir", "os.walk", "glob.glob", "subprocess.Popen"):
        count(event)


def stat(*arguments, real=os.stat, **options):
    count("os.stat")
    return real(*arguments, **options)


sys.addaudithook(looks)
os.stat = stat
atexit.register(lambda: open("looks.json", "w").write(json.dumps(found)))
"""


@dataclass(frozen=True)
class Plan:
    """A dry run: its jobs by rule, their longest commands, and how often it looked at files."""

    jobs: Counter
    commands: dict[str, int]
    looks: dict[str, int]


def planned(folder: Path, number: int) -> Plan:
    """The smoke experiment in so many shards, parts and chunks, with chains that are compared."""
    project = Project.copy(folder / "project")
    project.edit("config/datasets.yaml", SPLIT, f"{SPLIT}  shards: {number}\n  parts: {number}\n")
    smoke = "config/experiments/smoke.yaml"
    project.edit(smoke, "geodiff, geodiff-msgen2, oracle-msgen2]",
                 "geodiff]\nbaselines: {geodiff: rdkit}")
    project.edit(smoke, "  conformers: 1\n", f"  conformers: 1\n  chunks: {number}\n")
    (folder / "counter").mkdir()
    (folder / "counter" / "sitecustomize.py").write_text(COUNTER)
    command = project.command("--dry-run", "--cores", "1", "--printshellcmds", "smoke")
    command["env"]["PYTHONPATH"] = str(folder / "counter")
    done = subprocess.run(**command, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    jobs, commands = Counter(), {}
    for text in re.findall(r"^Shell command: (.*pipeline_src\..*)$", done.stdout, re.MULTILINE):
        rule = re.search(r"pipeline_src\.(\w+)", text).group(1)
        jobs[rule] += 1
        commands[rule] = max(len(text), commands.get(rule, 0))
    return Plan(jobs, commands, json.loads((project.folder / "looks.json").read_text()))


@pytest.fixture(scope="module")
def plans(tmp_path_factory) -> tuple[Plan, Plan]:
    """Of few shards, and of many."""
    return tuple(planned(tmp_path_factory.mktemp(f"shards{number}"), number)
                 for number in (FEW, MANY))


def test_no_command_grows_with_the_number_of_shards(plans):
    few, many = (plan.commands for plan in plans)
    assert few.keys() == many.keys() > {
        "import_ensembles", "export_sdf", "compute_properties", "score_properties", "make_tables",
        "plot_figures", "make_report"}
    # a digit more in each of a few places, not ten paths
    assert not {rule: (few[rule], many[rule]) for rule in few if many[rule] - few[rule] > 12}


def test_no_shard_costs_a_look_at_files(plans):
    few, many = plans
    more = {rule: many.jobs[rule] - few.jobs[rule] for rule in few.jobs}
    assert more["sample_stage"] == MANY - FEW and more["score_geometry"] == 2 * (MANY - FEW)
    assert few.looks["open"] > 100 and few.looks["os.stat"] > 100  # the package, for its digests
    # a part of the import asks for its raw files; nothing else does
    per_part = {what: (many.looks[what] - few.looks[what]) / more["import_part"]
                for what in few.looks}
    assert max(per_part.values()) <= 6, per_part
    assert per_part["open"] == 0


def test_the_overhead_is_what_is_not_the_steps_own():
    records = [{"seconds": 1.5}, {"seconds": 2.5}]
    assert told(10.0, records) == ("2 shards: 10 s, 4 s of them in their own steps; 3.00 s a shard "
                                   "beside it, a tenth of 27 s of work")
