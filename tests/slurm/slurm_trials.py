"""Disturb smoke on a real SLURM cluster at random, go on, and compare every byte: a row per trial.

``python tests/slurm/slurm_trials.py --trials 20 --seed 0 --folder trials`` (as root, with SLURM's
daemons installed; ``make slurm-trials``). Trial 0 is undisturbed. In each other one, one to three
random faults strike: scancel or requeue of a running job, SIGKILL to a job's slurmstepd or to
Snakemake, a node that is drained and resumed or declared dead. Whenever Snakemake has ended, the
folder is unlocked and the same command goes on. Finished trials are lines of ``trials.jsonl`` in
the folder; the same command does those that are missing, ``--again 7`` repeats one. Exit code 1
when anything differs from the undisturbed run without SLURM, or does not come to an end.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil
from tqdm import tqdm

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflow"))

from faults import KINDS, Disturber, Fault, living
from interruption import differences
from one_node import Cluster
from runs import SAME_BATCHES, started
from snakemake_project import Project

TARGET = "smoke"
RUNS = 6  # of the same command, at most
LIMIT_S = 2400  # of a trial, the undisturbed run being a tenth of it
LOOK_S = 0.5
END_S = 90  # for what outlived the run
EQUAL = "equal"


class Stuck(Exception):
    """The run did not come to a good end."""


@dataclass(frozen=True)
class Trial:
    """What strikes, and the seed that chooses whom."""

    number: int
    seed: str
    faults: tuple[Fault, ...] = ()


@dataclass
class Row:
    """What came of a trial.

    Attributes:
        struck: kinds of the faults that did strike; one may come too late.
        codes: how Snakemake ended, each time it was started.
        states: number of SLURM jobs by their final state.
        result: ``EQUAL``, or what differs, is left behind or hangs.
    """

    number: int
    seed: str
    planned: list[str]
    struck: list[str]
    events: list[str]
    codes: list[int]
    states: dict[str, int]
    seconds: float
    result: str = EQUAL

    def text(self) -> str:
        """For people."""
        states = ", ".join(f"{number} {state}" for state, number in sorted(self.states.items()))
        return (f"{self.number:3}  {self.seconds:4.0f} s  {self.result}; "
                f"{'; '.join(self.events) or 'undisturbed'}; {states}; "
                f"Snakemake ended with {', '.join(map(str, self.codes)) or 'nothing'}")


@dataclass
class Folder:
    """Where the trials are kept."""

    path: Path
    rows: dict[int, Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self._file.exists():
            for line in self._file.read_text(encoding="utf-8").splitlines():
                row = Row(**json.loads(line))
                self.rows[row.number] = row

    @property
    def _file(self) -> Path:
        return self.path / "trials.jsonl"

    def add(self, row: Row) -> None:
        """Keep a row; a later one of the same trial takes the place of the earlier."""
        self.path.mkdir(parents=True, exist_ok=True)
        with open(self._file, "a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")
        self.rows[row.number] = row


def planned(number: int, seed: int) -> Trial:
    """A trial: all kinds of faults in turn, with up to two more at random."""
    if number == 0:
        return Trial(0, f"{seed}-0")
    order = random.Random(seed).sample(KINDS, len(KINDS))
    own = f"{seed}-{number}"
    chance = random.Random(own)
    kinds = [order[(number - 1) % len(order)], *chance.choices(KINDS, k=chance.randrange(3))]
    return Trial(number, own, tuple(
        Fault(kind, share=chance.uniform(0, 0.9), delay_s=chance.uniform(0, 5),
              hold_s=chance.uniform(5, 20)) for kind in kinds))


def run_trial(cluster: Cluster, whole: Project, project: Project, trial: Trial,
              target: str = TARGET, limit_s: float = LIMIT_S) -> Row:
    """What came of running the target in the project, which lacks it; it has no logs of before."""
    start = time.monotonic()
    disturber = Disturber(cluster, project, list(trial.faults), missing_logs(project, target),
                          random.Random(f"{trial.seed} victims"))
    codes: list[int] = []
    try:
        to_the_end(project, disturber, target, codes, start + limit_s)
        result = None
    except Stuck as error:
        result = f"{error}; last lines of Snakemake: {tail(project)}"
    finally:
        disturber.resume_node()
        seconds = time.monotonic() - start
        states = Counter(job.state for job in cluster.jobs(project.folder))
        cluster.cancel_all(project.folder)
    psutil.wait_procs(living(project.folder), timeout=END_S)
    result = result or "; ".join(differences(whole, project)) or EQUAL
    return Row(trial.number, trial.seed, [fault.kind for fault in trial.faults], disturber.struck,
               disturber.events, codes, dict(states), round(seconds, 1), result)


def to_the_end(project: Project, disturber: Disturber, target: str, codes: list[int],
               deadline: float) -> None:
    """Start the same command until it ends well; its exit codes go to ``codes``.

    Raises:
        Stuck: it hangs, fails again and again, or cannot be unlocked.
    """
    while len(codes) < RUNS:
        with started(project, target) as run:
            while run.poll() is None:
                if time.monotonic() > deadline:
                    raise Stuck("hangs")
                disturber.look(run)
                time.sleep(LOOK_S)
        codes.append(run.returncode)
        if run.returncode == 0:
            return
        time.sleep(disturber.pause_s)
        unlock(project)
        disturber.note("the same command again")
    raise Stuck(f"failed {RUNS} times")


def unlock(project: Project) -> None:
    """As ``make unlock`` does.

    Raises:
        Stuck: it refuses.
    """
    command = project.command()
    command["args"] = [sys.executable, "-m", "pipeline_src.run.unlock"]
    done = subprocess.run(**command, timeout=300, check=False)
    if done.returncode:
        raise Stuck(f"unlock: {done.stdout}")


def missing_logs(project: Project, target: str) -> set[str]:
    """The logs of all jobs that have to run, relative to the folder of all logs."""
    logs = {Path(log) for job in project.jobs(target) for log in job.logs}
    return {str(log.relative_to("results/logs")) for log in logs}


def tail(project: Project) -> str:
    """The end of Snakemake's output in one line."""
    text = (project.folder / "run.log").read_text(encoding="utf-8")
    return " | ".join(text.splitlines()[-12:])


def run_trials(folder: Folder, trials: list[Trial], limit_s: float) -> None:
    """Add the rows of trials. The project of one that did not end well is kept."""
    whole = undisturbed(folder.path)
    cluster = Cluster()
    try:
        cluster.start()
        for trial in tqdm(trials, unit=" trials", desc="SLURM trials"):
            place = folder.path / f"trial-{trial.number}"
            shutil.rmtree(place, ignore_errors=True)
            row = run_trial(cluster, whole, Project.copy(place), trial, limit_s=limit_s)
            folder.add(row)
            tqdm.write(row.text(), file=sys.stdout)
            sys.stdout.flush()
            if row.result == EQUAL:
                shutil.rmtree(place)
    finally:
        cluster.stop()


def undisturbed(folder: Path) -> Project:
    """The finished run without SLURM, made where it is missing."""
    whole = Project(folder / "undisturbed")
    if not (folder / "undisturbed.done").exists():
        shutil.rmtree(whole.folder, ignore_errors=True)
        whole = Project.copy(whole.folder)
        whole.run(*SAME_BATCHES, TARGET, timeout=LIMIT_S)
        (folder / "undisturbed.done").touch()
    return whole


def summary(rows: list[Row]) -> str:
    """A table of all trials by the kinds that struck them."""
    lines = [f"{'fault':20}  {'struck':>6}  {'trials':>6}  {'equal':>5}"]
    for kind in KINDS:
        of_kind = [row for row in rows if kind in row.struck]
        lines.append(f"{kind:20}  {sum(row.struck.count(kind) for row in rows):6}  "
                     f"{len(of_kind):6}  {sum(row.result == EQUAL for row in of_kind):5}")
    disturbed = [row for row in rows if row.struck]
    lines.append(f"{sum(row.result == EQUAL for row in disturbed)} of {len(disturbed)} disturbed "
                 "trials ended with the bytes of the undisturbed run without SLURM, after "
                 f"{min((row.seconds for row in disturbed), default=0):.0f} to "
                 f"{max((row.seconds for row in disturbed), default=0):.0f} s")
    lines += [row.text() for row in rows if row.result != EQUAL]
    return "\n".join(lines)


def main() -> int:
    """Exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=20, help="besides the undisturbed one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--again", type=int, nargs="*", default=[], help="trials to repeat")
    parser.add_argument("--limit-s", type=float, default=LIMIT_S, help="of a trial")
    options = parser.parse_args()
    folder = Folder(options.folder.resolve())
    wanted = range(options.trials + 1)
    todo = [planned(number, options.seed) for number in wanted
            if number not in folder.rows or number in options.again]
    if todo:
        run_trials(folder, todo, options.limit_s)
    rows = [folder.rows[number] for number in wanted]
    print(summary(rows))
    return 0 if all(row.result == EQUAL for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
