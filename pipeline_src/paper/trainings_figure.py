"""Trainings and the items that use them, as a matrix with what each training took beside it."""

import math
import re
from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline_src.reports.style import INK, MUTED, PALETTE, save_svg, styled
from pipeline_src.run.settings.paper_table import PaperStage

_SHARED, _ALONE = PALETTE[0], "#9db8cc"


def draw_trainings(stages: Mapping[str, PaperStage], seconds: Mapping[str, float],
                   path: Path) -> list[dict]:
    """A line a training: its items, and seconds (NaN where it was not run); draws them.

    Args:
        stages: key -> stage.
        seconds: key -> wall clock of the training of one seed.
        path: of the SVG.
    """
    items = sorted({item for stage in stages.values() for item in stage.items}, key=_natural)
    with styled():
        size = (4.6 + 0.33 * len(items) + 2.2, 1.2 + 0.25 * max(2, len(stages)))
        drawn = Figure(figsize=size, layout="constrained")
        matrix, bars = drawn.subplots(1, 2, sharey=True, width_ratios=[max(3, len(items)), 6])
        _matrix(matrix, stages, items)
        _bars(bars, list(stages), seconds)
        save_svg(drawn, path)
    return [{"training": key, "stage": stage.name, "train": stage.train, "level": stage.level,
             "guide": stage.guide or "", "noise_levels": stage.noise_levels,
             "iterations": stage.iterations, "seeds": len(stage.seeds),
             "seconds": None if math.isnan(seconds[key]) else seconds[key],
             "items": " ".join(stage.items)} for key, stage in stages.items()]


def _matrix(panel: Axes, stages: Mapping[str, PaperStage], items: list[str]) -> None:
    for line, stage in enumerate(stages.values()):
        places = [items.index(item) for item in stage.items]
        shared = len(places) > 1
        if shared:
            panel.hlines(line, min(places), max(places), color=_SHARED, lw=1.0)
        panel.plot(places, [line] * len(places), ls="", marker="s", markersize=6,
                   color=_SHARED if shared else _ALONE)
    panel.set_yticks(range(len(stages)), [_words(stage) for stage in stages.values()], fontsize=7.5)
    panel.set_xticks(range(len(items)), items, rotation=90, fontsize=7.5)
    panel.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False)
    panel.set_xlim(-0.6, max(1, len(items)) - 0.4)
    panel.set_ylim(len(stages) - 0.4, -0.6)
    panel.set_xlabel("joined: shared", color=MUTED)


def _bars(panel: Axes, keys: list[str], seconds: Mapping[str, float]) -> None:
    known = {key: value for key, value in seconds.items() if not math.isnan(value)}
    panel.barh([keys.index(key) for key in known], list(known.values()), color=_ALONE)
    for line, key in enumerate(keys):
        text = f" {known[key]:,.0f} s" if key in known else " not run"
        panel.text(known.get(key, 0.0), line, text, va="center", fontsize=7,
                   color=INK if key in known else MUTED)
    panel.set_xlim(0, 1.45 * max(known.values(), default=1.0))
    panel.grid(axis="y", visible=False)
    panel.set_xlabel("seconds, wall clock, one seed")


def _words(stage: PaperStage) -> str:
    steps = f", {stage.noise_levels} levels" if stage.noise_levels else ""
    return f"{stage.name} on {stage.train}{steps}, {stage.iterations or 0:,} steps"


def _natural(name: str) -> tuple:
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name))
