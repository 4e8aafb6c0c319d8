"""What thousands of shards cost beside their work: planned by a dry run, and really executed.

``python tests/workflow/many_shards.py --plan 5000`` plans a chain of two stages and its scores,
each in so many shards (10,000 jobs that sample), and prints CPU time and memory of the dry run;
with ``--slurm`` as the slurm profile has it.

With ``--run 1000 --folder many`` it embeds so many small molecules, a shard each, and prints the
seconds a shard costs beside its own step: on this machine, one at a time; with ``--slurm`` (as
root, with SLURM's daemons installed) in groups, on a cluster of this machine alone. ``--group 1``
is without groups. The same command goes on where it was stopped.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "slurm"))

from snakemake_project import Project, jobs_in

SPLIT = "  split: {kind: random, train: 0.43, val: 0.14, seed: 2021}\n"
SMOKE = "config/experiments/smoke.yaml"
GROUP = "embed-{dataset}-{node}-seed{seed}"
SLURM = ("--workflow-profile", "slurm", "--slurm-init-seconds-before-status-checks", "3",
         "--latency-wait", "5")


@dataclass(frozen=True)
class Planned:
    """A dry run: its jobs, those of them that sample, what it took."""

    jobs: int
    sampling: int
    cpu_s: float
    peak_mb: float


def plan(folder: Path, shards: int, *arguments: str) -> Planned:
    """Plan a chain of two stages in ``folder``, which must not exist, and its scores."""
    project = Project.copy(folder)
    project.edit("config/datasets.yaml", SPLIT, f"{SPLIT}  shards: {shards}\n")
    project.edit(SMOKE, "[rdkit, geodiff, geodiff-msgen2, oracle-msgen2]", "[geodiff-msgen2]")
    text = (project.folder / SMOKE).read_text()
    (project.folder / SMOKE).write_text(text[:text.index("properties:")])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    planned = project.run("--dry-run", *arguments, "smoke", timeout=7200)
    rules = [job.rule for job in jobs_in(planned)]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = sum(getattr(after, name) - getattr(before, name) for name in ("ru_utime", "ru_stime"))
    return Planned(len(rules), rules.count("sample_stage"), cpu_s, after.ru_maxrss / 1024)


def run(folder: Path, shards: int, *arguments: str) -> list[dict]:
    """Embed a molecule a shard; returns what the steps recorded, by their start."""
    project = Project(folder) if folder.exists() else Project.copy(folder)
    molecules = project.folder / "molecules.smi"
    if not molecules.exists():
        molecules.write_text("".join(f"{'C' * (1 + k % 8)}O m{k}\n" for k in range(shards)))
    options = ("--config", "smiles=molecules.smi", "chain=rdkit", "conformers=1",
               f"shards={shards}", "--", "generate")
    with open(project.folder / "run.log", "a", encoding="utf-8") as log:
        subprocess.run(**project.command(*arguments, *options) | {"stdout": log}, check=True)
    records = [json.loads(file.read_text())
               for file in project.files("results/samples/*/*/*/shard*.provenance.json")]
    return sorted(records, key=lambda record: record["started_unix"])


def overhead_here(folder: Path, shards: int) -> str:
    """One shard after the other, from the first one's start to the last one's end."""
    records = run(folder, shards, "--cores", "1")
    spent = records[-1]["started_unix"] + records[-1]["seconds"] - records[0]["started_unix"]
    return told(spent, records)


def overhead_on_slurm(folder: Path, shards: int, group: int) -> str:
    """The time of all allocations of SLURM together."""
    from one_node import Cluster

    cluster = Cluster()
    try:
        cluster.start()
        began = time.time()
        records = run(folder, shards, *SLURM, "--group-components", f"{GROUP}={group}")
        wall = time.time() - began
        jobs = [job for job in cluster.jobs(folder.resolve()) if job.rule.endswith("embed_rdkit")]
    finally:
        cluster.stop()
    waited = sum(job.started - job.submitted for job in jobs) / len(jobs)
    return (f"{len(jobs)} jobs of SLURM, {waited:.1f} s in the queue on average, {wall:.0f} s in"
            f" all\n{told(sum(job.ended - job.started for job in jobs), records)}")


def told(spent_s: float, records: list[dict]) -> str:
    """The overhead of a shard, and how long a shard must work for it to be a tenth."""
    own = math.fsum(record["seconds"] for record in records)
    each = (spent_s - own) / len(records)
    return (f"{len(records)} shards: {spent_s:.0f} s, {own:.0f} s of them in their own steps; "
            f"{each:.2f} s a shard beside it, a tenth of {9 * each:.0f} s of work")


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", type=int, default=0, help="shards to plan")
    parser.add_argument("--run", type=int, default=0, help="shards to execute")
    parser.add_argument("--slurm", action="store_true", help="with the slurm profile, on SLURM")
    parser.add_argument("--group", type=int, default=16, help="shards in a job of SLURM")
    parser.add_argument("--folder", type=Path, help="where they are executed, and stay")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if chosen.plan:
            profile = SLURM[:2] if chosen.slurm else ()
            found = plan(Path(scratch, "plan"), chosen.plan, *profile)
            print(f"{found.jobs} jobs, {found.sampling} of them sample: {found.cpu_s:.1f} s of CPU "
                  f"time, {found.peak_mb:.0f} MB")
        if chosen.run:
            folder = (chosen.folder or Path(scratch, "run")).resolve()
            print(overhead_on_slurm(folder, chosen.run, chosen.group) if chosen.slurm
                  else overhead_here(folder, chosen.run), flush=True)


if __name__ == "__main__":
    main()
