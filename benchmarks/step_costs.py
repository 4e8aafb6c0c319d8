"""Seconds per training step of an experiment's stages: ``python -m benchmarks.step_costs NAME``.

For experiments at equal compute: time the stages once, then freeze the steps in the experiment.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from tqdm import tqdm

from benchmarks import machine
from benchmarks.measure import seconds
from pipeline_src.run.plan import Plan, hierarchy_path, make_plan, stage_folder
from pipeline_src.run.registry import load_registry
from pipeline_src.run.settings import Stage
from pipeline_src.run.settings.jobs import TrainSettings
from pipeline_src.stages.batches import StepBatches
from pipeline_src.stages.dataset import load_conformers
from pipeline_src.stages.rolling import RollingCheckpoint
from pipeline_src.stages.training import Progress, StageTraining, make_loader

WARM_STEPS = 5
SHARES = (1, 2, 4)  # a chain's budget for one stage, or shared by two, or by four


@dataclass(frozen=True)
class TimedStage:
    """A stage and the files it is trained on."""

    name: str
    stage: Stage
    seed: int
    ensembles: Path
    split: Path
    hierarchies: Path
    guides: tuple[Path, ...]

    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return self.ensembles, self.split, self.hierarchies, *self.guides


def stages_of(plan: Plan, experiment: str) -> list[TimedStage]:
    """The stages that the experiment trains, in the order of its chains."""
    settings, found = plan.registry.experiments[experiment], {}
    folder, seed = Path(f"results/datasets/{settings.train}"), settings.seeds[0]
    for run in plan.runs[experiment]:
        for node in plan.chain_nodes(run.node):
            if not node.stage or node.stage.weights:
                continue
            guide, place = node.stage.guide, stage_folder(settings.train, node.stage_id, seed)
            found[node.stage_id] = TimedStage(
                node.element, node.stage, seed, folder / "ensembles", folder / "split.csv",
                Path(hierarchy_path(settings.train, node.beads)),
                (Path(place) / "guides.parquet",) if guide and guide.source else ())
    return list(found.values())


def seconds_per_step(timed: TimedStage, steps: int) -> float:
    """Mean over ``steps`` steps as ``train_stage`` takes them, batches included."""
    train, validation = (
        load_conformers(timed.stage, timed.ensembles, timed.hierarchies, timed.split, subset,
                        *timed.guides) for subset in ("train", "val"))
    with (tempfile.TemporaryDirectory() as folder,
          RollingCheckpoint(Path(folder), "step costs") as rolling):
        settings = TrainSettings(name=timed.name, stage=timed.stage, seed=timed.seed)
        training, progress = StageTraining(settings, train, validation, rolling), Progress()
        budget = timed.stage.training
        batches = StepBatches(train.sizes, budget.batch_size, timed.seed, 0, WARM_STEPS + steps,
                              budget.atom_budget)
        source = iter(make_loader(train, batches, 0))

        def step() -> None:
            training.step(next(source).to(training.fabric.device), progress)

        for _ in range(WARM_STEPS):
            step()
        bar = tqdm(range(steps), desc=timed.name, unit="step", file=sys.stderr)
        return sum(seconds(step) for _ in bar) / steps


def table(costs: dict[str, float], budget: float) -> list[str]:
    """A line for each stage: its cost, and the steps of the budget and of shares of it."""
    heads = [f"{budget / share:.0f} s" for share in SHARES]
    lines = [f"{'stage':28} {'ms per step':>12} " + " ".join(f"{f'steps, {h}':>15}" for h in heads)]
    return lines + [f"{name:28} {1000 * cost:12.1f} "
                    + " ".join(f"{int(budget / share / cost):15d}" for share in SHARES)
                    for name, cost in costs.items()]


def main(arguments: list[str] | None = None) -> None:
    """Time the stages of an experiment and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.step_costs", description=__doc__)
    parser.add_argument("experiment", help="whose stages")
    parser.add_argument("--seconds", type=float, default=300, help="a chain's budget")
    parser.add_argument("--steps", type=int, default=40, help="timed for each stage")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    plan = make_plan(load_registry(Path(__file__).resolve().parents[1] / "config"))
    if chosen.experiment not in plan.runs:
        parser.error(f"no experiment '{chosen.experiment}'; there are {', '.join(plan.runs)}")
    stages = stages_of(plan, chosen.experiment)
    missing = {str(file): None for timed in stages for file in timed.files() if not file.exists()}
    if missing:
        parser.error("make what is trained on first: snakemake --cores 2 " + " ".join(missing))
    costs = {timed.name: seconds_per_step(timed, chosen.steps) for timed in stages}
    print("\n".join([*machine.describe(), "", *table(costs, chosen.seconds)]))


if __name__ == "__main__":
    main()
