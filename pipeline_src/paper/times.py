"""How long the conformers of a molecule take, by chain (Table 14).

Wall clock of the sampling jobs of all elements of the chain, with their start; beside it their CPU
time. Seconds of two machines are not ranked: only the ratios to the baseline stand side by side.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pipeline_src.paper.cells import Published, cell, number_or_none
from pipeline_src.paper.figure_words import sentences
from pipeline_src.paper.jobs import machines
from pipeline_src.paper.provenance import provenance
from pipeline_src.reports.inputs import GEOMETRY_SCORES, read_sources
from pipeline_src.reports.style import BARS, MUTED, PALETTE, panels, save_svg, styled
from pipeline_src.run.job_use import output_of, read_use
from pipeline_src.run.numbered import unfold
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings

METRIC = "seconds"
KINDS = {"seconds": "wall clock of the sampling jobs, longer where others shared the machine",
         "cpu_seconds": "CPU time of these jobs"}
RATIO = "ratio"
DATA = ("row", "source", "seconds", "ratio")
NOT_RUN = "not measured: a sampling job left no benchmark"


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the table, row by row.

    Args:
        settings: rows with score files, which count molecules and conformers, and benchmarks.
        paper: folder of the published values.

    Raises:
        InputError: a file cannot be read.
    """
    printed = Published(settings, paper)
    seconds = {row.label: _seconds(row) for row in settings.rows if row.scores and row.cost}
    for row in settings.rows:
        if row.label not in seconds:
            yield from printed.cells(settings, row)
            continue
        columns = provenance(settings, row, row.scores)
        yield from _times(settings, row, seconds[row.label], printed, columns)
        yield from _ratios(settings, row, seconds, printed, columns)


def _seconds(row: PaperRow) -> pd.DataFrame:
    """A row per seed: ``KINDS`` in seconds, molecules and conformers."""
    delta = {source.dataset: (row.delta_angstrom,) for source in row.scores}
    scores = read_sources(row.scores, GEOMETRY_SCORES, delta)
    scores = scores.drop_duplicates(["seed", "molecule"])  # one of the RMSD modes
    found = []
    for seed in row.seeds:
        of_seed = scores[scores["seed"] == seed]
        use = read_use(path.replace("{seed}", str(seed)) for path in unfold(row.cost.sampling))
        found.append({"seconds": use.seconds, "cpu_seconds": use.cpu_seconds,
                      "molecules": len(of_seed),
                      "conformers": int(of_seed["n_samples"].sum() + of_seed["n_failed"].sum())})
    return pd.DataFrame(found)


def _times(settings: PaperTableSettings, row: PaperRow, found: pd.DataFrame, printed: Published,
           columns: dict) -> Iterator[dict]:
    """Seconds a molecule and a conformer, means over the seeds."""
    files = [output_of(path.replace("{seed}", str(seed)))
             for path in unfold(row.cost.sampling) for seed in row.seeds]
    where = machines(files) or "hardware not recorded"
    digits = printed.digits(row, METRIC, "mean")
    for metric, what in KINDS.items():
        for each in ("molecule", "conformer"):
            paper = digits if (metric, each) == (METRIC, "molecule") else None
            value = _each(found, metric, f"{each}s")
            note = f"{what}, a {each}; {settings.samples or 'samples as drawn'}; {where}"
            if paper:
                note += "; other hardware than the paper's: not to be ranked with it"
            if math.isnan(value):
                note = f"{NOT_RUN}; {where}"
            yield cell(settings, row, metric if each == "molecule" else f"{metric}_a_conformer",
                       "mean", unit="s", paper=paper, measured=number_or_none(value), note=note,
                       comparable="no" if paper else "", molecules=int(found["molecules"].max()),
                       **columns)


def _ratios(settings: PaperTableSettings, row: PaperRow, seconds: dict[str, pd.DataFrame],
            printed: Published, columns: dict) -> Iterator[dict]:
    """Times as long as the baseline's; the paper's ratio is of its printed seconds."""
    base = next((other for other in settings.rows
                 if other.label in seconds and other.label == row.against), None)
    if base is None:
        return
    theirs = [printed.digits(each, METRIC, "mean") for each in (row, base)]
    told = ""
    if all(theirs):
        told = (f"the paper's: {_ratio(*map(float, theirs)):.2f}, of its printed {theirs[0]} s and "
                f"{theirs[1]} s")
    for metric, what in KINDS.items():
        value = _ratio(*(_each(seconds[each.label], metric, "molecules") for each in (row, base)))
        name = RATIO if metric == METRIC else f"cpu_{RATIO}"
        note = f"times as long as {base.label}, by {what}" if not math.isnan(value) else NOT_RUN
        yield cell(settings, row, name, "mean", baseline=row.baseline, against=base.label,
                   **columns, measured=number_or_none(value),
                   note="; ".join(filter(None, (note, told))))


def _each(found: pd.DataFrame, metric: str, counted: str) -> float:
    """Mean over the seeds of seconds by molecules or conformers; NaN where one is not known."""
    counts = found[counted]
    return float((found[metric] / counts.where(counts > 0)).mean(skipna=False))


def _ratio(value: float, baseline: float) -> float:
    return value / baseline if baseline > 0 else math.nan


def figure(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, after drawing ours and the paper's seconds on axes of their own."""
    times = table[table["metric"] == METRIC]
    labels = [row.label for row in settings.rows if row.label in set(times["row"])]
    theirs = {found["row"]: float(found["paper"]) for found in times.to_dict("records")
              if found["paper"]}
    ours = dict(zip(times["row"], times["measured"], strict=True))
    ours = {label: value for label, value in ours.items() if pd.notna(value)}
    bases = {row.label: row.against if row.against in labels else row.label
             for row in settings.rows}
    with styled():
        drawn, axes = panels(1, 2, 4.6, 1.0 + 0.3 * max(3, len(labels)))
        for panel, values, colour, title in ((axes[0][0], ours, PALETTE[0], "measured here"), (
                axes[0][1], theirs, BARS[2], "printed in the paper: other hardware")):
            panel.barh([labels.index(label) for label in values], list(values.values()),
                       color=colour)
            for label, value in values.items():
                ratio = _ratio(value, values.get(bases[label], math.nan))
                text = f" {value:.3g} s" + (f", {ratio:.2f} times" * (bases[label] != label))
                panel.text(value, labels.index(label), text, va="center", fontsize=7.5, color=MUTED)
            panel.set_yticks(range(len(labels)), labels)
            panel.set_ylim(len(labels) - 0.4, -0.6)
            panel.set_xlim(0, 1.6 * max(values.values(), default=1))
            panel.grid(axis="y", visible=False)
            panel.set(title=title, xlabel="seconds a molecule, all its samples\n(wall clock)")
        axes[0][1].tick_params(labelleft=False)
        save_svg(drawn, path)
    return [{"row": label, "source": source, "seconds": value, "ratio": number_or_none(
        _ratio(value, values.get(bases[label], math.nan)))}
        for source, values in (("measured", ours), ("paper", theirs))
        for label, value in values.items()]


def caption(drawn: pd.DataFrame) -> str:
    """What the marks and colours stand for; the figure's data as text."""
    printed = "paper" in set(drawn["source"])
    return sentences("Blue: measured here" + "; sand: printed in the paper" * printed + ".",
                     "Beside a bar: how many times as long as its baseline, where it has one.")
