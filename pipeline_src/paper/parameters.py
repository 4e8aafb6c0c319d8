"""Trained parameters of each stage, and the size of its file (Table 15).

The paper's numbers are sizes of saved states that hold every module twice, and one of the files
is of another network than it is said to be (models.md, D18; ``resources/paper/README.md``).
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from matplotlib.ticker import MaxNLocator

from pipeline_src.paper.cells import Published, cell
from pipeline_src.paper.provenance import made_by
from pipeline_src.paper.stage_files import read_stage
from pipeline_src.reports.style import MUTED, PALETTE, panels, save_svg, styled
from pipeline_src.run.errors import OTHER_VERSION, InputError
from pipeline_src.run.settings.paper_table import PaperRow, PaperStage, PaperTableSettings

TWICE = ("the paper counts saved states that hold every module twice: trained are about half of "
         "them, 678,402, 793,858 and 1,197,826 by the released code")
TOTALS = {3: "Total (3-stage)"}  # stages of a chain -> the paper's row
PARAMETERS, SIZE = "parameters", "size"
DATA = ("row", "chain", "parameters", "size_mb")
_MB = 2 ** 20  # as the paper's


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the table: a stage a row, then all stages of each chain of several.

    Args:
        settings: rows with their stages; ``element`` names the stage, else it is all of them.
        paper: folder of the published values.

    Raises:
        InputError: a stage's ``settings.json`` does not count its parameters.
    """
    printed = Published(settings, paper)
    for row in (*settings.rows, *_totals(settings)):
        stages = [settings.stages[key] for key in row.stages]
        named = [stage for stage in stages if stage.name == row.element] or stages
        if row.chain and named:
            yield from _measured(settings, row, named, printed)
        else:
            yield from printed.cells(settings, row)


def _totals(settings: PaperTableSettings) -> list[PaperRow]:
    """A row for all stages of each chain that a row shows the last of several stages of."""
    chains = {row.chain: row for row in settings.rows
              if len(row.stages) > 1 and row.element == row.elements[-1]}
    return [row.model_copy(update={
        "label": f"All stages of {chain}", "element": "", "note": "", "where": {},
        "model": TOTALS.get(len(row.stages))}) for chain, row in chains.items()]


def _measured(settings: PaperTableSettings, row: PaperRow, stages: list[PaperStage],
              printed: Published) -> Iterator[dict]:
    names = ", ".join(stage.name for stage in stages)
    alike = {"dataset": "", **made_by(path for stage in stages for path in stage.files("weights"))}
    counts = [_count(stage) for stage in stages]
    sizes = [Path(stage.files("weights")[0]) for stage in stages]
    numbers = {
        PARAMETERS: (sum(counts), "", f"trained: {names}"),
        SIZE: (sum(path.stat().st_size for path in sizes) / _MB
               if all(path.is_file() for path in sizes) else None, "MB",
               "file of weights, MB of 2^20 bytes")}
    for metric, (value, unit, note) in numbers.items():
        digits = printed.digits(row, metric, "")
        yield cell(settings, row, metric, "", unit=unit, paper=digits, measured=value, **alike,
                   comparable="no" if digits else "",
                   note="; ".join([note, TWICE] if digits else [note]))


def _count(stage: PaperStage) -> int:
    path = stage.files("settings")[0]
    try:
        return int(read_stage(path)["trainable_parameters"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(path, f"{type(error).__name__}: {error}",
                         "settings of a stage, with trainable_parameters", OTHER_VERSION) from None


def figure(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, after drawing the parameters of each stage."""
    found = table[(table["metric"] == PARAMETERS) & table["measured"].notna()]
    sizes = table[table["metric"] == SIZE].set_index("row")["measured"]
    with styled():
        drawn, axes = panels(1, 1, 6.4, 1.0 + 0.32 * max(2, len(found)))
        panel = axes[0][0]
        panel.barh(range(len(found)), found["measured"], color=PALETTE[0])
        for height, value in enumerate(found["measured"]):
            panel.text(value, height, f" {value:,.0f}", va="center", fontsize=8, color=MUTED)
        panel.set_yticks(range(len(found)), found["row"])
        panel.set_ylim(len(found) - 0.4, -0.6)
        panel.set_xlim(0, 1.25 * max(found["measured"], default=1))
        panel.xaxis.set_major_locator(MaxNLocator(5))
        panel.xaxis.set_major_formatter("{x:,.0f}")
        panel.grid(axis="y", visible=False)
        panel.set_xlabel("trained parameters (count)")
        save_svg(drawn, path)
    return [dict(zip(DATA, (one["row"], one["chain"], int(one["measured"]),
                            sizes.get(one["row"])), strict=True))
            for one in found.to_dict("records")]


def caption(drawn: pd.DataFrame) -> str:
    """What the marks and colours stand for; the figure's data as text."""
    return "A bar for each row that is measured here."
