"""What the stages of a run were told, beside the paper's hyper-parameters (Table 7)."""

import math
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pipeline_src.paper.cells import Published, cell
from pipeline_src.paper.provenance import made_by
from pipeline_src.paper.published import as_number, published
from pipeline_src.paper.stage_files import read_stage
from pipeline_src.reports.style import INK, MUTED, PALETTE, panels, save_svg, styled
from pipeline_src.run.settings.paper_table import PaperRow, PaperStage, PaperTableSettings
from pipeline_src.run.settings.processes import default_beta_end

METRICS = ("beta_1", "beta_T", "beta_scheduler", "steps", "radius", "batch_size",
           "training_iterations", "learning_rate")
SCHEDULES = {"ve_diffusion": "sigmoid", "distance_score_matching": "geometric"}
UNITS = {"radius": "Å"}
DATA = ("row", "part", "metric", "measured", "word", "paper", "note")


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the table, stage by stage; ``part`` is the stage.

    Args:
        settings: rows with their stages.
        paper: folder of the published values.

    Raises:
        InputError: the settings of a stage cannot be read.
    """
    printed = Published(settings, paper)
    rates = published("settings", paper)
    rates = rates[rates["metric"] == "learning_rate"].set_index("part")["value"]
    for row in settings.rows:
        if not row.stages:
            yield from printed.cells(settings, row)
        for key in row.stages:
            stage = settings.stages[key]
            ours = _told(read_stage(stage.files("settings")[0])["stage"])
            for metric in METRICS:
                digits = printed.digits(row, metric, "")
                if metric == "learning_rate" and row.model:
                    digits = rates.get("stage 2" if stage.guide else "stage 1")
                yield _cell(settings, row, stage, metric, ours[metric], digits)


def _told(stage: dict) -> dict[str, float | str | None]:
    """The hyper-parameters of a stage, by the paper's names; None: it has no such one."""
    process, training = stage["process"], stage["training"]
    steps, kind = process.get("steps"), process["kind"]
    last = process.get("beta_end")
    if kind == "ve_diffusion" and last is None:
        last = default_beta_end(steps)
    return {
        "beta_1": process.get("beta_start"), "beta_T": last,
        "beta_scheduler": SCHEDULES.get(kind, f"none: {kind.replace('_', ' ')}"), "steps": steps,
        "radius": stage["backbone"].get("cutoff_angstrom"), "batch_size": training["batch_size"],
        "training_iterations": training["iterations"], "learning_rate": training["learning_rate"]}


def _cell(settings: PaperTableSettings, row: PaperRow, stage: PaperStage, metric: str,
          ours: float | str | None, digits: str | None) -> dict:
    notes = [] if ours is not None else ["ours has no such number"]
    if stage.iterations is None and metric in ("batch_size", "training_iterations",
                                               "learning_rate"):
        ours, notes = None, ["its weights are imported"]
    if digits is not None:
        notes.append("as in the paper" if _equal(ours, digits) else "other than the paper's")
    return cell(settings, row, metric, "", part=stage.name, unit=UNITS.get(metric, ""),
                paper=digits, measured=ours, note="; ".join(notes),
                comparable="yes" if digits is not None else "", train_dataset=stage.train,
                **made_by(stage.files("weights")),
                seeds=" ".join(map(str, stage.seeds)))


def _equal(ours: float | str | None, digits: str) -> bool:
    if ours is None or isinstance(ours, str):
        return ours == digits
    return math.isclose(ours, as_number(digits), rel_tol=1e-9)


def figure(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, after drawing ours over the paper's, those that differ in colour."""
    found = table[table["part"].isin([stage.name for stage in settings.stages.values()])]
    lines = list(dict.fromkeys(zip(found["row"], found["part"], strict=True)))
    with styled():
        drawn, axes = panels(1, 1, 1.6 + 1.15 * len(METRICS), 0.8 + 0.42 * max(2, len(lines)))
        panel = axes[0][0]
        for one in found.to_dict("records"):
            place = METRICS.index(one["metric"]), lines.index((one["row"], one["part"]))
            other = "other than" in one["note"]
            panel.text(*place, _words(one), ha="center", va="center", fontsize=7,
                       color=PALETTE[1] if other else INK)
        panel.set_xticks(range(len(METRICS)), [name.replace("_", " ") for name in METRICS])
        panel.set_yticks(range(len(lines)), [f"{row}: {part}" for row, part in lines])
        panel.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
        panel.set_xlim(-0.6, len(METRICS) - 0.4)
        panel.set_ylim(len(lines) - 0.4, -0.6)
        panel.grid(axis="x", visible=False)
        panel.set_xlabel("ours, and in brackets the paper's", color=MUTED)
        save_svg(drawn, path)
    return found[list(DATA)].to_dict("records")


def _words(one: dict) -> str:
    ours = f"{one['measured']:g}" if pd.notna(one["measured"]) else one["word"] or "–"
    return f"{ours}\n({one['paper']})" if one["paper"] else ours


def caption(drawn: pd.DataFrame) -> str:
    """What the marks and colours stand for; the figure's data as text."""
    return "In each place our value and in brackets the paper's; orange: the two are not the same."
