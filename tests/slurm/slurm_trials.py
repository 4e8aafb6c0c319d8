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
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import psutil
from tqdm import tqdm

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflow"))

from faults import Disturber, living
from interruption import differences
from one_node import Cluster
from runs import FINISHED, run_locally, started
from snakemake_project import Project
from trial_rows import EQUAL, Folder, Row, Trial, planned, summary

TARGET = "smoke"
RUNS = 6  # of the same command, at most
LIMIT_S = 2400  # of a trial, the undisturbed run being a tenth of it
LOOK_S = 0.5
END_S = 90  # for what outlived the run


class Stuck(Exception):
    """The run did not come to a good end."""


class Stopped(Exception):
    """Nobody waits for the trial any more."""


class Session:
    """The cluster, and the trials that go on at the same time.

    Attributes:
        at_work: disturbers of the trials; they share the node and what befalls it.
        stop: set when the trials are to end at once.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.at_work, self.stop = cluster, [], threading.Event()


def run_trial(session: Session, whole: Project, project: Project, trial: Trial,
              target: str = TARGET, limit_s: float = LIMIT_S) -> Row:
    """What came of running the target in the project, which lacks it; it has no logs of before."""
    jobs, start, codes = missing_logs(project, target), time.monotonic(), []
    disturber = Disturber(session.cluster, project, list(trial.faults), jobs,
                          random.Random(f"{trial.seed} victims"), session.at_work)
    session.at_work.append(disturber)
    try:
        to_the_end(project, disturber, target, codes, start + limit_s, session.stop)
        result = None
    except Stuck as error:
        result = f"{error}; last lines of Snakemake: {tail(project)}"
    finally:
        session.at_work.remove(disturber)
        disturber.resume_node()
        seconds = time.monotonic() - start
        states = Counter(job.state for job in session.cluster.jobs(project.folder))
        session.cluster.cancel_all(project.folder)
    psutil.wait_procs(living(project.folder), timeout=END_S)
    result = result or "; ".join(differences(whole, project)) or EQUAL
    return Row(trial.number, trial.seed, [fault.kind for fault in trial.faults], disturber.struck,
               disturber.events, codes, dict(states), round(seconds, 1), result)


def to_the_end(project: Project, disturber: Disturber, target: str, codes: list[int],
               deadline: float, stop: threading.Event) -> None:
    """Start the same command until it ends well; its exit codes go to ``codes``.

    Raises:
        Stuck: it hangs, fails again and again, or cannot be unlocked.
        Stopped: as ``stop`` says.
    """
    while len(codes) < RUNS:
        with started(project, target) as run:
            while run.poll() is None:
                if time.monotonic() > deadline:
                    raise Stuck("hangs")
                if stop.is_set():
                    raise Stopped
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


def run_trials(folder: Folder, trials: list[Trial], at_once: int, limit_s: float) -> None:
    """Add the rows of trials. The project of one that did not end well is kept."""
    whole = undisturbed(folder.path)
    session = Session(Cluster())

    def run(trial: Trial) -> Row:
        place = folder.path / f"trial-{trial.number}"
        shutil.rmtree(place, ignore_errors=True)
        row = run_trial(session, whole, Project.copy(place, whole.folder), trial, limit_s=limit_s)
        if row.result == EQUAL:
            shutil.rmtree(place)
        return row

    try:
        session.cluster.start()
        with ThreadPoolExecutor(at_once) as pool:
            try:
                done = as_completed([pool.submit(run, trial) for trial in trials])
                for ended in tqdm(done, total=len(trials), unit=" trials", desc="SLURM trials"):
                    folder.add(ended.result())
                    tqdm.write(ended.result().text(), file=sys.stdout)
            except BaseException:
                session.stop.set()
                pool.shutdown(cancel_futures=True)
                raise
    finally:
        session.cluster.stop()


def undisturbed(folder: Path) -> Project:
    """The finished run without SLURM, made where it is missing; trials have its code."""
    whole = Project(folder / "undisturbed")
    if not (whole.folder / FINISHED).exists():
        shutil.rmtree(whole.folder, ignore_errors=True)
        run_locally(Project.copy(whole.folder))
    return whole


def main() -> int:
    """Exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=20, help="besides the undisturbed one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--again", type=int, nargs="*", default=[], help="trials to repeat")
    parser.add_argument("--at-once", type=int, default=1, help="trials on the one node")
    parser.add_argument("--limit-s", type=float, default=LIMIT_S, help="of a trial")
    options = parser.parse_args()
    folder = Folder(options.folder.resolve())
    wanted = range(options.trials + 1)
    todo = [planned(number, options.seed) for number in wanted
            if number not in folder.rows or number in options.again]
    if todo:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the daemons end too
        run_trials(folder, todo, options.at_once, options.limit_s)
    rows = [folder.rows[number] for number in wanted]
    print(summary(rows))
    return 0 if all(row.result == EQUAL for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
