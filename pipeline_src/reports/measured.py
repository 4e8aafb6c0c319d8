"""Keep the tables of finished runs: ``python -m pipeline_src.reports.measured <experiment> ...``.

Copies ``results/<experiment>/tables/*.csv`` to ``resources/measured/<experiment>/`` and writes
``run.json`` beside them: what was run, of which commit and settings, where, and what it cost.
``check_quantum`` and the tables of the paper at a size (``paper_mini``) are kept likewise. The
README's tables are made of these files too; a test holds that they are up to date.
"""

import argparse
import platform
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from pipeline_src.reports.chain_costs import COSTS, read_costs
from pipeline_src.reports.measured_check import CHECK, keep_check
from pipeline_src.reports.measured_paper import PAPER, keep_paper, not_kept, size_of
from pipeline_src.reports.measured_table import with_tables
from pipeline_src.run.errors import InputError, PipelineError
from pipeline_src.run.files import write_json, write_text
from pipeline_src.run.machine_use import processor
from pipeline_src.run.plan import Plan, make_plan, stage_folder
from pipeline_src.run.registry import load_registry
from pipeline_src.run.reporting import report_settings
from pipeline_src.run.settings import settings_hash
from pipeline_src.run.sidecar import read_sidecar

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "resources" / "measured"
README = ROOT / "README.md"


def keep(plan: Plan, experiment: str, machine: str = "") -> Path:
    """Folder of the kept tables and ``run.json``, made anew from ``results/`` where this is run.

    Args:
        plan: of the registry the run was made with.
        experiment: a finished one.
        machine: the machine in words; needed where jobs ran on another host than this one.

    Raises:
        InputError: no such experiment, not run, or run elsewhere and ``machine`` is empty.
    """
    if experiment not in plan.runs:
        raise InputError("experiment", experiment, f"one of {', '.join(sorted(plan.runs))}")
    tables = sorted(Path("results", experiment, "tables").glob("*.csv"))
    if not tables:
        raise InputError("experiment", experiment, "one whose tables are in results/",
                         f"Run it first: snakemake --cores 2 {experiment}")
    record = run_record(plan, experiment, machine)
    folder = KEPT / experiment
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for table in tables:
        shutil.copyfile(table, folder / table.name)
    write_json(folder / "run.json", record)
    return folder


def run_record(plan: Plan, experiment: str, machine: str = "") -> dict[str, Any]:
    """What ``run.json`` says: experiment, seeds, hash of the settings, commits, machine, cost."""
    settings = report_settings(plan, experiment)
    notes = {"description", "notes"}  # words alone
    wanted = {key: value for key, value in settings.resolved.items() if key not in notes}
    sidecars = [read_sidecar(path, "Run the experiment to its end.")
                for path in _outputs(plan, experiment)]
    hosts = {sidecar["host"] for sidecar in sidecars}
    if not machine and hosts != {platform.node()}:
        raise InputError("machine", "", "the machine in words, as jobs ran on another than this",
                         "Say it with --machine.")
    costs = read_costs(settings.costs, settings.seeds)
    return {
        "experiment": experiment, "seeds": list(settings.seeds),
        "settings_sha256_8": settings_hash(wanted),
        "commits": sorted({sidecar["git_commit"] for sidecar in sidecars}),
        "versions": sidecars[-1]["versions"], "machine": machine or this_machine(),
        "cpu_seconds": {chain: {cost: round(float(of_chain[cost].sum()), 1) for cost in COSTS}
                        for chain, of_chain in costs.groupby("chain", sort=False)}}


def this_machine() -> str:
    """Processor, logical cores and memory of this machine, in words."""
    memory_gib = psutil.virtual_memory().total / 2**30
    return (f"{processor()}, {psutil.cpu_count()} logical cores, {memory_gib:.0f} GiB, "
            f"{platform.system()}")


def _outputs(plan: Plan, experiment: str) -> Iterable[Path]:
    """First outputs of the jobs that made the numbers: weights, samples, scores, tables."""
    made = [path for name in ("geometry.csv", "stereo.csv")
            if (path := Path("results", experiment, "tables", name)).is_file()]
    scored = any(path.name == "geometry.csv" for path in made)
    for run in plan.runs[experiment]:
        for node in plan.chain_nodes(run.node):
            if node.stage and not node.stage.weights:
                yield Path(stage_folder(node.train, node.stage_id, run.seed), "weights.pt")
        scores = [plan.score_pattern(experiment, run)] if scored else []
        for pattern in (run.samples, *scores):
            yield from map(Path, plan.sharded(pattern, run.dataset))
    yield from made


def _kept(plan: Plan, name: str, machine: str) -> Path:
    """Folder of what was kept under a name of the command line."""
    if name == CHECK:
        return keep_check(KEPT / CHECK, this_machine(), machine)
    if size := size_of(plan, name):
        place = keep_paper(plan, size, KEPT / PAPER)
        if missing := not_kept(plan, size, KEPT / PAPER):
            print(f"{name}: not run yet: {', '.join(missing)}", file=sys.stderr)
        return place
    return keep(plan, name, machine)


def main() -> None:
    """Keep the experiments named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m pipeline_src.reports.measured",
                                     description="Keep the tables of finished experiments.")
    parser.add_argument("experiments", nargs="+")
    parser.add_argument("--machine", default="", help="in words, where it is not this one")
    given = parser.parse_args()
    try:
        plan = make_plan(load_registry(ROOT / "config"))
        for experiment in given.experiments:
            print(_kept(plan, experiment, given.machine).relative_to(ROOT))
        if README.is_file():  # a copy of the package may have none
            write_text(README, with_tables(README.read_text(encoding="utf-8"), KEPT))
    except PipelineError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
