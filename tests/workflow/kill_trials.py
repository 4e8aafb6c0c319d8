"""Kill a run with SIGKILL at a random moment, go on, and compare every byte: a row per trial.

``python tests/workflow/kill_trials.py --trials 20 --seed 0 --folder trials``. Each trial starts
from a finished smoke run that lacks one phase and what follows. Snakemake with its jobs, Snakemake
alone (its jobs live on; a slow one until the resumed run has started it again) or one job is killed
while a job of the phase runs; then come ``--unlock`` and the same command. Exit code 1 when
anything differs from the undisturbed run.
"""

import argparse
import contextlib
import itertools
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from interruption import (
    PHASES,
    TARGET,
    VICTIMS,
    Missed,
    Trial,
    differences,
    digests,
    kill_and_resume,
    notes,
    phase_seconds,
    remove,
)
from snakemake_project import Project

ATTEMPTS = 20


@dataclass
class Outcome:
    """What happened in a trial.

    Attributes:
        moment: seconds into the phase.
        missed: moments at which nothing of the phase was running, so that nothing was killed.
        differences: files that are not as in the undisturbed run, and whatever was left behind.
        notes: what the resumed jobs said of the interruption.
    """

    trial: Trial
    moment: float
    missed: list[float]
    differences: list[str]
    notes: list[str] = field(default_factory=list)

    def row(self) -> str:
        """For people."""
        start = "checkpoint" if self.trial.from_checkpoint else "first job"
        missed = f"; missed before at {', '.join(f'{m:.2f}' for m in self.missed)} s" * bool(
            self.missed)
        verdict = "DIFFERS: " + ", ".join(self.differences) if self.differences else "equal"
        return (f"{self.trial.phase:10}  {self.trial.victim:22}  {self.moment:5.2f} s after "
                f"{start:10}  hit  {verdict}{missed}"
                + "".join(f"; {note}" for note in self.notes))


def run_trial(whole: Project, folder: Path, trial: Trial) -> Outcome:
    """One trial in ``folder``, which must not exist; repeated at another moment when it missed."""
    project, chance, missed = whole.another(folder), random.Random(trial.seed), []
    step, made = PHASES[trial.phase]
    length = 0.2 if trial.from_checkpoint else phase_seconds(project, step, made)
    for _ in range(ATTEMPTS):
        remove(project, step, made)
        moment = chance.uniform(0, length)
        try:
            killed = kill_and_resume(project, trial, moment, chance)
        except Missed:
            missed.append(moment)
            continue
        return Outcome(trial, killed, missed, differences(whole, project), notes(project, step))
    raise AssertionError(f"{trial} missed {ATTEMPTS} times")


def planned(count: int, seed: int) -> list[Trial]:
    """The trials: all phases and victims in a random order, over and over."""
    chance = random.Random(seed)
    pairs = list(itertools.product(PHASES, VICTIMS))
    chance.shuffle(pairs)
    return [Trial(phase, victim, chance.randrange(2**31),
                  phase == "training" and chance.random() < 0.5)
            for phase, victim in itertools.islice(itertools.cycle(pairs), count)]


def run_trials(whole: Project, folder: Path, trials: list[Trial]) -> bool:
    """Print a row per trial; whether all were equal. The folder of one that was not is kept."""
    equal = 0
    for number, trial in enumerate(trials, 1):
        here = folder / f"trial-{number}"
        outcome = run_trial(whole, here, trial)
        print(f"{number:3}  {outcome.row()}", flush=True)
        if not outcome.differences:
            equal += 1
            shutil.rmtree(here)
    print(f"{equal} of {len(trials)} trials ended with the bytes of the undisturbed run "
          f"({len(digests(whole.folder / 'results'))} files compared).")
    return equal == len(trials)


def main() -> int:
    """Exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=None, help="an undisturbed run in it is "
                        "used again; default: a temporary one")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        whole = Project(folder / "undisturbed")
        if not (whole.folder / TARGET).is_file():
            whole = Project.copy(whole.folder)
            whole.run(TARGET)
        return 0 if run_trials(whole, folder, planned(options.trials, options.seed)) else 1


if __name__ == "__main__":
    sys.exit(main())
