"""The trainings behind the tables: which item uses which stage, and what each took."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pipeline_src.paper.cells import cell, number_or_none
from pipeline_src.paper.jobs import machines
from pipeline_src.paper.provenance import made_by
from pipeline_src.paper.trainings_figure import draw_trainings
from pipeline_src.run.job_use import read_use
from pipeline_src.run.settings.paper_table import PaperRow, PaperStage, PaperTableSettings
from pipeline_src.run.sidecar import has_sidecar, read_sidecar

NOT_RUN = "not run yet"


def label_of(key: str, stage: PaperStage) -> str:
    """A training's name: the stage, its dataset, and the hash that ends the key."""
    return f"{stage.name} on {stage.train} ({key.rpartition('-')[2]})"


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the table, training by training; seconds are means over the seeds.

    Args:
        settings: the stages.
        paper: not looked at: the paper has no such table.
    """
    for key, stage in settings.stages.items():
        row = PaperRow(label=label_of(key, stage), train_dataset=stage.train, seeds=stage.seeds)
        yield cell(settings, row, "items", "count", measured=len(stage.items),
                   note=f"trained once for {', '.join(stage.items) or 'no item'}")
        yield cell(settings, row, "noise_levels", "", measured=stage.noise_levels,
                   note="" if stage.noise_levels else "time is continuous")
        yield cell(settings, row, "iterations", "", measured=stage.iterations,
                   note="" if stage.iterations else "its weights are imported")
        if stage.benchmark:
            yield from _cost(settings, row, stage)


def _cost(settings: PaperTableSettings, row: PaperRow, stage: PaperStage) -> Iterator[dict]:
    uses = [use for use in (read_use([path]) for path in stage.files("benchmark"))
            if use.seconds == use.seconds]  # NaN: not run
    trained = [path for path in stage.files("weights") if has_sidecar(path)]
    some = f"of {len(uses)} of {len(stage.seeds)} seeds"
    what = NOT_RUN if not uses else "" if len(uses) == len(stage.seeds) else some
    note = "; ".join(filter(None, (what, machines(trained))))
    frame = pd.DataFrame([vars(use) for use in uses],
                         columns=["seconds", "cpu_seconds", "max_rss_mb"])
    for metric, statistic, unit, value in (
            ("trainings", "count", "", float(len(uses)) if uses else None),
            ("training_seconds", "mean", "s", frame["seconds"].mean()),
            ("cpu_seconds", "mean", "s", frame["cpu_seconds"].mean()),
            ("memory", "max", "MB", frame["max_rss_mb"].max()),
            ("gpu_memory", "max", "MB", _gpu_memory(trained))):
        if metric != "gpu_memory" or value is not None:
            yield cell(settings, row, metric, statistic, unit=unit, note=note,
                       measured=None if value is None else number_or_none(float(value)),
                       **(made_by(trained) if trained else {}))


def _gpu_memory(trained: list[str]) -> float | None:
    """Most memory that PyTorch took of one card, MB; None where no GPU was used."""
    found = [gpu["max_reserved_mb"] for path in trained
             for gpu in read_sidecar(path).get("gpus", ())]
    return max(found, default=None)


def figure(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, after drawing which item uses which training."""
    seconds = table[table["metric"] == "training_seconds"]
    took = dict(zip(seconds["row"], seconds["measured"], strict=True))
    return draw_trainings(settings.stages, {
        key: float(took.get(label_of(key, stage), float("nan")))
        for key, stage in settings.stages.items()}, path)


def caption(drawn: pd.DataFrame) -> str:
    """What the marks and colours stand for; the figure's data as text."""
    return ("Left: which table or figure uses which training, dark and joined where several do. "
            "Right: what the training of one seed took.")
