"""What the chains of an experiment cost: time of this run, parameters, molecules seen."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from pipeline_src.run.errors import OTHER_VERSION, InputError
from pipeline_src.run.job_use import read_use
from pipeline_src.run.numbered import unfold
from pipeline_src.run.settings.report import ChainCost, ReportSettings

COSTS = ("training", "sampling")
CLOCKS = {"CPU": "cpu_seconds", "wall-clock": "seconds"}  # whose time -> field of ``Use``


def read_costs(costs: Iterable[ChainCost], seeds: Sequence[int],
               clock: str = "CPU") -> pd.DataFrame:
    """A row per chain, dataset, sampler and seed: seconds of ``training`` and ``sampling``.

    A stage that chains share counts in each of them. NaN where a job left no benchmark, or no CPU
    time in its result's sidecar: a part is not shown for the whole.

    Args:
        costs: where the benchmarks of the chains lie.
        seeds: whose.
        clock: one of ``CLOCKS``; CPU time does not tell what a GPU did.
    """
    rows = [{"chain": cost.chain, "dataset": cost.dataset, "sampler": cost.sampler, "seed": seed,
             **{what: _seconds(unfold(getattr(cost, what)), seed, CLOCKS[clock])
                for what in COSTS}}
            for cost in costs for seed in seeds]
    return pd.DataFrame(rows, columns=["chain", "dataset", "sampler", "seed", *COSTS])


def _seconds(paths: Iterable[str], seed: int, field: str) -> float:
    found = [path.replace("{seed}", str(seed)) for path in paths]
    return getattr(read_use(found), field) if found else 0.0


def read_parameters(settings: ReportSettings) -> dict[str, int]:
    """Trained parameters of every stage that is trained here.

    Raises:
        InputError: a stage's ``settings.json`` cannot be read or does not count them.
    """
    found = {}
    for stage in settings.stages:
        if stage.trained:
            try:
                text = Path(stage.trained).read_text(encoding="utf-8")
                found[stage.name] = int(json.loads(text)["trainable_parameters"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise InputError(stage.trained, f"{type(error).__name__}: {error}",
                                 "the settings of a trained stage, with trainable_parameters",
                                 OTHER_VERSION) from None
    return found


def count_training_molecules(settings: ReportSettings) -> int | None:
    """Molecules in the subset ``train`` of what the stages are trained on; None: nothing is."""
    found = settings.dataset(settings.train) if settings.train else None
    if not (found and found.split and "train" in found.role.split()):
        return None
    try:
        with open(found.split, encoding="utf-8", newline="") as file:
            next(file)  # the hash
            return sum(row["subset"] == "train" for row in csv.DictReader(file))
    except (OSError, UnicodeDecodeError, StopIteration, KeyError) as error:
        raise InputError(found.split, f"{type(error).__name__}: {error}",
                         "a readable split table", OTHER_VERSION) from None
